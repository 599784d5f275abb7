#include "records/record_json.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>

#include <cairn/error.h>
#include <nlohmann/json.hpp>

#include "records/json.h"
#include "records/value.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

using nlohmann::json;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr ValueKind kinds[] = {ValueKind::bytes,   ValueKind::integer, ValueKind::real,
                               ValueKind::boolean, ValueKind::null,    ValueKind::archive,
                               ValueKind::custom};

[[noreturn]] void refuse(const std::string& why) { throw MalformedLine(why); }

// ---- writing ----

void append_opaque(std::string_view bytes, std::string& out) {
  ((out += "\"value_base64\":\"") += base64(bytes)) += '"';
}

void append_exact_value(const RecordInfo& record, std::string& out) {
  switch (record.kind) {
    case ValueKind::bytes:
      return append_json_bytes(out, "value", record.payload);
    case ValueKind::integer:
      out += "\"value\":";
      append_number(out, integer_in(record.payload));
      return;
    case ValueKind::real: {
      const double real = real_in(record.payload);
      if (!std::isfinite(real)) break;
      (out += "\"value\":") += real_text(real);
      return;
    }
    case ValueKind::boolean:
      if (static_cast<unsigned char>(record.payload[0]) > 1) break;
      out += record.payload[0] == 1 ? "\"value\":true" : "\"value\":false";
      return;
    case ValueKind::null:
      out += "\"value\":null";
      return;
    default:
      break;
  }
  append_opaque(record.payload, out);
}

// ---- reading ----

std::string decode_base64(const std::string& text) {
  static const std::array<std::int8_t, 256> values = [] {
    std::array<std::int8_t, 256> table;
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
      table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    }
    return table;
  }();
  if (text.size() % 4 != 0) refuse("base64 of an impossible length");
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::uint32_t bits = 0;
    const bool last = at + 4 == text.size();
    for (std::size_t i = 0; i < 4; ++i) {
      const bool filler = last && i >= 4 - padding;
      const int value = filler ? 0 : values[static_cast<unsigned char>(text[at + i])];
      if (value < 0) refuse("a character that is not base64");
      bits = bits << 6 | static_cast<std::uint32_t>(value);
    }
    const std::size_t count = last ? 3 - padding : 3;
    // One text for one value: what the filler cuts off is zero.
    if ((bits & ((std::uint32_t{1} << (8 * (3 - count))) - 1)) != 0)
      refuse("base64 with bits left");
    for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(bits >> (16 - 8 * i) & 255);
  }
  return bytes;
}

void store_word(std::uint64_t bits, std::string& payload) {
  for (int i = 0; i < 8; ++i) payload += static_cast<char>(bits >> (8 * i) & 255);
}

// The members of a line; each is taken once, and none may be left.
class Members {
 public:
  explicit Members(json object) : object_(std::move(object)) {
    if (!object_.is_object()) refuse("not a JSON object");
  }

  std::optional<json> take(const std::string& name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return std::nullopt;
    json value = std::move(*found);
    object_.erase(found);
    return value;
  }
  json need(const std::string& name) {
    std::optional<json> value = take(name);
    if (!value) refuse("'" + name + "' is missing");
    return *std::move(value);
  }
  std::string text(const std::string& name) {
    json value = need(name);
    if (!value.is_string()) refuse("'" + name + "' is not a string");
    return std::move(value.get_ref<std::string&>());
  }
  static RawRecord::Time time(const std::string& name, const json& value) {
    // The parser takes what is not negative as unsigned.
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) {
      refuse("'" + name + "' is not a time in milliseconds since 1970");
    }
    return RawRecord::Time(std::chrono::milliseconds(value.get<std::int64_t>()));
  }
  void done() const {
    if (!object_.empty())
      refuse("'" + escape(object_.begin().key()) + "' is no member that we know");
  }

 private:
  json object_;
};

ValueKind kind_named(const std::string& name) {
  for (const ValueKind each : kinds) {
    if (kind_name(each) == name) return each;
  }
  refuse("'" + escape(name) + "' is no kind of value");
}

// "-0", of which the parser makes the integer 0.
bool is_minus_zero(const json& value) {
  return value.is_number_integer() && !value.is_number_unsigned() && value.get<std::int64_t>() == 0;
}

// The payload of a value that is not given in base64.
std::string payload_of(ValueKind kind, json value) {
  std::string payload;
  switch (kind) {
    case ValueKind::bytes:
      if (!value.is_string()) refuse("the value is not a string");
      return std::move(value.get_ref<std::string&>());
    case ValueKind::integer:
      if (!value.is_number_integer() ||
          (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX})) {
        refuse("the value is not a 64-bit integer");
      }
      store_word(static_cast<std::uint64_t>(value.get<std::int64_t>()), payload);
      return payload;
    case ValueKind::real:
      if (!value.is_number()) refuse("the value is not a number");
      store_word(std::bit_cast<std::uint64_t>(is_minus_zero(value) ? -0.0 : value.get<double>()),
                 payload);
      return payload;
    case ValueKind::boolean:
      if (!value.is_boolean()) refuse("the value is neither true nor false");
      return {value.get<bool>() ? '\1' : '\0'};
    case ValueKind::null:
      if (!value.is_null()) refuse("the value is not null");
      return payload;
    default:
      refuse("a value of this kind is given as 'value_base64'");
  }
}

// Of two members with one name the parser would take the last.
json parse_object(std::string_view line) {
  std::set<std::string> names;
  return json::parse(line, [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names.insert(name).second) refuse("'" + escape(name) + "' is given twice");
    }
    return true;
  });
}

}  // namespace

void append_line(const RecordInfo& record, std::string& out) {
  out += '{';
  append_json_bytes(out, "alias", record.family);
  out += ',';
  append_json_bytes(out, "key", record.key);
  ((out += ",\"kind\":\"") += kind_name(record.kind)) += "\",\"written_at\":";
  append_number(out, record.written_at.time_since_epoch().count());
  out += ",\"expires_at\":";
  if (record.expires_at) {
    append_number(out, record.expires_at->time_since_epoch().count());
  } else {
    out += "null";
  }
  out += ',';
  append_exact_value(record, out);
  out += "}\n";
}

RawRecord parse_line(std::string_view line) try {
  Members members(parse_object(line));
  RawRecord record;
  record.family = members.text("alias");
  if (std::optional<json> key = members.take("key_base64")) {
    if (!key->is_string()) refuse("'key_base64' is not a string");
    if (members.take("key")) refuse("the key is given twice, as 'key' and as 'key_base64'");
    record.key = decode_base64(key->get_ref<const std::string&>());
  } else {
    record.key = members.text("key");
  }
  record.kind = kind_named(members.text("kind"));
  record.written_at = members.time("written_at", members.need("written_at"));
  const json expires_at = members.need("expires_at");
  if (!expires_at.is_null()) record.expires_at = members.time("expires_at", expires_at);
  if (std::optional<json> value = members.take("value_base64")) {
    if (!value->is_string()) refuse("'value_base64' is not a string");
    if (members.take("value")) refuse("the value is given twice, as 'value' and as 'value_base64'");
    record.payload = decode_base64(value->get_ref<const std::string&>());
  } else {
    record.payload = payload_of(record.kind, members.need("value"));
  }
  members.done();
  check_record(record);
  return record;
} catch (const json::parse_error& error) {
  refuse("not JSON (at byte " + std::to_string(error.byte) + ")");
} catch (const json::exception&) {
  refuse("a number that is too large");
} catch (const Error& error) {
  refuse(error.what());
}

}  // namespace cairn::tool
