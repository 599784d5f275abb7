// The calls of one thread, and what they leave: the oracle of the power cuts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <cairn/options.h>

namespace cairn::test::durability {

constexpr std::size_t family_count = 2;
constexpr std::size_t text_keys = 16;
constexpr std::size_t counter_keys = 8;
constexpr std::size_t key_count = text_keys + counter_keys;

/// Keys of a family are numbered: texts first, then counters.
inline bool is_counter(std::size_t key) { return key >= text_keys; }
std::string key_name(std::size_t key);
std::string family_name(std::size_t family);

struct Call {
  enum class Verb : std::uint8_t {
    set,
    add,
    set_many,
    erase,
    erase_many,
    incr,
    incr_many,
    touch,
    clear,
    expire,
    sync,
    close,
  };
  static constexpr std::int64_t never = INT64_MAX;

  Verb verb = Verb::set;
  std::size_t family = 0;
  std::vector<std::size_t> keys = {};
  std::vector<std::int64_t> numbers = {};  ///< one for each key: the delta, or a counter's value
  std::int64_t lifetime = never;           ///< in ms
  std::size_t size = 0;                    ///< of a text
  bool durable = false;                    ///< asked to survive a power cut
  std::int64_t time = 0;                   ///< of the clock, in ms

  /// Whether everything acknowledged by its end survives a power cut, whatever the store's level.
  bool makes_durable() const { return durable || verb == Verb::sync || verb == Verb::close; }
};

const char* name(Call::Verb verb);

/// The text that call number `index` stores under a key.
std::string text(const Call& call, std::size_t index, std::size_t key);

/// What is stored under one key.
struct Entry {
  bool there = false;
  std::uint64_t value = 0;  ///< a counter's, or a text's hash
  std::int64_t expires_at = Call::never;

  bool live(std::int64_t time) const { return there && expires_at > time; }
};
using Entries = std::array<Entry, key_count>;

std::uint64_t hash(const std::string& text);

struct History {
  Durability level = Durability::interval;
  std::vector<Call> calls = {};
};

/// What each family holds after each number of calls.
class Oracle {
 public:
  explicit Oracle(const History& history);

  /// The family after the first `calls` calls.
  const Entries& after(std::size_t calls, std::size_t family) const {
    return states_[calls][family];
  }
  std::size_t calls() const { return states_.size() - 1; }

 private:
  std::vector<std::array<Entries, family_count>> states_;
};

/// Applies a call to its family.
void apply(const Call& call, std::size_t index, Entries& entries);

}  // namespace cairn::test::durability
