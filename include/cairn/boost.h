// The codec of every type that Boost.Serialization knows: your classes, and the standard containers
// of them.
//
//     struct User {
//       std::string name;
//       std::vector<int> scores;
//       template <class Archive>
//       void serialize(Archive& archive, unsigned version) { archive & name & scores; }
//     };
//     cache.set("user:7", User{...});
//     std::optional<User> user = cache.get<User>("user:7");
//
// Any class without a Codec of its own is stored as an archive (<cairn/archive.h> says what is in
// it and what is refused).  A Codec that you specialise wins over this one.  Types must be
// default-constructible.
//
// In front of the archive stands a fingerprint of the type, so that reading another type than was
// written is WrongType and not a guess.  It is taken from the type's name: the one you pin, else
// the one registered with BOOST_CLASS_EXPORT_KEY, else the compiler's, which is the same in g++ and
// clang but changes when you rename or move the class, and may with another standard library.
// Without RTTI (-fno-rtti) only a pinned name will do.
// Adding or removing a member does not change it: that is what BOOST_CLASS_VERSION is for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <boost/serialization/extended_type_info.hpp>

#include <cairn/archive.h>
#include <cairn/codec.h>
#include <cairn/error.h>

namespace cairn {

/// Pins the name behind a type's fingerprint, so that the class may be renamed and moved:
///
///     template <>
///     struct cairn::TypeName<User> {
///       static constexpr std::string_view value = "myapp.User";
///     };
///
/// The name holds for that very type: std::vector<User> has a name of its own to pin.
template <class T>
struct TypeName {};

namespace internal {

/// 32-bit FNV-1a.  Stored: never change.
constexpr std::uint32_t fingerprint_of(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

template <class T>
std::string_view stored_name() {
  if constexpr (requires { TypeName<T>::value; }) {
    return TypeName<T>::value;
  } else {
#if defined(__cpp_rtti)
    const char* registered = boost::serialization::guid<T>();
    return registered != nullptr ? registered : typeid(T).name();
#else
    static_assert(!sizeof(T),
                  "without RTTI (-fno-rtti) this type has no name to be told apart by: pin one by "
                  "specialising cairn::TypeName for it, or compile with -frtti");
#endif
  }
}

}  // namespace internal

/// The fingerprint that stands in front of an archived T: 32-bit FNV-1a of its name.  Safe from any
/// thread.
template <class T>
std::uint32_t type_fingerprint() {
  static const std::uint32_t fingerprint = internal::fingerprint_of(internal::stored_name<T>());
  return fingerprint;
}

/// A class that Codec stores as an archive, unless there is a more special Codec.
template <class T>
concept Archivable = std::is_class_v<T> && std::same_as<T, std::remove_cv_t<T>>;

/// A class is stored as its fingerprint and an archive of what its serialize() names.
template <Archivable T>
struct Codec<T> {
  /// Says that this Codec takes classes which nobody made to be stored, a lambda's for instance;
  /// mistakes.h refuses these.
  static constexpr bool takes_any_class = true;

  /// Appends fingerprint and archive.  Throws what serialize() throws, and ArchiveDefect if objects
  /// are nested deeper than max_archive_depth.
  static ValueKind encode(const T& value, std::string& out) {
    out.reserve(out.size() + usual_size);
    OutputArchive archive(out);
    archive << type_fingerprint<T>() << value;
    archive.finish();
    return ValueKind::archive;
  }

  /// The object.  Throws WrongType if no archive of a T is stored, SerializationError if the
  /// archive is damaged or of a newer class version, and what serialize() throws.
  static T decode(StoredValue value) {
    static_assert(internal::made_by_default<T>());
    if (value.kind != ValueKind::archive) value.wrong_type("archive");
    try {
      InputArchive archive(value.payload);
      std::uint32_t fingerprint = 0;
      archive >> fingerprint;
      if (fingerprint != type_fingerprint<T>()) another_type(value);
      T loaded{};
      archive >> loaded;
      archive.finish();
      return loaded;
    } catch (const ArchiveDefect& defect) {
      value.damaged(defect.what());
    }
  }

 private:
  static constexpr std::size_t usual_size = 112;  // the first allocation is then rarely outgrown

  [[noreturn]] static void another_type(const StoredValue& value) {
    throw WrongType("get " + quote(value.key) + ": holds an archive of another type, not of " +
                    internal::class_name<T>() + "; read it as what was stored, or store it again");
  }
};

}  // namespace cairn
