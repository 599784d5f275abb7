// The directory of a store that is open: RocksDB removes its obsolete files in its own time, so one
// that was listed may be gone when it is its turn.
#pragma once

#include <filesystem>
#include <system_error>

namespace cairn::test {

/// Throws filesystem_error for any other reason than that the file is gone.
inline void copy_unless_gone(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::copy_file(from, to, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    throw std::filesystem::filesystem_error("cannot copy", from, to, error);
  }
}

/// What is in the files of a running process is what its death leaves.
inline void copy_live(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::create_directory(to);
  for (const auto& each : std::filesystem::directory_iterator(from)) {
    copy_unless_gone(each.path(), to / each.path().filename());
  }
}

/// std::filesystem::remove_all gives up where somebody else removes a file, or makes one,
/// meanwhile.
inline void remove_live(const std::filesystem::path& directory) {
  std::error_code error;
  do {
    std::filesystem::remove_all(directory, error);
  } while (error == std::errc::no_such_file_or_directory ||
           error == std::errc::directory_not_empty);
  if (error) throw std::filesystem::filesystem_error("cannot remove", directory, error);
}

}  // namespace cairn::test
