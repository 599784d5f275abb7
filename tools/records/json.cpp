#include "records/json.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>
#include "records/value.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

void append_json_escaped(std::string& out, std::string_view text) {
  const bool plain = is_plain(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      out += {'\\', text[i]};
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(byte));
    } else if (byte < 0x80 || plain) {
      out += text[i];
    } else {
      // Something in the text is harmful: all of it that is not ASCII by number.
      const std::size_t size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      std::uint32_t code = byte & (0xffu >> (size + 1));
      for (std::size_t j = 1; j < size; ++j) {
        code = code << 6 | (static_cast<unsigned char>(text[i + j]) & 0x3fu);
      }
      i += size - 1;
      if (code >= 0x10000) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}",
                       0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
      } else {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
      }
    }
  }
}

void append_json_value(std::string& out, const RecordInfo& record) {
  if (record.state == RecordState::unreadable) {
    out += ",\"value_base64\":\"" + base64(record.payload) + '"';
    return;
  }
  switch (record.kind) {
    case ValueKind::nothing:
      return;
    case ValueKind::bytes:
      out += ',';
      append_json_bytes(out, "value", record.payload);
      return;
    case ValueKind::integer:
      fmt::format_to(std::back_inserter(out), ",\"value\":{}", integer_in(record.payload));
      return;
    case ValueKind::real: {
      const double real = real_in(record.payload);
      const char* const quote = std::isfinite(real) ? "" : "\"";
      fmt::format_to(std::back_inserter(out), ",\"value\":{}{}{}", quote, real_text(real), quote);
      return;
    }
    case ValueKind::boolean:
      out += record.payload[0] != 0 ? ",\"value\":true" : ",\"value\":false";
      return;
    case ValueKind::null:
      out += ",\"value\":null";
      return;
    case ValueKind::archive:
    case ValueKind::custom:
      break;
  }
  out += ",\"value_base64\":\"" + base64(record.payload) + '"';
}

std::int64_t count(RecordInfo::Time time) { return time.time_since_epoch().count(); }

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

void append_json_bytes(std::string& out, std::string_view name, std::string_view bytes) {
  out += '"';
  out += name;
  if (is_simple(bytes)) {
    out += "\":\"";
    out += bytes;
    out += '"';
  } else if (is_utf8(bytes)) {
    out += "\":";
    append_json_string(out, bytes);
  } else {
    out += "_base64\":\"" + base64(bytes) + '"';
  }
}

void append_json_record(std::string& out, const RecordInfo& record, Values values) {
  out += '{';
  append_json_bytes(out, "alias", record.family);
  out += ',';
  append_json_bytes(out, "key", record.key);
  if (const auto parts = split_key(record.key)) {
    out += ',';
    append_json_bytes(out, "prefix", parts->prefix);
    out += ",\"version\":";
    append_number(out, parts->version);
  }
  ((out += ",\"state\":\"") += state_name(record.state)) += '"';
  if (record.state != RecordState::unreadable) {
    ((out += ",\"kind\":\"") += kind_name(record.kind)) += "\",\"written_at\":";
    append_number(out, count(record.written_at));
    out += ",\"expires_at\":";
    record.expires_at ? append_number(out, count(*record.expires_at)) : void(out += "null");
    if (record.kind == ValueKind::archive) {
      ((out += ",\"fingerprint\":\"") += fingerprint_in(record.payload)) += '"';
    }
  }
  out += ",\"size\":";
  append_number(out, record.stored_size);
  if (values == Values::shown) append_json_value(out, record);
  out += '}';
}

}  // namespace cairn::tool
