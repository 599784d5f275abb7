// The layout of RocksDB's logs and its MANIFEST.
#pragma once

#include <cstddef>

namespace cairn::store {

// Blocks of 32 KiB; before each piece of a record 4 bytes of checksum, 2 of length and 1 of type;
// no piece begins in a block's last 6 bytes.
inline constexpr std::size_t block_size = 32768;
inline constexpr std::size_t header_size = 7;

}  // namespace cairn::store
