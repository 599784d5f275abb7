// Values through Codec and its archive: to bytes, back, and bytes that are refused.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cairn/boost.h>
#include <cairn/encoded_value.h>

namespace app {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// The bytes that Cairn stores for `value`, without the header of the record.
std::string stored(const auto& value) {
  return cairn::encode_value("k", value).bytes.substr(cairn::EncodedValue::header_room);
}

/// The T that these bytes are.
template <class T>
T decoded(std::string payload) {
  return cairn::decode_value<T>({cairn::ValueKind::archive, std::move(payload), "k"});
}

/// `value`, stored and read again.
template <class T>
T round_trip(const T& value) {
  return decoded<T>(stored(value));
}

/// The fingerprint of T, followed by these bytes.
template <class T>
std::string archive_of(std::initializer_list<int> bytes) {
  std::string payload;
  for (int shift = 0; shift < 64; shift += 8) {
    payload += static_cast<char>(cairn::type_fingerprint<T>() >> shift);
  }
  for (const int byte : bytes) payload += static_cast<char>(byte);
  return payload;
}

/// Passes if these bytes are no T, with a message that names the key and the reason.
template <class T>
void expect_refused(const std::string& payload, const std::string& reason) {
  EXPECT_THAT([&] { decoded<T>(payload); }, ThrowsMessage<cairn::SerializationError>(testing::AllOf(
                                                HasSubstr("'k'"), HasSubstr(reason))));
}

}  // namespace app
