#pragma once
/// @file options.hpp  The options of a subcommand, bound to variables. Keeps CLI11, which compiles slowly, in
/// two files.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace rhyton::cli {

/// One subcommand of the program. The variables must live as long as the program parses and runs.
class Command {
 public:
  Command(CLI::App& app, const std::string& name, const std::string& help);

  void positional(const char* name, std::string& value, const char* help);
  void option(const char* name, std::string& value, const char* help);
  void required(const char* name, std::string& value, const char* help);
  /// May be given several times; at least once.
  void required(const char* name, std::vector<std::string>& values, const char* help);
  void choice(const char* name, std::string& value, std::vector<std::string> choices, const char* help);
  /// A positive integer, or a real number that is not negative. Shows the variable's value as the default.
  void option(const char* name, std::int64_t& value, const char* help);
  void option(const char* name, double& value, const char* help);
  void option(const char* name, std::optional<std::int64_t>& value, const char* help);
  void option(const char* name, std::optional<double>& value, const char* help);
  /// Any seed.
  void option(const char* name, std::optional<std::uint64_t>& value, const char* help);
  void flag(const char* name, bool& value, const char* help);
  /// What happens when this subcommand was given.
  void run(std::function<void()> action);

 private:
  CLI::App* command_;
};

}  // namespace rhyton::cli
