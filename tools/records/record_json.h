// Records as lines of JSON: what export writes and load reads.
//
//   {"alias":"default","key":":1:user","kind":"bytes","written_at":1700000000000,
//    "expires_at":null,"value":"..."}
//
// on one line.  Times are milliseconds since 1970; an `expires_at` of null is never.  A key or
// value that is no UTF-8 text stands in base64 as `key_base64` or `value_base64`, and so do
// archives, custom values and the few numbers that JSON has no way to write (NaN, the infinities).
// Line by line the bytes of a record come back as they were.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <cairn/inspect.h>
#include <cairn/transfer.h>

namespace cairn::tool {

/// Appends the line of a readable record, with its end.
void append_line(const RecordInfo& record, std::string& out);

/// What is wrong with a line.
struct MalformedLine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The record of a line, as check_record() wants it.  Throws MalformedLine.
RawRecord parse_line(std::string_view line);

}  // namespace cairn::tool
