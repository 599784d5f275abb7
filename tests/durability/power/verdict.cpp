#include "durability/power/verdict.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "durability/power/workload.h"
#include "durability/unallocated.h"
#include "store/border/engine_hooks.h"

namespace cairn::test::durability {
namespace {

using Kind = Verdict::Kind;

constexpr const char* probe = "probe";

Entry read(const Cache& cache, std::size_t key, std::int64_t time) {
  const std::string name = key_name(key);
  Entry entry;
  if (is_counter(key)) {
    const auto value = cache.get<std::int64_t>(name);
    if (!value) return entry;
    entry.value = static_cast<std::uint64_t>(*value);
  } else {
    const auto value = cache.get(name);
    if (!value) return entry;
    entry.value = hash(*value);
  }
  entry.there = true;
  const auto left = cache.ttl(name);
  if (left && !left->is_never()) entry.expires_at = time + left->duration().count();
  return entry;
}

Entries read(const Cache& cache, std::int64_t time) {
  Entries entries;
  std::vector<std::string> names;
  for (std::size_t key = 0; key < key_count; ++key) {
    entries[key] = read(cache, key, time);
    if (entries[key].there) names.push_back(key_name(key));
  }
  std::sort(names.begin(), names.end());
  std::vector<std::string> listed = cache.keys();
  std::erase(listed, probe);  // of an opening that was cut off too
  if (listed != names) throw Corruption("keys() lists other keys than get() finds");
  return entries;
}

bool same(const Entry& expected, const Entry& seen, std::int64_t time) {
  if (!expected.live(time)) return !seen.there;
  return seen.there && seen.value == expected.value && seen.expires_at == expected.expires_at;
}

bool same(const Entries& expected, const Entries& seen, std::int64_t time) {
  for (std::size_t key = 0; key < key_count; ++key) {
    if (!same(expected[key], seen[key], time)) return false;
  }
  return true;
}

bool empty(const Entries& entries) {
  return std::none_of(entries.begin(), entries.end(), [](const Entry& each) { return each.there; });
}

class Judge {
 public:
  Judge(const Oracle& oracle, const History& history, const Bounds& bounds, const Sight& sight)
      : oracle_(oracle), history_(history), bounds_(bounds), sight_(sight) {}

  Verdict judge() const {
    if (history_.level != Durability::clean_close) {
      return verdict(longest([this](std::size_t calls) { return all(calls); }), "the store");
    }
    Verdict least{Kind::right, {}, bounds_.at_most};
    for (std::size_t family = 0; family < family_count; ++family) {
      const Verdict one =
          verdict(longest([&](std::size_t calls) { return one_family(calls, family); }),
                  family_name(family));
      if (one.kind != Kind::right) return one;
      least.survived = std::min(least.survived, one.survived);
    }
    return least;
  }

 private:
  bool one_family(std::size_t calls, std::size_t family) const {
    return same(oracle_.after(calls, family), sight_.families.at(family), bounds_.time);
  }
  bool cleared_later(std::size_t calls, std::size_t family) const {
    if (!empty(sight_.families.at(family))) return false;
    for (std::size_t i = calls; i < bounds_.at_most; ++i) {
      const Call& call = history_.calls[i];
      if (call.verb == Call::Verb::clear && call.family == family) return true;
    }
    return false;
  }
  bool all(std::size_t calls) const {
    for (std::size_t family = 0; family < family_count; ++family) {
      if (!one_family(calls, family) && !cleared_later(calls, family)) return false;
    }
    return true;
  }
  template <class Fits>
  std::optional<std::size_t> longest(const Fits& fits) const {
    for (std::size_t calls = bounds_.at_most + 1; calls-- > 0;) {
      if (fits(calls)) return calls;
    }
    return std::nullopt;
  }
  Verdict verdict(const std::optional<std::size_t>& calls, const std::string& who) const {
    if (!calls) return {Kind::wrong, who + " holds what no prefix of the calls left" + nearest()};
    if (*calls >= bounds_.at_least) return {Kind::right, {}, *calls};
    return {Kind::lost,
            who + " holds what " + std::to_string(*calls) + " calls left, and " +
                std::to_string(bounds_.at_least) + " were promised",
            *calls};
  }

  // The prefix that fits best, and where it does not fit.
  std::string nearest() const {
    std::string best;
    std::size_t fewest = SIZE_MAX;
    for (std::size_t calls = 0; calls <= bounds_.at_most; ++calls) {
      std::size_t count = 0;
      std::string differs;
      for (std::size_t family = 0; family < family_count; ++family) {
        for (std::size_t key = 0; key < key_count; ++key) {
          const Entry& seen = sight_.families.at(family).at(key);
          if (same(oracle_.after(calls, family)[key], seen, bounds_.time)) continue;
          ++count;
          differs += " " + family_name(family) + "/" + key_name(key) +
                     (seen.there ? "=" + std::to_string(seen.value) : " is missing");
        }
      }
      if (count >= fewest) continue;
      fewest = count;
      best = "; nearest: " + std::to_string(calls) + " of " + std::to_string(bounds_.at_least) +
             " to " + std::to_string(bounds_.at_most) + " calls, except for" + differs;
    }
    return best;
  }

  const Oracle& oracle_;
  const History& history_;
  const Bounds& bounds_;
  const Sight& sight_;
};

}  // namespace

Sight look(const std::filesystem::path& directory, Durability level, std::int64_t time,
           Recorder* recorder) {
  FakeClock clock;
  clock.jump_wall(std::chrono::milliseconds(time) - clock.wall());
  const store::HookedDirectory hooked(directory,
                                      recorder != nullptr ? recorder->env() : unallocated());
  Caches caches = open_families(directory, store_options(level, clock));
  Sight sight;
  for (std::size_t family = 0; family < family_count; ++family) {
    sight.families.at(family) = read(caches[family_name(family)], time);
  }
  Cache& cache = caches[family_name(0)];
  cache.set(probe, 1);
  if (cache.get<int>(probe) != 1 || !cache.erase(probe)) {
    throw Corruption("what was written is not read");
  }
  return sight;
}

Verdict judge(const Oracle& oracle, const History& history, const Bounds& bounds,
              const Sight& sight) {
  return Judge(oracle, history, bounds, sight).judge();
}

Verdict examine(const Oracle& oracle, const History& history, const Bounds& bounds,
                const std::filesystem::path& directory, Recorder* recorder) try {
  return judge(oracle, history, bounds, look(directory, history.level, bounds.time, recorder));
} catch (const Error& error) {
  return {Kind::refused, error.what()};
}

}  // namespace cairn::test::durability
