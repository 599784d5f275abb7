// The stored record: a 16-byte header, then the payload.  See docs/format.md.
//
//   0      format (high nibble, 1) and kind (low nibble)
//   1      flags: 1 if touched; a record with others is not ours to guess at
//   2..7   written_at, ms, 48 bits
//   8..15  expires_at, ms; all ones: never
//   16..   payload
//   last 6 of one that was touched: when, ms
//
// Little-endian.  Everything here is a pure function of its arguments and throws nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <cairn/encoded_value.h>
#include <cairn/timeout.h>

namespace cairn::ttl {

/// Milliseconds since 1970 on the store's clock.
using Instant = std::uint64_t;

inline constexpr Instant never_expires = ~Instant{0};
/// The last moment that 48 bits can name, in the year 10889.  Whatever was written later is stored
/// as written then.
inline constexpr Instant latest_writing = (Instant{1} << 48) - 1;
inline constexpr std::size_t header_size = EncodedValue::header_room;
inline constexpr int format_version = 1;

struct Record {
  ValueKind kind;
  Instant written_at;
  Instant expires_at;
  std::string_view payload;
  std::optional<Instant> touched_at = {};  ///< when the expiry was set, if not with the value
};

/// Empty if the bytes are not a record of this format: too short, another format, unknown flags or
/// kind, or a payload whose size is wrong for its kind.
std::optional<Record> parse(std::string_view bytes) noexcept;

/// What stands before a record's payload, and how long that is.
struct Header {
  ValueKind kind;
  bool touched;
  Instant written_at;
  Instant expires_at;
  std::size_t payload_size;
};

/// The header of bytes of that size of which the first are given, at least `header_size` if there
/// are so many; empty where parse() of all of them is.
std::optional<Header> parse_header(std::string_view first, std::size_t size) noexcept;

/// Whether a payload of that size can be one of that kind; no kind of a later format has any.
bool fits(ValueKind kind, std::size_t payload_size) noexcept;

/// The one predicate: every operation, the merge operator and the compaction filter judge by it.
inline bool expired(Instant expires_at, Instant now) noexcept { return expires_at <= now; }
template <class AnyRecord = Record>  // or Header
bool live(const AnyRecord& record, Instant now) noexcept {
  return record.kind != ValueKind::nothing && !expired(record.expires_at, now);
}

/// The record if the bytes are one and it is live.
inline std::optional<Record> parse_live(std::string_view bytes, Instant now) noexcept {
  std::optional<Record> record = parse(bytes);
  if (record && !live(*record, now)) record.reset();
  return record;
}

/// Fills the first 16 bytes at `bytes`.
void write_header(char* bytes, ValueKind kind, Instant written_at, Instant expires_at) noexcept;

/// A whole record.
std::string encode(const Record& record);
/// The record that holds an integer.
std::string encode_integer(std::int64_t value, Instant written_at, Instant expires_at);
/// The record that holds another integer than `record`, at the same times.
std::string encode_integer(std::int64_t value, const Record& record);
/// The same bytes at the beginning of `to`.
inline constexpr std::size_t longest_integer_record = header_size + 8 + 6;
std::string_view encode_integer(std::int64_t value, const Record& record,
                                std::span<char, longest_integer_record> to) noexcept;
/// The record that holds the same value with another expiry, which was set `now`.
std::string encode_touched(const Record& record, Instant now, Instant expires_at);

/// A record that was written by a clock which was ahead, until `last` by that clock, as it should
/// be now that the clock is right: it lives as long as it had left to live at `last`, or when it
/// was written or touched if that was later.  Nothing ("") if that is no time; empty if the record
/// is not from the future, or no record.
std::optional<std::string> corrected(std::string_view bytes, Instant now, Instant last);
/// The same in place: whether the record was changed.  One that has no time left has expired `now`.
bool correct(Record& record, Instant now, Instant last) noexcept;

/// The payload of an integer record.  Requires kind integer.
std::int64_t integer(const Record& record) noexcept;

/// now + timeout, or never if that cannot be counted.  Requires timeout.keeps().
Instant deadline(Instant now, Timeout timeout) noexcept;

}  // namespace cairn::ttl
