// What a store that is to be damaged holds, and held after each call that wrote it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <cairn/caches.h>

namespace cairn::test::durability {

inline constexpr const char* texts = "texts";
inline constexpr const char* counters = "counters";

/// One call: sets or erases a text, or adds to a counter.
struct Call {
  std::string family;
  std::string key;
  std::optional<std::string> value;  ///< what the key holds after it; a counter's in decimal
  std::int64_t step = 0;             ///< of a counter
};

/// The calls that fill the store, always the same.
struct Script {
  std::vector<Call> calls;
  std::size_t flushed = 0;  ///< so many are written into tables,
  std::size_t synced = 0;   ///< so many in all are synced; of the rest nobody has said so
};
Script script();

/// Values by family and key.
using State = std::map<std::pair<std::string, std::string>, std::string>;

/// What the calls leave behind, in order.
class Oracle {
 public:
  explicit Oracle(Script script);

  const Script& script() const { return script_; }
  /// After so many calls.
  State after(std::size_t calls) const;
  const State& whole() const { return whole_; }
  /// Every family and key that ever was.
  const std::set<State::key_type>& names() const { return names_; }
  /// Whether the key ever held that.
  bool held(const State::value_type& entry) const { return ever_.contains(entry); }
  /// Whether what is seen is what some number of calls left, all synced ones among them.
  bool cut_after_sync(const State& seen) const;

 private:
  Script script_;
  State whole_;
  std::set<State::key_type> names_;
  std::set<State::value_type> ever_;
};

}  // namespace cairn::test::durability
