// What the process and its directory take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace soak {

struct Sample {
  double seconds = 0;  ///< since the soak began
  std::uint64_t calls = 0;
  std::uint64_t live_bytes = 0;
  std::uint64_t disk_bytes = 0;
  std::uint64_t resident_bytes = 0;
  std::size_t descriptors = 0;
};

std::uint64_t resident_bytes();
std::size_t open_descriptors();
/// What the files occupy; those that vanish meanwhile do not count.
std::uint64_t disk_bytes(const std::filesystem::path& directory);

/// Bytes a second by which resident_bytes grows: the median of the slopes between all pairs of
/// samples (Theil and Sen), which single peaks do not move.  0 for less than two samples.
double resident_slope(const std::vector<Sample>& samples);

}  // namespace soak
