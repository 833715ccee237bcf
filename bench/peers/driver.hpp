// What the C++ peers share: the arguments, the timing loop and the JSON line of protocol.py.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace driver {

inline constexpr int kWarmUpSteps = 3;

struct Options {
  std::string model;
  std::string mode;
  int batch_size = 32;
  int threads = 1;
  double seconds = 2.0;
};

/// Reads MODEL and `--name value` pairs; the wrapper in Python has already checked them.
inline Options parse(int argc, char** argv) {
  Options options;
  options.model = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--mode") {
      options.mode = value;
    } else if (name == "--batch-size") {
      options.batch_size = std::stoi(value);
    } else if (name == "--threads") {
      options.threads = std::stoi(value);
    } else if (name == "--seconds") {
      options.seconds = std::stod(value);
    } else {
      throw std::invalid_argument("unknown option " + name);
    }
  }
  return options;
}

using Clock = std::chrono::steady_clock;

inline double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Milliseconds of each call: warm-up first, then at least one call and as many as fit.
template <typename Step>
std::vector<double> time_steps(Step step, double seconds) {
  for (int i = 0; i < kWarmUpSteps; ++i) {
    step();
  }
  std::vector<double> times;
  const auto begin = Clock::now();
  do {
    const auto start = Clock::now();
    step();
    times.push_back(milliseconds_since(start));
  } while (milliseconds_since(begin) < 1e3 * seconds);
  return times;
}

inline double peak_rss_mib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmHWM:") {
      double kibibytes = 0;
      status >> kibibytes;
      return kibibytes / 1024;
    }
  }
  throw std::runtime_error("/proc/self/status has no VmHWM");
}

inline void print_json(std::vector<double> times, const Options& options, double load_ms,
                       const char* version) {
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  std::printf(
      "{\"best_ms\": %.6g, \"median_ms\": %.6g, \"samples_per_second\": %.6g, \"peak_rss_mib\": %.4g, "
      "\"load_ms\": %.4g, \"version\": \"%s\", \"variant\": \"C++\"}\n",
      times.front(), median, 1e3 * options.batch_size / median, peak_rss_mib(), load_ms, version);
}

}  // namespace driver
