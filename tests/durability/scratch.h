// A directory in memory, where the system has one, that goes away with its owner.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace cairn::test::durability {

class ScratchDirectory {
 public:
  ScratchDirectory() : ScratchDirectory(memory()) {}
  /// In a directory of somebody who outlives this process, which may be killed.
  explicit ScratchDirectory(const std::filesystem::path& root) {
    std::string name = (root / "cairn-durability.XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = std::filesystem::canonical(name);
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  static std::filesystem::path memory() {
    const bool there = ::access("/dev/shm", W_OK | X_OK) == 0;
    return there ? "/dev/shm" : std::filesystem::temp_directory_path();
  }

  std::filesystem::path path_;
};

}  // namespace cairn::test::durability
