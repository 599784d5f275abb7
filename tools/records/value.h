// Payloads as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <cairn/inspect.h>

namespace cairn::tool {

/// Of a readable record of that kind.
std::int64_t integer_in(std::string_view payload);
double real_in(std::string_view payload);
/// The type fingerprint of an archive, "1a2b3c4d5e6f7081"; empty if the payload is too short to
/// have one.
std::string fingerprint_in(std::string_view payload);

/// The shortest text that reads back as the same double; it always looks like one: "1.0".
std::string real_text(double real);

/// Appends one line for a table, escaped: a number, text, `binary: 00 ff ...`, `archive 1a2b...`.
/// Looks at no more of the payload than so many columns can show.
void append_preview(std::string& out, const RecordInfo& record, std::size_t columns);

/// The whole value, escaped; binary as base64.
void append_value(std::string& out, const RecordInfo& record);
std::string value_text(const RecordInfo& record);

}  // namespace cairn::tool
