// Records as JSON objects, one a line.
#pragma once

#include <string>
#include <string_view>

#include <cairn/inspect.h>

namespace cairn::tool {

/// Appends a JSON string.  Bytes that are not valid UTF-8 must not come here.  Nothing in it moves
/// a terminal's cursor: what escape() would change is written as \uXXXX.
void append_json_string(std::string& out, std::string_view text);

/// Appends `"name":"text"`, or `"name_base64":"..."` if the bytes are no valid UTF-8.
void append_json_bytes(std::string& out, std::string_view name, std::string_view bytes);

/// Whether a record is shown with its value.
enum class Values { shown, left_out };

/// Appends one object, without a newline:
///
///   {"alias":"default","key":":1:user:7","prefix":"","version":1,"state":"live","kind":"integer",
///    "written_at":1700000000000,"expires_at":null,"size":29,"value":7}
///
/// `prefix` and `version` are there if the key looks as Django's default key function makes it.
/// Times are milliseconds since 1970.  `value` is a number, a string, a boolean or null by the
/// kind; `value_base64` stands in its place where the bytes are no UTF-8, and for archives (which
/// also have a `fingerprint`), custom kinds and unreadable records.  Reals that JSON does not have
/// are the strings "nan", "inf" and "-inf".  A key that is no UTF-8 is a `key_base64`.
void append_json_record(std::string& out, const RecordInfo& record, Values values);

}  // namespace cairn::tool
