// The name and fingerprint of a stored type: how an archive knows whose it is.
//
// A type's name is, in this order:
//  1. the one you pin with cairn::TypeName;
//  2. the one registered with BOOST_CLASS_EXPORT_KEY;
//  3. for numbers, what is stored of them: bool, char, int32, uint64, float, double, ...; long and
//     long long are both int64;
//  4. for the standard's containers, strings, pairs and the like, their name, with the names of
//     what they hold: "std::vector<std::string>".  Allocators, comparators and hash functions are
//     left out: they change nothing in what is stored;
//  5. for a class template of yours whose parameters are all types, its name with theirs:
//     "app::Box<int32>";
//  6. for a class or enumeration of yours, its name with its namespaces: "app::User"; with "::"
//     before it where it is in none and called "array" or as a number is here: "::int32".
//
// These are the same for g++ and clang and for every standard library; an inline namespace of yours
// is part of the name.  A class in a class template, and a template that has values among its
// parameters, have what the Itanium C++ ABI mangles them to, unless they are pinned.
//
// A pinned name holds inside others: with User pinned as "myapp.User", a vector of them is
// "std::vector<myapp.User>".  To rename or move a class, pin the name that it had.
//
// Refused is a type whose name others may have as well: one in an anonymous namespace, inside a
// function, without a name, or a template with something static, or of an unnamed enumeration,
// among its parameters.  The compiler says so, but of the last two, and with clang of types inside
// functions: these throw SerializationError when they are stored or read.
#pragma once

#include <array>
#include <bitset>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <stack>
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

#include <boost/serialization/extended_type_info.hpp>

#include <cairn/codec.h>

namespace cairn {

/// Pins the name behind a type's fingerprint, so that the class may be renamed and moved, or have
/// no name that is its own:
///
///     template <>
///     struct cairn::TypeName<User> {
///       static constexpr std::string_view value = "myapp.User";
///     };
template <class T>
struct TypeName {};

namespace internal {

/// 64-bit FNV-1a.  Stored: never change.
constexpr std::uint64_t fingerprint_of(std::string_view name) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

template <class T>
concept PinnedName = requires {
  TypeName<T>::value;
};

template <class...>
struct Types {};

/// A type that is named after its template and its parts.
template <class T>
struct Composition {
  using Parts = void;  // none
};
template <class... T>
struct ComposedOf {
  using Parts = Types<T...>;
};

template <class C, class R, class A>
struct Composition<std::basic_string<C, R, A>> : ComposedOf<C> {
  static constexpr std::string_view name = "std::basic_string";
};
template <class T, class A>
struct Composition<std::vector<T, A>> : ComposedOf<T> {
  static constexpr std::string_view name = "std::vector";
};
template <class T, class A>
struct Composition<std::deque<T, A>> : ComposedOf<T> {
  static constexpr std::string_view name = "std::deque";
};
template <class T, class A>
struct Composition<std::list<T, A>> : ComposedOf<T> {
  static constexpr std::string_view name = "std::list";
};
template <class T, class A>
struct Composition<std::forward_list<T, A>> : ComposedOf<T> {
  static constexpr std::string_view name = "std::forward_list";
};
template <class T>
struct Composition<std::valarray<T>> : ComposedOf<T> {
  static constexpr std::string_view name = "std::valarray";
};
template <class K, class C, class A>
struct Composition<std::set<K, C, A>> : ComposedOf<K> {
  static constexpr std::string_view name = "std::set";
};
template <class K, class C, class A>
struct Composition<std::multiset<K, C, A>> : ComposedOf<K> {
  static constexpr std::string_view name = "std::multiset";
};
template <class K, class H, class E, class A>
struct Composition<std::unordered_set<K, H, E, A>> : ComposedOf<K> {
  static constexpr std::string_view name = "std::unordered_set";
};
template <class K, class H, class E, class A>
struct Composition<std::unordered_multiset<K, H, E, A>> : ComposedOf<K> {
  static constexpr std::string_view name = "std::unordered_multiset";
};
template <class K, class T, class C, class A>
struct Composition<std::map<K, T, C, A>> : ComposedOf<K, T> {
  static constexpr std::string_view name = "std::map";
};
template <class K, class T, class C, class A>
struct Composition<std::multimap<K, T, C, A>> : ComposedOf<K, T> {
  static constexpr std::string_view name = "std::multimap";
};
template <class K, class T, class H, class E, class A>
struct Composition<std::unordered_map<K, T, H, E, A>> : ComposedOf<K, T> {
  static constexpr std::string_view name = "std::unordered_map";
};
template <class K, class T, class H, class E, class A>
struct Composition<std::unordered_multimap<K, T, H, E, A>> : ComposedOf<K, T> {
  static constexpr std::string_view name = "std::unordered_multimap";
};
template <class T, class C>
struct Composition<std::stack<T, C>> : ComposedOf<C> {
  static constexpr std::string_view name = "std::stack";
};
template <class T, class C>
struct Composition<std::queue<T, C>> : ComposedOf<C> {
  static constexpr std::string_view name = "std::queue";
};
template <class T, class C, class L>
struct Composition<std::priority_queue<T, C, L>> : ComposedOf<C> {
  static constexpr std::string_view name = "std::priority_queue";
};
template <class T, std::size_t N>
struct Composition<std::array<T, N>> : ComposedOf<T> {
  static constexpr std::string_view name = "std::array";
  static constexpr std::size_t size = N;
};
template <class T, std::size_t N>
struct Composition<T[N]> : ComposedOf<T> {
  static constexpr std::string_view name = "array";
  static constexpr std::size_t size = N;
};
template <std::size_t N>
struct Composition<std::bitset<N>> : ComposedOf<> {
  static constexpr std::string_view name = "std::bitset";
  static constexpr std::size_t size = N;
};
template <class T, class U>
struct Composition<std::pair<T, U>> : ComposedOf<T, U> {
  static constexpr std::string_view name = "std::pair";
};
template <class... T>
struct Composition<std::tuple<T...>> : ComposedOf<T...> {
  static constexpr std::string_view name = "std::tuple";
};
template <class T>
struct Composition<std::complex<T>> : ComposedOf<T> {
  static constexpr std::string_view name = "std::complex";
};
template <class T>
struct Composition<std::optional<T>> : ComposedOf<T> {
  static constexpr std::string_view name = "std::optional";
};
template <class... T>
struct Composition<std::variant<T...>> : ComposedOf<T...> {
  static constexpr std::string_view name = "std::variant";
};

/// Stands for a template where only a type can stand.
template <template <class...> class Template>
struct TemplateTag {};

template <template <class...> class Template, class... T>
struct Composition<Template<T...>> : ComposedOf<T...> {
  using Tag = TemplateTag<Template>;
};

/// The compiler's spelling of a type, which shows what has no linkage.
template <class T>
consteval std::string_view spelling() {
  return __PRETTY_FUNCTION__;
}

template <class T>
consteval bool spelt_as_its_own() {
  constexpr std::string_view spelt = spelling<T>();
  for (const std::string_view sign :
       {"{anonymous", "(anonymous", "<anonymous", "{unnamed", "(unnamed", "<unnamed", "(lambda",
        "<lambda", ")::", ") const::", "]::"}) {
    if (spelt.find(sign) != std::string_view::npos) return false;
  }
  return true;
}

/// Whether T has a name that no other type has, as far as the compiler shows it.
template <class T>
consteval bool has_name_of_its_own() {
  using Composed = Composition<T>;
  if constexpr (std::is_const_v<T> || std::is_volatile_v<T>) {
    return has_name_of_its_own<std::remove_cv_t<T>>();
  } else if constexpr (PinnedName<T> || boost::serialization::guid_defined<T>::value ||
                       std::is_arithmetic_v<T>) {
    return true;
  } else if constexpr (std::is_void_v<typename Composed::Parts>) {
    return spelt_as_its_own<T>();
  } else {
    const bool parts = []<class... Part>(Types<Part...>) {
      return (has_name_of_its_own<Part>() && ...);
    }(typename Composed::Parts());
    if constexpr (requires { typename Composed::Tag; }) {
      return parts && spelt_as_its_own<typename Composed::Tag>();
    } else {
      return parts;
    }
  }
}

/// True; a sentence from the compiler for a type that others may be taken for.
template <class T>
consteval bool named_for_good() {
  static_assert(has_name_of_its_own<T>(),
                "cairn could not tell this type from another of its name: it, or a type in it, is "
                "in an anonymous namespace, inside a function, or has no name; move it, or pin a "
                "name: template <> struct cairn::TypeName<User> { static constexpr "
                "std::string_view value = \"myapp.User\"; }");
  return true;
}

/// The name that the compiler mangles T to.
template <class T>
std::string mangled_name() {
#if defined(__cpp_rtti)
  return typeid(T).name();
#else
  static_assert(!sizeof(T*),
                "without RTTI (-fno-rtti) this type has no name to be told apart by: pin one by "
                "specialising cairn::TypeName for it, or compile with -frtti");
  return {};
#endif
}

template <class T>
std::string number_name() {
  if constexpr (std::is_same_v<T, bool>) {
    return "bool";
  } else if constexpr (std::is_same_v<T, char>) {
    return "char";
  } else if constexpr (std::is_same_v<T, char8_t>) {
    return "char8";
  } else if constexpr (std::is_same_v<T, char16_t>) {
    return "char16";
  } else if constexpr (std::is_same_v<T, char32_t>) {
    return "char32";
  } else if constexpr (std::is_same_v<T, float>) {
    return "float";
  } else if constexpr (std::is_same_v<T, double>) {
    return "double";
  } else if constexpr (std::is_same_v<T, wchar_t> || std::is_floating_point_v<T>) {
    return mangled_name<T>();  // never stored, but a template's parameter perhaps
  } else if constexpr (std::is_same_v<T, long>) {
    return "int64";
  } else if constexpr (std::is_same_v<T, unsigned long>) {
    return "uint64";
  } else {
    return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T));
  }
}

/// The name behind the fingerprint of T.
template <class T>
std::string stored_name() {
  using Composed = Composition<T>;
  if constexpr (std::is_const_v<T> || std::is_volatile_v<T>) {
    return stored_name<std::remove_cv_t<T>>();
  } else if constexpr (PinnedName<T>) {
    return std::string(TypeName<T>::value);
  } else if constexpr (boost::serialization::guid_defined<T>::value) {
    return boost::serialization::guid<T>();
  } else if constexpr (std::is_arithmetic_v<T>) {
    return number_name<T>();
  } else if constexpr (std::is_void_v<typename Composed::Parts>) {
    return demangled_name(mangled_name<T>());
  } else {
    std::string name;
    if constexpr (requires { typename Composed::Tag; }) {
      name = demangled_template(mangled_name<typename Composed::Tag>());
    } else {
      name = Composed::name;
    }
    std::string parts;
    const auto add = [&](const std::string& part) {
      if (!parts.empty()) parts += ',';
      parts += part;
    };
    [&]<class... Part>(Types<Part...>) {
      (add(stored_name<Part>()), ...);
    }(typename Composed::Parts());
    if constexpr (requires { Composed::size; }) add(std::to_string(Composed::size));
    if (name == "std::basic_string" && parts == "char") return "std::string";
    return name + '<' + parts + '>';
  }
}

}  // namespace internal

/// The fingerprint that stands in front of an archived T: 64-bit FNV-1a of its name.  Throws
/// std::logic_error for a type inside a function.  Safe from any thread.
template <class T>
std::uint64_t type_fingerprint() {
  static_assert(internal::named_for_good<T>());
  static const std::uint64_t fingerprint = internal::fingerprint_of(internal::stored_name<T>());
  return fingerprint;
}

}  // namespace cairn
