// A file system of its own that is really full.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <cairn/options.h>

namespace cairn::test::durability {

enum class Volume : std::uint8_t { tmpfs, ext4 };

/// Mounts a small volume on `directory`, for this process alone.  Returns why it cannot; empty if
/// it could.
std::string mount_volume(Volume volume, const std::filesystem::path& directory);

struct FullDiskResult {
  std::uint64_t written = 0;
  std::uint64_t refused = 0;
  std::int64_t healed_after_ms = 0;
  std::vector<std::string> violations = {};
};

/// Fills the volume through a cache, reads, frees space and writes again.
FullDiskResult fill(const std::filesystem::path& volume, Durability level);

}  // namespace cairn::test::durability
