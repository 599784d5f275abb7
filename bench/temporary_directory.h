// Where the stores of a benchmark are.
#pragma once

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace bench {

/// Made below `parent`, and removed with everything in it.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent) {
    std::string made = (parent / "cairn-bench-XXXXXX").native();
    if (::mkdtemp(made.data()) == nullptr) {
      throw std::filesystem::filesystem_error("cannot make a directory", parent,
                                              std::error_code(errno, std::generic_category()));
    }
    path_ = made;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bench
