// A value of whatever kind, as it is stored: what the model writes and reads.
#pragma once

#include <cstdint>
#include <string>

#include <cairn/codec.h>
#include "bytes/little_endian.h"

namespace cairn::test {

struct Any {
  ValueKind kind;
  std::string payload;
  friend bool operator==(const Any&, const Any&) = default;

  static Any of(std::int64_t number) {
    std::string payload(8, '\0');
    store_little_endian<8>(payload.data(), static_cast<std::uint64_t>(number));
    return {ValueKind::integer, std::move(payload)};
  }
  /// Requires kind integer.
  std::int64_t number() const {
    return static_cast<std::int64_t>(load_little_endian<8>(payload.data()));
  }
};

}  // namespace cairn::test

template <>
struct cairn::Codec<cairn::test::Any> {
  static ValueKind encode(const test::Any& value, std::string& out) {
    out.append(value.payload);
    return value.kind;
  }
  static test::Any decode(StoredValue value) { return {value.kind, std::move(value.payload)}; }
};
