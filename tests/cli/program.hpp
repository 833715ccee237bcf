#pragma once
/// @file program.hpp  Runs the program `rhyton` as a user's script does.
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/files.hpp"

namespace rhyton::test {

struct Outcome {
  int code = -1;
  std::string out, err;
  /// True when the errors are exactly one line.
  bool one_line() const { return !err.empty() && err.find('\n') == err.size() - 1; }
};

/// The program's path is in the environment variable RHYTON.
inline Outcome rhyton(const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  const char* program = std::getenv("RHYTON");
  std::string command = program ? program : "rhyton";
  for (const auto& argument : arguments) {
    command += " '";
    for (char c : argument) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
    command += "'";
  }
  command += " >" + (folder / "out").string() + " 2>" + (folder / "err").string() + " </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(folder / "out"), read_text(folder / "err")};
}

}  // namespace rhyton::test
