#include "serialization/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <system_error>

#include "nn/raise.hpp"

namespace rhyton {

namespace {

/// Closes a file descriptor at the end of its scope.
struct Descriptor {
  int value;
  explicit Descriptor(int v) : value(v) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

[[noreturn]] void fail(const std::filesystem::path& target, const char* step, int error) {
  std::string hint = error == ENOSPC || error == EDQUOT ? " Free some space and save again." : "";
  raise<Error>("Cannot write '{}': {}: {}. The file at that path, if there was one, is unchanged.{}",
               target.string(), step, std::strerror(error), hint);
}

std::filesystem::path resolve(const std::filesystem::path& target) {
  std::error_code error;
  if (!std::filesystem::is_symlink(target, error)) return target;
  auto real = std::filesystem::weakly_canonical(target, error);
  return error ? target : real;
}

}  // namespace

std::string random_suffix() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device device;
  std::string suffix(10, ' ');
  for (char& c : suffix) c = letters[device() % letters.size()];
  return suffix;
}

AtomicFile::AtomicFile(const std::filesystem::path& target) : target_(resolve(target)) {
  std::error_code ignored;
  if (target_.filename().empty() || std::filesystem::is_directory(target_, ignored))
    raise<ValueError>("Cannot write '{}': it is a folder, not a file name.", target.string());
  // Renaming over a device would take it away from everybody.
  if (const auto kind = std::filesystem::status(target_, ignored).type();
      kind != std::filesystem::file_type::not_found && kind != std::filesystem::file_type::none &&
      kind != std::filesystem::file_type::regular)
    raise<ValueError>("Cannot write '{}': it is a device or a pipe, not a file.", target.string());
  const auto folder = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
  for (int attempt = 0; attempt < 100; ++attempt) {
    // A name of its own length limit, where the target's is near it.
    constexpr std::size_t most_letters = 200;
    temporary_ = folder / (fmt::format(".{}.{}.tmp", target_.filename().string().substr(0, most_letters),
                                       random_suffix()));
    const Descriptor file(::open(temporary_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
    if (file.value >= 0) {
      struct stat old {};
      if (::stat(target_.c_str(), &old) == 0) ::fchmod(file.value, old.st_mode & 0777);
      return;
    }
    if (errno != EEXIST) fail(target_, "creating a file beside it", errno);
  }
  fail(target_, "creating a file beside it", EEXIST);
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  if (!committed_) std::filesystem::remove(temporary_, ignored);
}

void AtomicFile::write(std::string_view bytes) {
  const Descriptor file(::open(temporary_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (file.value < 0) fail(target_, "opening a file beside it", errno);
  while (!bytes.empty()) {
    const ssize_t done = ::write(file.value, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail(target_, "writing", errno);
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

void AtomicFile::commit() {
  {
    const Descriptor file(::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.value < 0 || ::fsync(file.value) != 0) fail(target_, "syncing", errno);
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(target_, "renaming", errno);
  committed_ = true;
  // The new name itself must survive a power cut; a file system that cannot sync folders is left alone.
  const auto folder = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.value >= 0) ::fsync(parent.value);
}

void write_file(const std::filesystem::path& target, std::string_view bytes) {
  AtomicFile file(target);
  file.write(bytes);
  file.commit();
}

}  // namespace rhyton
