// What can be told of a class before <cairn/archive.h> stores it: whether it has a serialize(), and
// whether its value is its memory.
#pragma once

#include <bit>
#include <concepts>
#include <type_traits>

#include <boost/serialization/serialization.hpp>

namespace cairn {

class InputArchive;
class OutputArchive;

namespace internal {

// A class that has a member of this name as well makes the name ambiguous, whoever may use it.
struct NamedSerialize {
  int serialize;
};
template <class T>
struct WithNamedSerialize : T, NamedSerialize {};
template <class T>
concept Named = !requires {
  &WithNamedSerialize<T>::serialize;
};
// Nothing derives from a final class.  Whether it has a private one cannot be told, but where all
// is public there is none.
template <class T>
concept Callable = requires(OutputArchive& archive, T& object, unsigned version) {
  object.serialize(archive, version);
};
template <class T>
concept MemberSerialize = std::is_union_v<T> ||
                          (std::is_final_v<T> && (Callable<T> || !std::is_aggregate_v<T>)) ||
                          (!std::is_final_v<T> && Named<T>);

namespace free_serialize {
struct None {};
template <class T>
concept Any = true;
// Better than Boost's own, which is there for every class and looks for a member; worse than any
// that is made for T.
template <class Archive, Any T>
None serialize(Archive&, T&, const unsigned int);

template <class T>
concept Found = requires(OutputArchive& archive, T& object,
                         boost::serialization::version_type version) {
  requires !std::same_as<decltype(serialize(archive, object, version)), None>;
};
}  // namespace free_serialize

template <class T>
concept HasSerialize = MemberSerialize<T> || free_serialize::Found<T>;

/// Made by BOOST_STRONG_TYPEDEF.
template <class T>
concept StrongTypedef = requires(T value) {
  value.t;
  requires std::convertible_to<const T&, const decltype(value.t)&>;
  requires std::constructible_from<T, const decltype(value.t)&>;
};

/// Classes of which each byte of memory is a part of the value, in the same place on all machines.
template <class T>
inline constexpr bool is_its_memory =
    std::is_trivially_copyable_v<T>&& std::has_unique_object_representations_v<T> &&
    (alignof(T) == 1 || std::endian::native == std::endian::little);

}  // namespace internal
}  // namespace cairn
