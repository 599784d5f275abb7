// Values on their way between a caller and a Codec: what a read of a value gives, and the bytes
// that a record is made of.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <cairn/codec.h>
#include <cairn/export.h>

namespace cairn {

namespace internal {

template <class V>
struct StoredAs {
  using type = std::remove_cvref_t<V>;
};
template <class V>
requires(std::is_array_v<std::remove_cvref_t<V>> ||
         std::is_pointer_v<std::remove_cvref_t<V>>) struct StoredAs<V> {
  static_assert(std::convertible_to<V, std::string_view>,
                "cairn stores values, not pointers or arrays (except string literals): store what "
                "it points to, or a std::vector");
  using type = std::string_view;
};

template <class V>
struct LoadedAs {
  using type = typename StoredAs<V>::type;
};
template <class V>
requires std::same_as<typename StoredAs<V>::type, std::string_view>
struct LoadedAs<V> {
  using type = std::string;
};

}  // namespace internal

/// The type that a read gives for a value written as V: std::string for literals and views, V
/// otherwise.
template <class V>
using value_type_of = typename internal::LoadedAs<V>::type;

namespace internal {
[[noreturn]] CAIRN_EXPORT void null_pointer();

/// A value as its Codec takes it: character arrays and pointers as the text that they hold.
template <class V>
decltype(auto) as_stored(const V& value) {
  if constexpr (std::is_array_v<V>) {
    const auto* const end = static_cast<const char*>(std::memchr(value, '\0', sizeof value));
    return std::string_view(value, end ? static_cast<std::size_t>(end - value) : sizeof value);
  } else if constexpr (std::is_pointer_v<V>) {
    if (value == nullptr) null_pointer();
    return std::string_view(value);
  } else {
    return (value);
  }
}

}  // namespace internal

/// A value encoded, with room in front of its payload for the record's header.
struct EncodedValue {
  /// Bytes that are left free for the header.
  static constexpr std::size_t header_room = 16;
  /// What stands there until then, so that a codec which writes into it is noticed.
  /// A function, since a variable would be one symbol in all of a process, which keeps a plugin
  /// from being unloaded.
  static constexpr std::string_view header_place() { return {"header goes here", header_room}; }
  ValueKind kind;     ///< what the payload is
  std::string bytes;  ///< header_room bytes, then the payload
};

namespace internal {
/// Turns what a codec threw into SerializationError with the key's name; cairn::Errors pass as they
/// are.  Call from a catch block.
[[noreturn]] CAIRN_EXPORT void rethrow_codec_error(std::string_view verb, std::string_view key);

/// A value of the type that a read of it would give.  Throws SerializationError if it is a null
/// pointer.
template <class V>
value_type_of<V> as_loaded(std::string_view key, V&& value) {
  using Value = std::remove_cvref_t<V>;
  if constexpr (std::is_array_v<Value>) {
    return std::string(as_stored<Value>(value));
  } else if constexpr (std::is_pointer_v<Value>) {
    try {
      return std::string(as_stored<Value>(value));
    } catch (...) {
      rethrow_codec_error("encode", key);
    }
  } else {
    return value_type_of<V>(std::forward<V>(value));
  }
}

/// Throws SerializationError unless the room for the header is as it was, and the payload one of
/// that kind.
CAIRN_EXPORT void check_encoded(std::string_view key, const EncodedValue& value);
}  // namespace internal

/// Encodes a value by its Codec.  Throws Overflow or, whatever else the codec throws and if what it
/// has made is no value, SerializationError; both name the key.  Errors of Cairn pass as they are.
template <class V>
EncodedValue encode_value(std::string_view key, const V& value) {
  using T = typename internal::StoredAs<const V&>::type;
  static_assert(internal::can_be_stored<T>());
  EncodedValue encoded{ValueKind::nothing, {}};
  encoded.bytes.reserve(256);  // one allocation for most values
  encoded.bytes = EncodedValue::header_place();
  try {
    encoded.kind = Codec<T>::encode(internal::as_stored(value), encoded.bytes);
  } catch (...) {
    internal::rethrow_codec_error("encode", key);
  }
  internal::check_encoded(key, encoded);
  return encoded;
}

/// Decodes a value by the Codec of T.  Throws WrongType, Overflow or SerializationError, which name
/// the key.
template <class T>
T decode_value(StoredValue value) {
  static_assert(internal::can_be_loaded<T>());
  const std::string_view key = value.key;
  try {
    return Codec<T>::decode(std::move(value));
  } catch (...) {
    internal::rethrow_codec_error("decode", key);
  }
}

}  // namespace cairn
