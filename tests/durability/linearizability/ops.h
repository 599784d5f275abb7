// The operations that histories are made of: all on one integer, or none, under one key.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>

#include <cairn/cache.h>

namespace cairn::test::durability {

/// `clear` is every key's at once: by Cache::clear(), or by the clock, when all that was stored
/// before has expired.
enum class Action { get, contains, set, add, incr, incr_many, erase, pop, update, clear };
/// Those that threads choose among: all but `clear`.
inline constexpr int actions = 9;
/// Without update() too, which lets a value that expires meanwhile live on.
inline constexpr int actions_with_expiry = 8;

/// What an operation gave back: whether there was something (of add: whether it was granted), and
/// what.
struct Outcome {
  std::int64_t value = 0;
  bool there = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct Operation {
  Action action = Action::get;
  std::int64_t argument = 0;
  Outcome result = {};
};

using Dice = std::mt19937_64;

/// The arguments of no two operations of a history are the same, so that it shows who wrote what.
inline Operation any_operation(Dice& dice, int thread, std::uint32_t step, int among = actions) {
  const auto unique =
      (static_cast<std::int64_t>(thread + 1) << 48) + (static_cast<std::int64_t>(step) << 16);
  return {static_cast<Action>(dice() % static_cast<unsigned>(among)), unique};
}

/// What update() makes of a value.
inline std::int64_t updated(std::optional<std::int64_t> value, std::int64_t argument) {
  return value.value_or(argument) + 3;
}
inline constexpr std::int64_t increment = 1;

inline Outcome outcome(std::optional<std::int64_t> value) {
  return value ? Outcome{*value, true} : Outcome{};
}

inline Outcome perform(Cache& cache, std::string_view key, const Operation& operation) {
  switch (operation.action) {
    case Action::get:
      return outcome(cache.get<std::int64_t>(key));
    case Action::contains:
      return {0, cache.contains(key)};
    case Action::set:
      cache.set(key, operation.argument);
      return {};
    case Action::add:
      return {0, cache.add(key, operation.argument)};
    case Action::incr:
      return outcome(cache.try_incr(key, increment));
    case Action::incr_many:
      cache.incr_many({{key, increment}});
      return {};
    case Action::erase:
      return {0, cache.erase(key)};
    case Action::pop:
      return outcome(cache.pop<std::int64_t>(key));
    case Action::update:
      return outcome(cache.update<std::int64_t>(key, [&](std::optional<std::int64_t> value) {
        std::this_thread::yield();
        return std::optional(updated(value, operation.argument));
      }));
    case Action::clear:
      cache.clear();
      return {};
  }
  return {};
}

/// The same without atomicity: what a program does that reads and then writes.
inline Outcome perform_unlocked(Cache& cache, std::string_view key, const Operation& operation) {
  const auto read = [&] {
    const std::optional<std::int64_t> value = cache.get<std::int64_t>(key);
    std::this_thread::yield();
    return value;
  };
  switch (operation.action) {
    case Action::add: {
      const bool granted = !read();
      if (granted) cache.set(key, operation.argument);
      return {0, granted};
    }
    case Action::incr: {
      const std::optional<std::int64_t> value = read();
      if (!value) return {};
      cache.set(key, *value + increment);
      return {*value + increment, true};
    }
    case Action::update: {
      const std::int64_t value = updated(read(), operation.argument);
      cache.set(key, value);
      return {value, true};
    }
    default:
      return perform(cache, key, operation);
  }
}

/// The beginning or the end of an operation, as a process tells it that may be killed.
struct Telling {
  std::int32_t thread;
  std::int32_t over;
  std::int32_t key = 0;
  Operation operation = {};
};
inline constexpr unsigned told_keys = 8;

}  // namespace cairn::test::durability
