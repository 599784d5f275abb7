// Units of sizes in bytes.
#pragma once

#include <cstdint>

namespace cairn {

inline constexpr std::uint64_t kibibyte = std::uint64_t{1} << 10;
inline constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

}  // namespace cairn
