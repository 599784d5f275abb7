#include "records/value.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>
#include "terminal/terminal.h"
#include "terminal/text.h"

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
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (!text.empty()) text += ' ';
    (text += digits[byte >> 4]) += digits[byte & 15];
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

void append_text_preview(std::string& out, std::string_view payload, std::size_t columns) {
  const std::string_view start = start_of(payload, columns);
  if (!is_utf8(start)) {
    out += "binary: " + hex(payload, columns / 3);
  } else if (!is_simple(start.substr(0, columns))) {
    out += clip(escape(start), columns);
  } else if (start.size() <= columns) {
    out += start;
  } else {
    (out += start.substr(0, columns - 1)) += ellipsis;
  }
}

}  // namespace

std::int64_t integer_in(std::string_view payload) {
  return static_cast<std::int64_t>(little_endian(payload));
}

double real_in(std::string_view payload) { return std::bit_cast<double>(little_endian(payload)); }

std::string fingerprint_in(std::string_view payload) {
  return payload.size() < 8 ? "" : fmt::format("{:016x}", little_endian(payload.substr(0, 8)));
}

std::string real_text(double real) {
  if (std::isnan(real)) return "nan";
  if (std::isinf(real)) return real < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", real);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void append_preview(std::string& out, const RecordInfo& record, std::size_t columns) {
  if (record.state == RecordState::unreadable) {
    out += "stored: " + hex(record.payload, columns / 3);
    return;
  }
  switch (record.kind) {
    case ValueKind::nothing:
      return;
    case ValueKind::bytes:
      return append_text_preview(out, record.payload, columns);
    case ValueKind::archive:
      out += "archive of type " + fingerprint_in(record.payload);
      return;
    case ValueKind::custom:
      out += "custom: " + hex(record.payload, columns / 3);
      return;
    default:
      append_value(out, record);
  }
}

void append_value(std::string& out, const RecordInfo& record) {
  if (record.state != RecordState::unreadable) {
    switch (record.kind) {
      case ValueKind::nothing:
        return;
      case ValueKind::bytes:
        if (is_utf8(record.payload)) return append_escaped(out, record.payload);
        break;
      case ValueKind::integer:
        return append_number(out, integer_in(record.payload));
      case ValueKind::real:
        out += real_text(real_in(record.payload));
        return;
      case ValueKind::boolean:
        out += record.payload[0] != 0 ? "true" : "false";
        return;
      case ValueKind::null:
        out += "null";
        return;
      case ValueKind::archive:
      case ValueKind::custom:
        break;
    }
  }
  out += base64(record.payload);
}

std::string value_text(const RecordInfo& record) {
  std::string text;
  append_value(text, record);
  return text;
}

}  // namespace cairn::tool
