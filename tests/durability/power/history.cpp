#include "durability/power/history.h"

#include <algorithm>
#include <functional>

namespace cairn::test::durability {
namespace {

std::int64_t deadline(const Call& call) {
  return call.lifetime == Call::never ? Call::never : call.time + call.lifetime;
}

Entry stored(const Call& call, std::size_t index, std::size_t position) {
  const std::size_t key = call.keys[position];
  const std::uint64_t value = is_counter(key) ? static_cast<std::uint64_t>(call.numbers[position])
                                              : hash(text(call, index, key));
  return {true, value, deadline(call)};
}

}  // namespace

std::string key_name(std::size_t key) {
  return is_counter(key) ? "counter" + std::to_string(key - text_keys)
                         : "text" + std::to_string(key);
}

std::string family_name(std::size_t family) { return "family" + std::to_string(family); }

const char* name(Call::Verb verb) {
  constexpr std::array names = {"set",       "add",   "set_many", "erase",  "erase_many", "incr",
                                "incr_many", "touch", "clear",    "expire", "sync",       "close"};
  return names.at(static_cast<std::size_t>(verb));
}

std::string text(const Call& call, std::size_t index, std::size_t key) {
  std::string made = family_name(call.family) + "/" + key_name(key) + "#" + std::to_string(index);
  const std::string unit = made + "|";
  const std::size_t least = made.size();
  while (made.size() < call.size) made += unit;
  made.resize(std::max(least, call.size));
  return made;
}

std::uint64_t hash(const std::string& text) { return std::hash<std::string>{}(text); }

void apply(const Call& call, std::size_t index, Entries& entries) {
  if (call.verb == Call::Verb::clear) entries = {};
  for (std::size_t i = 0; i < call.keys.size(); ++i) {
    Entry& entry = entries.at(call.keys[i]);
    const bool live = entry.live(call.time);
    switch (call.verb) {
      case Call::Verb::set:
      case Call::Verb::set_many:
        entry = stored(call, index, i);
        break;
      case Call::Verb::add:
        if (!live) entry = stored(call, index, i);
        break;
      case Call::Verb::erase:
      case Call::Verb::erase_many:
        entry = {};
        break;
      case Call::Verb::incr:
        // A missing counter begins at 0.
        if (!live) entry = {true, 0, deadline(call)};
        entry.value += static_cast<std::uint64_t>(call.numbers[i]);
        break;
      case Call::Verb::incr_many:
        if (live) entry.value += static_cast<std::uint64_t>(call.numbers[i]);
        break;
      case Call::Verb::touch:
        if (live) entry.expires_at = deadline(call);
        break;
      default:
        break;
    }
  }
}

Oracle::Oracle(const History& history) : states_(1) {
  for (std::size_t index = 0; index < history.calls.size(); ++index) {
    const Call& call = history.calls[index];
    states_.push_back(states_.back());
    apply(call, index, states_.back()[call.family]);
  }
}

}  // namespace cairn::test::durability
