// A record in the log: how its words stand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "tier/key.h"
#include "tier/words.h"

namespace cairn::tier {

/// Milliseconds since 1970; all ones: never.  (ttl::Instant, which this room does not know.)
using Instant = std::uint64_t;
inline constexpr Instant never_expires = ~Instant{0};

/// Two words before the key, which is padded to whole words, as is the record behind it:
///   0   48 bits  expires_at; all ones: never     16 bits  length of the key
///   1   32 bits  space      24 bits  length of the record      8 bits  note
/// What a reader finds there may be torn, and is whatever it is until the reader has looked at the
/// bucket's state again.
struct RecordHead {
  Instant expires_at;
  Space space;
  std::size_t key_size;
  std::size_t size;
  std::uint8_t note;

  static constexpr std::size_t words = 2;
  static constexpr std::size_t longest_key = std::numeric_limits<std::uint16_t>::max();
  static constexpr std::size_t longest_record = (std::size_t{1} << 24) - 1;
  static constexpr Instant latest = (Instant{1} << 48) - 2;  ///< besides never

  static bool fits(std::size_t key_size, std::size_t size, Instant expires_at) noexcept {
    return key_size <= longest_key && size <= longest_record &&
           (expires_at <= latest || expires_at == never_expires);
  }

  static RecordHead load_from(const Word* at) noexcept {
    const std::uint64_t first = load(at[0]);
    const std::uint64_t second = load(at[1]);
    const Instant expires_at = first & (latest + 1);
    return {expires_at == latest + 1 ? never_expires : expires_at, static_cast<Space>(second),
            static_cast<std::size_t>(first >> 48),
            static_cast<std::size_t>(second >> 32 & longest_record),
            static_cast<std::uint8_t>(second >> 56)};
  }
  void store_to(Word* at) const noexcept {
    store(at[0], (expires_at & (latest + 1)) | std::uint64_t{key_size} << 48);
    store(at[1], space | std::uint64_t{size} << 32 | std::uint64_t{note} << 56);
  }

  std::size_t record_offset() const noexcept { return words + words_for(key_size); }  ///< in words
  std::size_t total_words() const noexcept { return record_offset() + words_for(size); }
};

/// What a record takes besides its bytes, at most.
inline constexpr std::size_t record_overhead = (RecordHead::words + 2) * word_bytes;

/// The key of a record, for whoever holds the shard's lock: nobody writes then.
inline std::string_view key_bytes(const Word* at, const RecordHead& head) noexcept {
  return {reinterpret_cast<const char*>(at + RecordHead::words), head.key_size};
}

}  // namespace cairn::tier
