// The common part of <cairn/archive.h>'s two halves: which types they store as what.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <forward_list>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <stack>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

#include <boost/core/demangle.hpp>
#include <boost/serialization/array_wrapper.hpp>
#include <boost/serialization/binary_object.hpp>
#include <boost/serialization/collection_size_type.hpp>
#include <boost/serialization/item_version_type.hpp>
#include <boost/serialization/level.hpp>
#include <boost/serialization/library_version_type.hpp>
#include <boost/serialization/nvp.hpp>
#include <boost/serialization/tracking.hpp>
#include <boost/serialization/version.hpp>
#include <boost/unordered/unordered_map_fwd.hpp>
#include <boost/unordered/unordered_set_fwd.hpp>
#include <boost/variant/variant_fwd.hpp>

#include <cairn/archive_classes.h>
#include <cairn/archive_limits.h>

namespace cairn {

/// The part of Boost's archive concept that serialize() functions may call and that these archives
/// have no use for.
class ArchiveConcept {
 public:
  /// Nothing to set up.
  ArchiveConcept() = default;
  ArchiveConcept(const ArchiveConcept&) = delete;
  ArchiveConcept& operator=(const ArchiveConcept&) = delete;

  /// Boost's headers read what the same headers write today: never an older layout.
  static boost::serialization::library_version_type get_library_version() {
    return boost::serialization::library_version_type(std::numeric_limits<std::uint16_t>::max());
  }
  /// Does nothing: objects are not tracked.
  static void reset_object_address(const volatile void*, const volatile void*) {}
  /// Does nothing: polymorphic classes are not stored.
  template <class T>
  static void register_type(const T* = nullptr) {}
};

namespace internal {

/// The compiler's name of a class, for messages.
template <class T>
std::string class_name() {
#if defined(__cpp_rtti)
  return boost::core::demangle(typeid(T).name());
#else
  return "this class";
#endif
}

enum class Shape {
  // refused, each with a sentence of its own
  pointer,
  view,
  polymorphic,
  tracked,
  boost_variant,
  unportable_number,
  unversioned,  ///< a BOOST_CLASS_VERSION at a level that stores none
  unknown,
  // stored
  boolean,
  number,
  enumeration,
  array,  ///< as many elements as its type says
  block,  ///< a contiguous container of elements that are copied as bytes
  sequence,
  forward_list,
  valarray,
  set,
  map,
  adaptor,
  empty,  ///< std::monostate: no bytes
  tuple,
  complex,
  bitset,
  memory,   ///< a class of level primitive_type: its bytes
  wrapped,  ///< what BOOST_STRONG_TYPEDEF makes, at level primitive_type: the value in it
  optional,
  variant,
  nvp,
  array_wrapper,
  binary_object,
  collection_size,
  item_version,
  object,  ///< whatever has a serialize()
};

/// Numbers are stored in their own size, except that long is 64 bits wide everywhere.
template <class T>
using StoredNumber =
    std::conditional_t<std::same_as<T, long>, std::int64_t,
                       std::conditional_t<std::same_as<T, unsigned long>, std::uint64_t, T>>;

template <class T>
concept PortableNumber = std::is_arithmetic_v<T> && !std::same_as<T, bool> &&
                         !std::same_as<T, wchar_t> && !std::same_as<T, long double>;

template <class T>
struct UnderlyingNumber {
  using type = T;
};
template <class T>
requires std::is_enum_v<T>
struct UnderlyingNumber<T> {
  using type = std::underlying_type_t<T>;
};

/// Whether the memory of a T is what is stored: then arrays of it are one memcpy.
template <class T, class Number = typename UnderlyingNumber<std::remove_const_t<T>>::type>
inline constexpr bool copyable_as_bytes = PortableNumber<Number> &&
                                          sizeof(StoredNumber<Number>) == sizeof(T) &&
                                          (std::endian::native == std::endian::little ||
                                           sizeof(T) == 1);

template <class T>
inline constexpr bool has_class_version =
    boost::serialization::implementation_level<T>::value >= boost::serialization::object_class_info;

template <class T>
consteval Shape shape_of_class() {
  using namespace boost::serialization;
  constexpr int level = implementation_level<T>::value;
  if (std::is_polymorphic_v<T>) return Shape::polymorphic;
  if (tracking_level<T>::value == track_always) return Shape::tracked;
  if constexpr (level == primitive_type && StrongTypedef<T>) return Shape::wrapped;
  if constexpr (level == primitive_type && is_its_memory<T>) return Shape::memory;
  if constexpr (level < object_serializable || !HasSerialize<T>) return Shape::unknown;
  if (!has_class_version<T> && version<T>::value != 0) return Shape::unversioned;
  return Shape::object;
}

template <class T>
consteval Shape shape_of() {
  if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T>) {
    return Shape::pointer;
  } else if constexpr (std::same_as<T, bool>) {
    return Shape::boolean;
  } else if constexpr (PortableNumber<T>) {
    return Shape::number;
  } else if constexpr (std::is_arithmetic_v<T>) {
    return Shape::unportable_number;
  } else if constexpr (std::is_enum_v<T>) {
    return Shape::enumeration;
  } else if constexpr (std::is_bounded_array_v<T>) {
    return Shape::array;
  } else if constexpr (std::is_class_v<T>) {
    return shape_of_class<T>();
  } else {
    return Shape::unknown;
  }
}

template <class T>
inline constexpr Shape shape = shape_of<T>();

template <class T, class D>
inline constexpr Shape shape<std::unique_ptr<T, D>> = Shape::pointer;
template <class T>
inline constexpr Shape shape<std::shared_ptr<T>> = Shape::pointer;
template <class T>
inline constexpr Shape shape<std::weak_ptr<T>> = Shape::pointer;
template <class C, class R>
inline constexpr Shape shape<std::basic_string_view<C, R>> = Shape::view;
template <class T, std::size_t N>
inline constexpr Shape shape<std::span<T, N>> = Shape::view;

template <class T>
inline constexpr Shape shape_of_contiguous = copyable_as_bytes<T> ? Shape::block : Shape::sequence;
template <class C, class R, class A>
inline constexpr Shape shape<std::basic_string<C, R, A>> = shape_of_contiguous<C>;
template <class T, class A>
inline constexpr Shape shape<std::vector<T, A>> = shape_of_contiguous<T>;
template <class T, class A>
inline constexpr Shape shape<std::deque<T, A>> = Shape::sequence;
template <class T, class A>
inline constexpr Shape shape<std::list<T, A>> = Shape::sequence;
template <class T, class A>
inline constexpr Shape shape<std::forward_list<T, A>> = Shape::forward_list;
template <class T>
inline constexpr Shape shape<std::valarray<T>> = Shape::valarray;

template <class K, class C, class A>
inline constexpr Shape shape<std::set<K, C, A>> = Shape::set;
template <class K, class C, class A>
inline constexpr Shape shape<std::multiset<K, C, A>> = Shape::set;
template <class K, class H, class E, class A>
inline constexpr Shape shape<std::unordered_set<K, H, E, A>> = Shape::set;
template <class K, class H, class E, class A>
inline constexpr Shape shape<std::unordered_multiset<K, H, E, A>> = Shape::set;
template <class K, class T, class C, class A>
inline constexpr Shape shape<std::map<K, T, C, A>> = Shape::map;
template <class K, class T, class C, class A>
inline constexpr Shape shape<std::multimap<K, T, C, A>> = Shape::map;
template <class K, class T, class H, class E, class A>
inline constexpr Shape shape<std::unordered_map<K, T, H, E, A>> = Shape::map;
template <class K, class T, class H, class E, class A>
inline constexpr Shape shape<std::unordered_multimap<K, T, H, E, A>> = Shape::map;

template <class K, class H, class E, class A>
inline constexpr Shape shape<boost::unordered_set<K, H, E, A>> = Shape::set;
template <class K, class H, class E, class A>
inline constexpr Shape shape<boost::unordered_multiset<K, H, E, A>> = Shape::set;
template <class K, class T, class H, class E, class A>
inline constexpr Shape shape<boost::unordered_map<K, T, H, E, A>> = Shape::map;
template <class K, class T, class H, class E, class A>
inline constexpr Shape shape<boost::unordered_multimap<K, T, H, E, A>> = Shape::map;

template <class T, class C>
inline constexpr Shape shape<std::stack<T, C>> = Shape::adaptor;
template <class T, class C>
inline constexpr Shape shape<std::queue<T, C>> = Shape::adaptor;
template <class T, class C, class L>
inline constexpr Shape shape<std::priority_queue<T, C, L>> = Shape::adaptor;

template <class T, std::size_t N>
inline constexpr Shape shape<std::array<T, N>> = Shape::array;
template <class T, class U>
inline constexpr Shape shape<std::pair<T, U>> = Shape::tuple;
template <class... T>
inline constexpr Shape shape<std::tuple<T...>> = Shape::tuple;
template <>
inline constexpr Shape shape<std::monostate> = Shape::empty;
template <class T>
inline constexpr Shape shape<std::complex<T>> = Shape::complex;
template <std::size_t N>
inline constexpr Shape shape<std::bitset<N>> = Shape::bitset;
template <class T>
inline constexpr Shape shape<std::optional<T>> = Shape::optional;
template <class... T>
inline constexpr Shape shape<std::variant<T...>> = Shape::variant;

template <class... T>
inline constexpr Shape shape<boost::variant<T...>> = Shape::boost_variant;
template <class T>
inline constexpr Shape shape<boost::serialization::nvp<T>> = Shape::nvp;
template <class T>
inline constexpr Shape shape<boost::serialization::array_wrapper<T>> = Shape::array_wrapper;
template <>
inline constexpr Shape shape<boost::serialization::binary_object> = Shape::binary_object;
template <>
inline constexpr Shape shape<boost::serialization::collection_size_type> = Shape::collection_size;
template <>
inline constexpr Shape shape<boost::serialization::item_version_type> = Shape::item_version;

/// The shape of a type that can be stored; a sentence from the compiler for any other.
template <class T>
consteval Shape supported_shape() {
  constexpr Shape found = shape<T>;
  static_assert(found != Shape::pointer,
                "cairn stores values, not pointers: store what they point to");
  static_assert(found != Shape::view, "cairn stores values, not views: store a string or vector");
  static_assert(found != Shape::polymorphic,
                "cairn stores no polymorphic classes: nobody would know which one to make on "
                "reading; store a std::variant of the classes that it may be");
  static_assert(
      found != Shape::tracked,
      "cairn stores values and tracks no objects: remove BOOST_CLASS_TRACKING(track_always)");
  static_assert(found != Shape::boost_variant,
                "Boost's loader of boost::variant believes any index: store a std::variant");
  static_assert(found != Shape::unportable_number,
                "long double and wchar_t are not the same on all machines: store double, char32_t "
                "or std::string");
  static_assert(found != Shape::unversioned,
                "BOOST_CLASS_VERSION has no effect on a class of level object_serializable: it "
                "stores no version");
  static_assert(found != Shape::unknown,
                "cairn does not know how to store this type: give it a serialize() function, at "
                "level object_serializable or above; at level primitive_type only what is its own "
                "memory is stored, without padding");
  return found;
}

/// True; a sentence from the compiler for a type that cannot be made before it is loaded.
template <class T>
consteval bool made_by_default() {
  static_assert(std::is_default_constructible_v<T>,
                "cairn makes a value by its default constructor and then loads it: give the class "
                "a public one");
  static_assert(!std::is_const_v<T>, "cairn cannot load into something const");
  return true;
}

/// Whether F compares two keys.  The function objects of the standard library say so of every type:
/// of them the operator is asked for, unless the program has made one of its own for the type.
template <class F, class K>
inline constexpr bool compares = std::predicate<const F&, const K&, const K&>;
template <class F>
concept OfTheLibrary = requires {
  typename F::first_argument_type;
};
template <class K>
requires OfTheLibrary<std::less<K>>
inline constexpr bool compares<std::less<K>, K> = requires(const K& key) {
  { key < key } -> std::convertible_to<bool>;
};
template <class K>
requires OfTheLibrary<std::greater<K>>
inline constexpr bool compares<std::greater<K>, K> = requires(const K& key) {
  { key > key } -> std::convertible_to<bool>;
};
template <class K>
requires OfTheLibrary<std::equal_to<K>>
inline constexpr bool compares<std::equal_to<K>, K> = requires(const K& key) {
  { key == key } -> std::convertible_to<bool>;
};

/// Whether a set or map can do with its keys what storing it takes: those that hash count the keys
/// of each bucket.
template <class T>
consteval bool keys_can_be_counted() {
  if constexpr (shape<T> == Shape::set || shape<T> == Shape::map) {
    if constexpr (requires { typename T::hasher; }) {
      return std::invocable<typename T::hasher&, const typename T::key_type&> &&
             compares<typename T::key_equal, typename T::key_type>;
    }
  }
  return true;
}

/// True; a sentence from the compiler for a container whose keys cannot be counted.
template <class T>
consteval bool counting_supported() {
  static_assert(keys_can_be_counted<T>(),
                "cairn counts the keys of an unordered container that have one hash: give the "
                "class its hash function and operator==");
  return true;
}

/// Whether a container can take in what has been loaded for it.
template <class T>
consteval bool elements_can_be_placed() {
  constexpr Shape found = shape<T>;
  if constexpr (found == Shape::set || found == Shape::map) {
    if constexpr (requires { typename T::key_compare; }) {
      using Compare = typename T::key_compare;
      if (!compares<Compare, typename T::key_type>) return false;
      if (!std::is_default_constructible_v<Compare>) return false;
    } else if constexpr (requires { typename T::hasher; }) {
      if (!std::is_default_constructible_v<typename T::hasher> ||
          !std::is_default_constructible_v<typename T::key_equal>) {
        return false;
      }
    }
    return std::is_move_constructible_v<typename T::key_type>;
  } else if constexpr (found == Shape::valarray) {
    return std::is_copy_constructible_v<typename T::value_type> &&
           std::is_copy_assignable_v<typename T::value_type>;
  } else if constexpr (found == Shape::sequence && requires(T & vector) { vector.reserve(1); }) {
    return std::is_move_constructible_v<typename T::value_type>;
  } else {
    return true;
  }
}

/// True; a sentence from the compiler for a container that cannot be loaded for what is in it.
template <class T>
consteval bool placing_supported() {
  static_assert(
      elements_can_be_placed<T>(),
      "cairn loads an element and then moves it into its container: give the class a "
      "move or copy constructor, the keys of a set or map the operator that compares them, "
      "and what compares or hashes them a default constructor");
  return true;
}

/// The container inside a stack or queue.
template <class Adaptor>
struct Adapted : Adaptor {
  static auto& container(Adaptor& adaptor) { return adaptor.*&Adapted::c; }
  static const auto& container(const Adaptor& adaptor) { return adaptor.*&Adapted::c; }
  /// Makes a heap of what a priority_queue has loaded: it may have been stored with another order.
  static void order(Adaptor& adaptor) {
    auto& loaded = container(adaptor);
    const auto& before = adaptor.*&Adapted::comp;
    if (std::is_heap(loaded.begin(), loaded.end(), before)) return;
    std::make_heap(loaded.begin(), loaded.end(), before);
  }
};

/// What is stored of a T by its shape, each type as a parameter of std::type_identity.
template <class T>
consteval auto parts_of() {
  constexpr Shape found = shape<T>;
  if constexpr (found == Shape::array) {
    return std::tuple<
        std::type_identity<std::remove_cvref_t<decltype(*std::data(std::declval<T&>()))>>>();
  } else if constexpr (found == Shape::sequence || found == Shape::forward_list ||
                       found == Shape::valarray || found == Shape::set || found == Shape::complex ||
                       found == Shape::optional) {
    return std::tuple<std::type_identity<typename T::value_type>>();
  } else if constexpr (found == Shape::map) {
    return std::tuple<std::type_identity<typename T::key_type>,
                      std::type_identity<typename T::mapped_type>>();
  } else if constexpr (found == Shape::adaptor) {
    return std::tuple<std::type_identity<typename T::container_type>>();
  } else if constexpr (found == Shape::wrapped) {
    return std::tuple<std::type_identity<decltype(T::t)>>();
  } else if constexpr (found == Shape::tuple) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<std::type_identity<std::remove_cv_t<std::tuple_element_t<I, T>>>...>();
    }
    (std::make_index_sequence<std::tuple_size_v<T>>());
  } else if constexpr (found == Shape::variant) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<std::type_identity<std::variant_alternative_t<I, T>>...>();
    }
    (std::make_index_sequence<std::variant_size_v<T>>());
  } else {
    return std::tuple<>();
  }
}

template <class T, class Test>
consteval bool all_parts(Test test) {
  return std::apply([&](auto... part) { return (test(part) && ...); }, parts_of<T>());
}

/// Whether T and all that its type says is in it can be stored.  What serialize() names is not
/// seen.
template <class T>
consteval bool storable() {
  if (shape<T> <= Shape::unknown || !keys_can_be_counted<T>()) return false;
  return all_parts<T>([]<class P>(std::type_identity<P>) { return storable<P>(); });
}
/// Whether what is storable can be made as well.
template <class T>
consteval bool loadable() {
  if (std::is_const_v<T> || !std::is_default_constructible_v<T>) return false;
  if (!elements_can_be_placed<T>()) return false;
  return all_parts<T>([]<class P>(std::type_identity<P>) { return loadable<P>(); });
}
/// True; the sentence of supported_shape() for T or what is in it.
template <class T>
consteval bool supported() {
  return supported_shape<T>() > Shape::unknown && counting_supported<T>() &&
         all_parts<T>([]<class P>(std::type_identity<P>) { return supported<P>(); });
}
/// True; the sentence of made_by_default() for T or what is in it.
template <class T>
consteval bool makeable() {
  return made_by_default<T>() && placing_supported<T>() &&
         all_parts<T>([]<class P>(std::type_identity<P>) { return makeable<P>(); });
}

}  // namespace internal
}  // namespace cairn
