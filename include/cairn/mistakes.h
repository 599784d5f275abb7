// Mistyped calls, found by the compiler: what a newcomer may write that cannot be meant.
//
// Each is met by a static_assert here, in cache.h, timeout.h or codec.h, or by a deleted function,
// that says what to write instead.  tests/messages holds them to that with every compiler that
// Cairn is built with.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <cairn/codec.h>
#include <cairn/options.h>
#include <cairn/timeout.h>

namespace cairn {

struct Item;

namespace internal {

/// False, but only once the compiler knows what T is: for the static_assert of a call that is
/// always wrong.
template <class T>
inline constexpr bool mistyped = false;

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

/// A timeout or a durability by itself, as in Django's `set(key, value, 30)`: here options have
/// names.
template <class T>
concept UnnamedOption = is_duration<T> || std::same_as<T, Timeout> || std::is_arithmetic_v<T> ||
    std::same_as<T, std::nullptr_t> || std::same_as<T, Durability>;

/// A class that only <cairn/boost.h> would store, and of which nothing could be read back: the
/// closure of a lambda, a std::function.
template <class T>
concept FunctionObject = requires {
  Codec<T>::takes_any_class;
}
&&(std::is_empty_v<T> || !std::is_default_constructible_v<T> ||
   std::is_constructible_v<T, std::nullptr_t>);

/// A factory that wants the key as its argument.  A class that has both a call operator for strings
/// and a Codec is a value.
template <class V, class T = std::remove_cvref_t<V>>
concept FactoryOfKey = !std::invocable<V&> && std::invocable<V&, std::string_view> &&
                       (!Storable<T> || FunctionObject<T>);

/// A factory that returns nothing.
template <class V>
concept FactoryOfNothing = std::invocable<V&> && std::is_void_v<std::invoke_result_t<V&>>;

/// A fallback that cannot be what get<T>() returns.
template <class V, class T>
concept FallbackOfAnotherType = !std::convertible_to<V, T> && !std::convertible_to<V, ReadOptions>;

/// A function that update<T>() cannot call, or whose answer it cannot store.
template <class F, class T>
concept NoChangeOf = !std::is_invocable_r_v<std::optional<T>, F&, std::optional<T>>;

/// What get_or_set() returns if it is mistyped: a type that converts to any other, so that the
/// compiler has no more to say.
struct Anything {
  template <class T>
  operator T() const;
};

/// The mistyped calls of Cache.  None compiles; they return what the right ones do, and their
/// parameters differ from those of the right ones in type, which clang 14 needs to tell them apart.
class MistypedCalls {
 public:
  template <class T, FallbackOfAnotherType<T> V>
  T get(std::string_view, V&&, const ReadOptions& = {}) const {
    static_assert(mistyped<V>,
                  "the fallback is of another type than the value: write get<int>(key, 0), or "
                  "get(key, fallback) for a value of the fallback's type");
    std::abort();
  }
  template <class V, UnnamedOption O>
  void set(std::string_view, const V&, O) {
    static_assert(mistyped<O>, "options have names: write set(key, value, {.timeout = 30s})");
  }
  template <class V, UnnamedOption O>
  bool add(std::string_view, const V&, O) {
    static_assert(mistyped<O>, "options have names: write add(key, value, {.timeout = 30s})");
    return {};
  }
  template <class R, UnnamedOption O>
  std::vector<std::string> set_many(R&&, O) {
    static_assert(mistyped<O>, "options have names: write set_many(values, {.timeout = 30s})");
    return {};
  }
  template <UnnamedOption O>
  std::vector<std::string> set_many(std::initializer_list<Item>, O) {
    static_assert(mistyped<O>, "options have names: write set_many({...}, {.timeout = 30s})");
    return {};
  }
  template <class V, UnnamedOption O>
  Anything get_or_set(std::string_view, V&&, O) {
    static_assert(mistyped<O>,
                  "options have names: write get_or_set(key, factory, {.timeout = 30s})");
    return {};
  }
  template <UnnamedOption O>
  bool touch(std::string_view, O) {
    static_assert(mistyped<O>, "options have names: write touch(key, {.timeout = 30s})");
    return {};
  }
  template <class T, NoChangeOf<T> F>
  std::optional<T> update(std::string_view, F&&, const SetOptions& = {}) {
    static_assert(mistyped<F>,
                  "update's function takes a std::optional<T>, empty if there is no value, and "
                  "returns what to store, or std::nullopt to remove the key");
    return {};
  }
  template <UnnamedOption O>
  std::int64_t incr(std::string_view, std::int64_t, O) {
    static_assert(mistyped<O>,
                  "options have names: write incr(key, 1, {.initial = 0, .timeout = 24h})");
    return {};
  }
  std::int64_t incr(std::string_view, IncrOptions) = delete;  // write incr(key, 1, {.initial = 0})
  std::int64_t decr(std::string_view, IncrOptions) = delete;  // write decr(key, 1, {.initial = 0})
};

}  // namespace internal
}  // namespace cairn
