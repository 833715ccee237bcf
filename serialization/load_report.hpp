#pragma once
/// @file load_report.hpp  Everything that is wrong with a file in one error, and what was passed over without
/// one.
#include <string>
#include <vector>

#include "nn/error.hpp"

namespace rhyton {

/// Filled while a file is read. Problems forbid a result; notes are for the curious.
struct LoadReport {
  std::vector<std::string> problems, notes;
  /// True while all problems are things that this library does not have, rather than faults of the file.
  bool only_unsupported = true;
  /// What the problems do not tell: stands below them.
  std::string remark;

  void fault(std::string problem);
  void unsupported(std::string problem);
  /// Adds what an exception says, as the kind of problem that it is.
  void add(const std::exception& error, const std::string& where);
  /// Adds the error that `action` throws.
  template <class F>
  void attempt(F&& action) {
    try {
      action();
    } catch (const Error& error) {
      add(error, "");
    }
  }
  /// Throws one FormatError, or NotSupported, that lists all problems; does nothing if there are none.
  void check(const std::string& file, const std::string& failure = "cannot be loaded") const;
};

}  // namespace rhyton
