#pragma once
/// @file files.hpp  Folders for tests that write, and the files that lie beside the tests.
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

namespace rhyton::test {

/// A new folder, removed at the end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::random_device device;
    path_ = std::filesystem::temp_directory_path() / ("rhyton-test-" + std::to_string(device()));
    std::filesystem::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A file below tests/.
inline std::filesystem::path data_file(const std::string& name) {
  return std::filesystem::path(TEST_DATA) / name;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace rhyton::test
