#include "value.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>
#include "terminal.h"
#include "text.h"

namespace cairn::tool {
namespace {

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t bits = 0;
  for (std::size_t i = std::min<std::size_t>(bytes.size(), 8); i-- > 0;) {
    bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return bits;
}

std::string hex(std::string_view bytes, std::size_t most) {
  std::string text;
  for (const char c : bytes.substr(0, most)) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(c));
  }
  return text + (bytes.size() > most ? " …" : "");
}

// The start of the bytes, ended between two characters.
std::string_view start_of(std::string_view bytes, std::size_t columns) {
  const std::size_t most = columns * 4;
  if (bytes.size() <= most) return bytes;
  std::size_t end = most;
  while (end > most - 4 && (static_cast<unsigned char>(bytes[end]) & 0xc0) == 0x80) --end;
  return bytes.substr(0, end);
}

}  // namespace

std::int64_t integer_in(std::string_view payload) {
  return static_cast<std::int64_t>(little_endian(payload));
}

double real_in(std::string_view payload) { return std::bit_cast<double>(little_endian(payload)); }

std::string fingerprint_in(std::string_view payload) {
  return payload.size() < 4 ? "" : fmt::format("{:08x}", little_endian(payload.substr(0, 4)));
}

std::string real_text(double real) {
  if (std::isnan(real)) return "nan";
  if (std::isinf(real)) return real < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", real);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string preview(const RecordInfo& record, std::size_t columns) {
  if (record.state == RecordState::unreadable) return "stored: " + hex(record.payload, columns / 3);
  switch (record.kind) {
    case ValueKind::nothing:
      return {};
    case ValueKind::bytes: {
      const std::string_view start = start_of(record.payload, columns);
      return is_utf8(start) ? clip(escape(start), columns)
                            : "binary: " + hex(record.payload, columns / 3);
    }
    case ValueKind::archive:
      return "archive of type " + fingerprint_in(record.payload);
    case ValueKind::custom:
      return "custom: " + hex(record.payload, columns / 3);
    default:
      return value_text(record);
  }
}

std::string value_text(const RecordInfo& record) {
  if (record.state != RecordState::unreadable) {
    switch (record.kind) {
      case ValueKind::nothing:
        return {};
      case ValueKind::bytes:
        if (is_utf8(record.payload)) return escape(record.payload);
        break;
      case ValueKind::integer:
        return std::to_string(integer_in(record.payload));
      case ValueKind::real:
        return real_text(real_in(record.payload));
      case ValueKind::boolean:
        return record.payload[0] != 0 ? "true" : "false";
      case ValueKind::null:
        return "null";
      case ValueKind::archive:
      case ValueKind::custom:
        break;
    }
  }
  return base64(record.payload);
}

}  // namespace cairn::tool
