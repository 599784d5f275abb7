#include "ttl/record.h"

#include <algorithm>

#include "bytes/little_endian.h"

namespace cairn::ttl {
namespace {

constexpr unsigned char touched_flag = 1;
constexpr std::size_t touched_size = 6;

constexpr char tag(ValueKind kind) {
  return static_cast<char>(format_version << 4 | static_cast<int>(kind));
}

// The flag of a touched record and the time behind its payload.
void mark_touched(char* record, char* end_of_payload, Instant touched_at) noexcept {
  record[1] = static_cast<char>(touched_flag);
  store_little_endian<touched_size>(end_of_payload, std::min(touched_at, latest_writing));
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

std::optional<Header> parse_header(std::string_view first, std::size_t size) noexcept {
  if (first.size() < header_size) return std::nullopt;
  const auto tag = static_cast<unsigned char>(first[0]);
  const auto flags = static_cast<unsigned char>(first[1]);
  if (tag >> 4 != format_version || flags > touched_flag) return std::nullopt;
  Header header{static_cast<ValueKind>(tag & 15), flags == touched_flag,
                load_little_endian<6>(&first[2]), load_little_endian<8>(&first[8]),
                size - header_size};
  if (header.touched) {
    if (header.payload_size < touched_size) return std::nullopt;
    header.payload_size -= touched_size;
  }
  if (!fits(header.kind, header.payload_size)) return std::nullopt;
  return header;
}

std::optional<Record> parse(std::string_view bytes) noexcept {
  const std::optional<Header> header = parse_header(bytes, bytes.size());
  if (!header) return std::nullopt;
  Record record{header->kind, header->written_at, header->expires_at,
                bytes.substr(header_size, header->payload_size)};
  if (header->touched) {
    record.touched_at =
        load_little_endian<touched_size>(record.payload.data() + record.payload.size());
  }
  return record;
}

void write_header(char* bytes, ValueKind kind, Instant written_at, Instant expires_at) noexcept {
  bytes[0] = tag(kind);
  bytes[1] = 0;
  store_little_endian<6>(bytes + 2, std::min(written_at, latest_writing));
  store_little_endian<8>(bytes + 8, expires_at);
}

std::string encode(const Record& record) {
  std::string bytes;
  bytes.reserve(header_size + record.payload.size() + touched_size);
  bytes.resize(header_size);
  write_header(bytes.data(), record.kind, record.written_at, record.expires_at);
  bytes.append(record.payload);
  if (record.touched_at) {
    const std::size_t end = bytes.size();
    bytes.resize(end + touched_size);
    mark_touched(bytes.data(), bytes.data() + end, *record.touched_at);
  }
  return bytes;
}

std::string encode_integer(std::int64_t value, Instant written_at, Instant expires_at) {
  return encode_integer(value, Record{ValueKind::integer, written_at, expires_at, {}});
}

std::string encode_integer(std::int64_t value, const Record& record) {
  char bytes[longest_integer_record];
  return std::string(encode_integer(value, record, bytes));
}

std::string_view encode_integer(std::int64_t value, const Record& record,
                                std::span<char, longest_integer_record> to) noexcept {
  write_header(to.data(), record.kind, record.written_at, record.expires_at);
  char* const payload = to.data() + header_size;
  store_little_endian<8>(payload, static_cast<std::uint64_t>(value));
  if (!record.touched_at) return {to.data(), header_size + 8};
  mark_touched(to.data(), payload + 8, *record.touched_at);
  return {to.data(), longest_integer_record};
}

std::string encode_touched(const Record& record, Instant now, Instant expires_at) {
  Record touched = record;
  touched.touched_at = now;
  touched.expires_at = expires_at;
  return encode(touched);
}

std::optional<std::string> corrected(std::string_view bytes, Instant now, Instant last) {
  std::optional<Record> record = parse(bytes);
  if (!record || !correct(*record, now, last)) return std::nullopt;
  return expired(record->expires_at, now) ? std::string() : encode(*record);
}

bool correct(Record& record, Instant now, Instant last) noexcept {
  const Instant newest = std::max(record.written_at, record.touched_at.value_or(0));
  if (newest <= now) return false;
  if (record.expires_at != never_expires) {
    const Instant known = std::max(newest, last);
    const bool ended = record.kind == ValueKind::nothing || record.expires_at <= known;
    record.expires_at =
        ended ? std::min(record.expires_at, now) : now + (record.expires_at - known);
  }
  record.written_at = std::min(record.written_at, now);
  if (record.touched_at) record.touched_at = std::min(*record.touched_at, now);
  return true;
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
