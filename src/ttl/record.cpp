#include "ttl/record.h"

#include <algorithm>
#include "bytes/little_endian.h"

namespace cairn::ttl {
namespace {

constexpr char tag(ValueKind kind) {
  return static_cast<char>(format_version << 4 | static_cast<int>(kind));
}

}  // namespace

bool fits(ValueKind kind, std::size_t payload_size) noexcept {
  switch (kind) {
    case ValueKind::nothing:
    case ValueKind::null:
      return payload_size == 0;
    case ValueKind::integer:
    case ValueKind::real:
      return payload_size == 8;
    case ValueKind::boolean:
      return payload_size == 1;
    case ValueKind::archive:
      return payload_size >= 8;  // the fingerprint
    case ValueKind::bytes:
    case ValueKind::custom:
      return true;
  }
  return false;  // a kind of a later format
}

std::optional<Record> parse(std::string_view bytes) noexcept {
  if (bytes.size() < header_size) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first >> 4 != format_version || bytes[1] != 0) return std::nullopt;
  const auto kind = static_cast<ValueKind>(first & 15);
  if (!fits(kind, bytes.size() - header_size)) return std::nullopt;
  return Record{kind, load_little_endian<6>(&bytes[2]), load_little_endian<8>(&bytes[8]),
                bytes.substr(header_size)};
}

void write_header(char* bytes, ValueKind kind, Instant written_at, Instant expires_at) noexcept {
  bytes[0] = tag(kind);
  bytes[1] = 0;
  store_little_endian<6>(bytes + 2, written_at);
  store_little_endian<8>(bytes + 8, expires_at);
}

std::string encode(const Record& record) {
  std::string bytes(header_size, '\0');
  write_header(bytes.data(), record.kind, record.written_at, record.expires_at);
  bytes.append(record.payload);
  return bytes;
}

std::string encode_integer(std::int64_t value, Instant written_at, Instant expires_at) {
  char payload[8];
  store_little_endian<8>(payload, static_cast<std::uint64_t>(value));
  return encode({ValueKind::integer, written_at, expires_at, {payload, sizeof payload}});
}

void rewrite_expiry(std::string& record, Instant expires_at) noexcept {
  store_little_endian<8>(record.data() + 8, expires_at);
}

std::optional<std::string> corrected(std::string_view bytes, Instant now, Instant last) {
  std::optional<Record> record = parse(bytes);
  if (!record || record->written_at <= now) return std::nullopt;
  if (record->expires_at != never_expires) {
    const Instant known = std::max(record->written_at, last);
    if (record->kind == ValueKind::nothing || record->expires_at <= known) return std::string();
    record->expires_at = now + (record->expires_at - known);
  }
  record->written_at = now;
  return encode(*record);
}

std::int64_t integer(const Record& record) noexcept {
  return static_cast<std::int64_t>(load_little_endian<8>(record.payload.data()));
}

Instant deadline(Instant now, Timeout timeout) noexcept {
  if (timeout.is_never()) return never_expires;
  const auto ms = static_cast<Instant>(timeout.duration().count());
  return ms >= never_expires - now ? never_expires : now + ms;
}

}  // namespace cairn::ttl
