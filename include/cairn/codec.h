// Codecs: how a C++ value becomes stored bytes and comes back.
//
// Codec<T> is the whole of it.  Built in: integers, enumerations, bool, float and double, strings,
// spans and vectors of bytes, nullptr, and std::optional of those.  <cairn/boost.h> adds the
// standard containers and every class with a serialize() for Boost.Serialization, by value.  For a
// type of your own specialise Codec:
//
//     template <>
//     struct cairn::Codec<Point> {
//       static ValueKind encode(const Point& point, std::string& out);   // append to out
//       static Point decode(StoredValue value);                          // or throw
//     };
//
// Codecs run on the caller's thread, outside every lock (but see Cache::update).  An exception from
// one becomes SerializationError with the key's name, in which the codec's own is nested
// (std::rethrow_if_nested); WrongType and other cairn::Errors pass as they are.  So does what a
// codec encodes: SerializationError if it has changed the bytes that it found in `out`, or if the
// payload is none of the kind that it returned.  Nothing has been written then.
//
// A char array or pointer is a C string: what stands before the first NUL is stored, at most the
// whole array.  For text with a NUL in it store a std::string or std::string_view.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <cairn/error.h>
#include <cairn/export.h>

namespace cairn {

/// The kind of a record's payload.  Stored: never renumber.  docs/format.md has the bytes.
enum class ValueKind : std::uint8_t {
  nothing = 0,  ///< void: reads as a miss
  bytes = 1,    ///< strings and byte vectors, as they are
  integer = 2,  ///< int64, 8 bytes, two's complement, little-endian
  real = 3,     ///< double, 8 bytes, IEEE 754, little-endian
  boolean = 4,  ///< 1 byte, 0 or 1
  null = 5,     ///< no payload: Django's None
  archive = 6,  ///< 8 bytes of type fingerprint, then an archive (boost.h)
  custom = 15,  ///< left to codecs outside this project
};

/// The name of a kind as messages and tools show it: "bytes", "integer", ...
CAIRN_EXPORT std::string_view kind_name(ValueKind kind);

/// A value as it was read, for Codec::decode.
struct StoredValue {
  ValueKind kind;        ///< what the payload is
  std::string payload;   ///< what Codec::encode appended
  std::string_view key;  ///< the caller's key, for messages

  /// Throws WrongType: "get 'k': holds a value of kind bytes, not integer".
  [[noreturn]] CAIRN_EXPORT void wrong_type(std::string_view wanted) const;
  /// Throws SerializationError, which names the key and says what is wrong with the bytes.
  [[noreturn]] CAIRN_EXPORT void damaged(std::string_view what) const;
};

/// How a T is stored and read.  Specialise it for your own types; <cairn/codec.h> says how.
template <class T>
struct Codec;

/// A type that can be stored: its Codec encodes.  Of a class that <cairn/boost.h> stores, what its
/// serialize() names is not looked at.
template <class T>
concept Storable = requires(const T& value, std::string& out) {
  { Codec<T>::encode(value, out) } -> std::same_as<ValueKind>;
};

/// A type that can be read: its Codec decodes.
template <class T>
concept Loadable = requires(StoredValue value) {
  { Codec<T>::decode(std::move(value)) } -> std::same_as<T>;
};

namespace internal {
inline void append_little_endian(std::uint64_t bits, std::string& out) {
  char bytes[8];
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(bytes, &bits, sizeof bytes);
  } else {
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(bits >> (8 * i));
  }
  out.append(bytes, sizeof bytes);
}
CAIRN_EXPORT std::uint64_t little_endian_payload(const StoredValue& value);
/// The name of a class or enumeration, "app::User", from what the compiler mangles it to,
/// "N3app4UserE"; the mangled name where it is not made of identifiers only.  Throws
/// std::logic_error if it has no linkage.
CAIRN_EXPORT std::string demangled_name(std::string_view mangled);
/// The name of the template in the mangled name of a TemplateTag (archive_names.h).  Throws as
/// demangled_name() does.
CAIRN_EXPORT std::string demangled_template(std::string_view mangled);
/// The lowest address that the stack of this thread may grow to, with room left to report that it
/// has come there; null if that is not known, as in a fiber.
CAIRN_EXPORT const char* lowest_stack_address() noexcept;
[[noreturn]] CAIRN_EXPORT void integer_too_large();
[[noreturn]] CAIRN_EXPORT void number_does_not_fit(const StoredValue& value);

/// True; a sentence from the compiler for a type that cannot be stored, from its Codec if that has
/// one.
template <class T>
consteval bool can_be_stored() {
  if constexpr (Storable<T>) {
    return true;
  } else if constexpr (requires { Codec<T>::can_be_stored(); }) {
    return Codec<T>::can_be_stored();
  } else {
    static_assert(Storable<T>,
                  "no Codec for this type: include <cairn/boost.h> or specialise Codec");
    return false;
  }
}
/// The same for a type that cannot be read.
template <class T>
consteval bool can_be_loaded() {
  if constexpr (Loadable<T>) {
    return true;
  } else if constexpr (requires { Codec<T>::can_be_loaded(); }) {
    return Codec<T>::can_be_loaded();
  } else {
    static_assert(Loadable<T>,
                  "no Codec that decodes this type: include <cairn/boost.h> or specialise Codec; "
                  "text is read as std::string");
    return false;
  }
}

/// The integers that an int64 may hold.
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= sizeof(std::int64_t);
}  // namespace internal

/// Every integer type is stored as an int64.  Overflow if the value does not fit: on the way in for
/// unsigned 64-bit values beyond INT64_MAX, on the way out for a type narrower than the value.
template <internal::Integer T>
struct Codec<T> {
  /// Appends 8 bytes.  Throws Overflow if the value does not fit in an int64.
  static ValueKind encode(T value, std::string& out) {
    if (!std::in_range<std::int64_t>(as_integer(value))) internal::integer_too_large();
    internal::append_little_endian(static_cast<std::uint64_t>(static_cast<std::int64_t>(value)),
                                   out);
    return ValueKind::integer;
  }
  /// The integer.  Throws WrongType if none is stored, Overflow if it does not fit in a T.
  static T decode(StoredValue value) {
    if (value.kind != ValueKind::integer) value.wrong_type("integer");
    const auto stored = static_cast<std::int64_t>(internal::little_endian_payload(value));
    if (stored < static_cast<std::int64_t>(lowest()) || !fits(stored)) {
      internal::number_does_not_fit(value);
    }
    return static_cast<T>(stored);
  }

 private:
  // std::in_range takes no character types.
  static constexpr auto as_integer(T value) {
    if constexpr (std::is_signed_v<T>) {
      return static_cast<std::int64_t>(value);
    } else {
      return static_cast<std::uint64_t>(value);
    }
  }
  static constexpr std::int64_t lowest() {
    return static_cast<std::int64_t>(std::numeric_limits<T>::min());
  }
  static constexpr bool fits(std::int64_t stored) {
    return std::cmp_less_equal(stored, as_integer(std::numeric_limits<T>::max()));
  }
};

/// An enumeration is stored as its underlying integer.
template <class T>
requires(std::is_enum_v<T> && sizeof(T) <= sizeof(std::int64_t)) struct Codec<T> {
  /// The integer that is stored.
  using Integer = std::underlying_type_t<T>;
  /// Appends 8 bytes.  Throws Overflow as for that integer.
  static ValueKind encode(T value, std::string& out) {
    return Codec<Integer>::encode(static_cast<Integer>(value), out);
  }
  /// The value, whether or not it is one of the enumerators.  Throws WrongType and Overflow as for
  /// that integer.
  static T decode(StoredValue value) {
    return static_cast<T>(Codec<Integer>::decode(std::move(value)));
  }
};

/// bool is a kind of its own: not the integers 0 and 1.
template <>
struct Codec<bool> {
  /// Appends one byte.
  static ValueKind encode(bool value, std::string& out) {
    out.push_back(value ? '\1' : '\0');
    return ValueKind::boolean;
  }
  /// The bool.  Throws WrongType if none is stored.
  CAIRN_EXPORT static bool decode(StoredValue value);
};

/// float and double are stored as double; a float comes back exactly.
template <class T>
requires(std::same_as<T, double> || std::same_as<T, float>) struct Codec<T> {
  /// Appends 8 bytes.
  static ValueKind encode(T value, std::string& out) {
    internal::append_little_endian(std::bit_cast<std::uint64_t>(static_cast<double>(value)), out);
    return ValueKind::real;
  }
  /// The number.  Throws WrongType if none is stored, Overflow if a float is asked for and the
  /// stored double is finite and beyond a float's range.
  static T decode(StoredValue value) {
    if (value.kind != ValueKind::real) value.wrong_type("real");
    const auto stored = std::bit_cast<double>(internal::little_endian_payload(value));
    if constexpr (std::same_as<T, float>) {
      constexpr double largest = std::numeric_limits<float>::max();
      const bool finite = stored - stored == 0;
      if (finite && (stored > largest || stored < -largest)) internal::number_does_not_fit(value);
    }
    return static_cast<T>(stored);
  }
};

/// A string is stored as its bytes, whatever they are.
template <>
struct Codec<std::string> {
  /// Appends the bytes.
  static ValueKind encode(const std::string& value, std::string& out) {
    out.append(value);
    return ValueKind::bytes;
  }
  /// The bytes.  Throws WrongType if no bytes are stored.
  static std::string decode(StoredValue value) {
    if (value.kind != ValueKind::bytes) value.wrong_type("bytes");
    return std::move(value.payload);
  }
};

/// A view is stored like a string; it cannot be read back, since a read gives a value of its own.
template <>
struct Codec<std::string_view> {
  /// Appends the bytes.
  static ValueKind encode(std::string_view value, std::string& out) {
    out.append(value);
    return ValueKind::bytes;
  }
};

namespace internal {
template <class T>
concept Byte = std::same_as<T, std::byte> || std::same_as<T, unsigned char>;
}

/// Bytes share the kind of strings: what was stored as one can be read as the other.
template <internal::Byte B, class Allocator>
struct Codec<std::vector<B, Allocator>> {
  /// Appends the bytes.
  static ValueKind encode(const std::vector<B, Allocator>& value, std::string& out) {
    out.append(reinterpret_cast<const char*>(value.data()), value.size());
    return ValueKind::bytes;
  }
  /// The bytes.  Throws WrongType if no bytes are stored.
  static std::vector<B, Allocator> decode(StoredValue value) {
    if (value.kind != ValueKind::bytes) value.wrong_type("bytes");
    const auto* first = reinterpret_cast<const B*>(value.payload.data());
    return std::vector<B, Allocator>(first, first + value.payload.size());
  }
};

/// A span of bytes is stored like a vector of them; it cannot be read back as a span.
template <class B, std::size_t Extent>
requires internal::Byte<std::remove_const_t<B>>
struct Codec<std::span<B, Extent>> {
  /// Appends the bytes.
  static ValueKind encode(std::span<B, Extent> value, std::string& out) {
    out.append(reinterpret_cast<const char*>(value.data()), value.size());
    return ValueKind::bytes;
  }
};

/// nullptr is Django's None: a value that is there and says "nothing".
template <>
struct Codec<std::nullptr_t> {
  /// Appends nothing.
  static ValueKind encode(std::nullptr_t, std::string&) { return ValueKind::null; }
  /// nullptr.  Throws WrongType if another value is stored.
  static std::nullptr_t decode(StoredValue value) {
    if (value.kind != ValueKind::null) value.wrong_type("null");
    return nullptr;
  }
};

namespace internal {
/// Types whose values may be stored as null, so that an optional of one could not be told from an
/// empty one.
template <class T>
inline constexpr bool may_be_null = std::is_null_pointer_v<T>;
template <>
inline constexpr bool may_be_null<std::nullopt_t> = true;
template <class T>
inline constexpr bool may_be_null<std::optional<T>> = true;

/// True; a sentence from the compiler if an optional T could not be told from an empty one.
template <class T>
consteval bool tells_null_apart() {
  static_assert(!may_be_null<T>,
                "an optional of an optional, or of nullptr, would come back empty: null is stored "
                "for both; store a std::optional of the value itself, or a class of yours");
  return true;
}

[[noreturn]] CAIRN_EXPORT void null_in_optional();
}  // namespace internal

/// An empty optional is stored as null.  get<std::optional<T>> therefore gives an optional of an
/// optional: the outer one is empty on a miss, the inner one if null was stored.  The compiler
/// refuses an optional of what may itself be null: an optional, or nullptr.
template <class T>
struct Codec<std::optional<T>> {
  /// Whether encode() is there.
  static constexpr bool storable = Storable<T> && !internal::may_be_null<T>;
  /// Whether decode() is there.
  static constexpr bool loadable = Loadable<T> && !internal::may_be_null<T>;

  /// Appends what the Codec of T does, or nothing for an empty optional.  Throws what that throws,
  /// and std::logic_error if it stores null for a value.
  static ValueKind encode(const std::optional<T>& value, std::string& out) requires storable {
    if (!value) return ValueKind::null;
    const ValueKind kind = Codec<T>::encode(*value, out);
    if (kind == ValueKind::null) internal::null_in_optional();
    return kind;
  }
  /// An empty optional for null, else what the Codec of T decodes.  Throws what that throws.
  static std::optional<T> decode(StoredValue value) requires loadable {
    if (value.kind == ValueKind::null) return std::nullopt;
    return Codec<T>::decode(std::move(value));
  }

  /// A sentence from the compiler where the type can not be stored.
  static consteval bool can_be_stored() {
    return internal::tells_null_apart<T>() && internal::can_be_stored<T>();
  }
  /// A sentence from the compiler where the type can not be read.
  static consteval bool can_be_loaded() {
    return internal::tells_null_apart<T>() && internal::can_be_loaded<T>();
  }
};

/// std::nullopt is stored as null.
template <>
struct Codec<std::nullopt_t> {
  /// Appends nothing.
  static ValueKind encode(std::nullopt_t, std::string&) { return ValueKind::null; }
};

}  // namespace cairn
