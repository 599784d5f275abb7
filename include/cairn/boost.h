// The codec of classes with a serialize() for Boost.Serialization, and of the standard containers
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
// In front of the archive stands a fingerprint of the type's name (<cairn/archive_names.h> says
// which), so that reading another type than was written is WrongType and not a guess.  Renaming or
// moving a class changes it, unless its name is pinned.  Adding or removing a member does not: that
// is what BOOST_CLASS_VERSION is for.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <typeinfo>

#include <boost/core/demangle.hpp>

#include <cairn/archive.h>
#include <cairn/archive_names.h>
#include <cairn/codec.h>
#include <cairn/error.h>

namespace cairn {

/// A class that Codec stores as an archive, unless there is a more special Codec.
template <class T>
concept Archivable = std::is_class_v<T> && std::same_as<T, std::remove_cv_t<T>>;

/// A class is stored as its fingerprint and an archive of what its serialize() names.
template <Archivable T>
struct Codec<T> {
  /// Says nothing about whether T was made to be stored (mistakes.h).
  static constexpr bool takes_any_class = true;
  /// Whether encode() is there: T and what its type says is in it can be stored.
  static constexpr bool storable = internal::storable<T>() && internal::has_name_of_its_own<T>();
  /// Whether decode() is there: they can be made by a default constructor, too, and moved.
  static constexpr bool loadable =
      storable && internal::loadable<T>() && std::is_convertible_v<T, T>;

  /// Appends fingerprint and archive.  Throws what serialize() throws, ArchiveDefect if objects are
  /// nested too deeply (max_archive_depth) or keys are (max_archive_key_depth), and what
  /// type_fingerprint() throws.
  static ValueKind encode(const T& value, std::string& out) requires storable {
    out.reserve(out.size() + usual_size);
    OutputArchive archive(out);
    archive << type_fingerprint<T>() << value;
    archive.finish();
    return ValueKind::archive;
  }

  /// The object.  Throws WrongType if no archive of a T is stored, SerializationError if the
  /// archive is damaged or of a newer class version, and what serialize() throws.
  static T decode(StoredValue value) requires loadable {
    if (value.kind != ValueKind::archive) value.wrong_type("archive");
    try {
      InputArchive archive(value.payload);
      std::uint64_t fingerprint = 0;
      archive >> fingerprint;
      if (fingerprint != type_fingerprint<T>()) another_type(value);
      T loaded{};
      archive >> loaded;
      archive.finish();
      return loaded;
    } catch (const StackTooSmall&) {
      throw;  // the thread's fault, not the archive's
    } catch (const ArchiveDefect& defect) {
      value.damaged(defect.what());
    }
  }

  /// A sentence from the compiler where the type can not be stored.
  static consteval bool can_be_stored() {
    return internal::supported<T>() && internal::named_for_good<T>();
  }
  /// A sentence from the compiler where the type can not be read.
  static consteval bool can_be_loaded() {
    static_assert(std::is_convertible_v<T, T>,
                  "cairn returns the value that it has loaded: give the class a move or copy "
                  "constructor that is not explicit");
    return can_be_stored() && internal::makeable<T>();
  }

 private:
  static constexpr std::size_t usual_size = 112;  // the first allocation is then rarely outgrown

  [[noreturn]] static void another_type(const StoredValue& value) {
    throw WrongType("get " + quote(value.key) + ": holds an archive of another type, not of " +
                    internal::class_name<T>() + "; read it as what was stored, or store it again");
  }
};

}  // namespace cairn
