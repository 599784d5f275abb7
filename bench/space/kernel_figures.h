// What the kernel says of the room that a store takes, and of what its process writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace bench {

/// Bytes of the files in a directory.
inline std::uint64_t size_of(const std::filesystem::path& directory) {
  std::uint64_t sum = 0;
  std::error_code gone;
  for (const auto& each : std::filesystem::directory_iterator(directory, gone)) {
    const std::uint64_t bytes = each.file_size(gone);
    sum += gone ? 0 : bytes;
  }
  return sum;
}

/// Bytes that this process has written, log included.
inline std::uint64_t bytes_written() {
  std::ifstream io("/proc/self/io");
  std::string name;
  for (std::uint64_t value = 0; io >> name >> value;) {
    if (name == "wchar:") return value;
  }
  return 0;
}

}  // namespace bench
