#include "durability/power/workload.h"

#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>

#include "durability/power/record.h"
#include "store/border/engine_hooks.h"

namespace cairn::test::durability {
namespace {

using Verb = Call::Verb;

constexpr std::size_t large_size = 150'000;  // seven fill a write buffer

// What a run is like: much is synced, or values fill write buffers, or the log grows long between
// syncs, with long records or with short ones, so that there is room for holes in it.
enum class Style : std::uint8_t { synced, large, unsynced, small };

class Script {
 public:
  explicit Script(std::uint64_t seed) : style_(static_cast<Style>(seed % 4)), random_(seed) {}

  Call next(std::int64_t time) {
    const double syncs = log_grows() ? 0.2 : 4;
    const double ends = style_ == Style::small ? 0.1 : 1;
    // set, add, set_many, erase, erase_many, incr, incr_many, touch, clear, expire, sync, close
    std::discrete_distribution<int> verbs(
        {28, 8, 12, 8, 4, 14, 9, 6, 2 * ends, syncs / 2, syncs, ends});
    Call call{.verb = static_cast<Verb>(verbs(random_)), .time = time};
    call.family = one_in(4) ? 1 : 0;
    if (call.verb < Verb::clear) choose_keys(call);
    return call;
  }
  /// Records of the log are read in blocks of 32 KiB; short ones take many to fill some.
  std::size_t length(std::size_t calls) const { return style_ == Style::small ? 6 * calls : calls; }
  std::int64_t pause() { return one_in(3) ? below(200) : 0; }

 private:
  std::int64_t below(std::int64_t end) {
    return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random_);
  }
  bool log_grows() const { return style_ == Style::unsynced || style_ == Style::small; }
  bool one_in(std::int64_t many) { return below(many) == 0; }

  void choose_keys(Call& call) {
    const bool counters = call.verb == Verb::incr || call.verb == Verb::incr_many ||
                          (call.verb == Verb::set_many && one_in(3));
    const bool many = call.verb == Verb::set_many || call.verb == Verb::erase_many ||
                      call.verb == Verb::incr_many;
    for (std::int64_t left = many ? 2 + below(5) : 1; left > 0; --left) {
      const std::size_t first = counters ? text_keys : 0;
      const std::size_t end = call.verb == Verb::set_many && !counters ? text_keys : key_count;
      const std::size_t key =
          first + static_cast<std::size_t>(below(static_cast<std::int64_t>(end - first)));
      if (std::find(call.keys.begin(), call.keys.end(), key) != call.keys.end()) continue;
      call.keys.push_back(key);
      call.numbers.push_back(below(1000) - 200);
    }
    // Of calls that write for certain: one that finds nothing to do has nothing to wait for.
    const bool writes =
        call.verb == Verb::set || call.verb == Verb::set_many || call.verb == Verb::incr;
    call.durable = writes && call.numbers[0] != 0 && one_in(log_grows() ? 200 : 12);
    if (one_in(4)) call.lifetime = 1 + below(5000);
    const bool unsynced = style_ == Style::unsynced;
    const bool medium = style_ != Style::small && one_in(unsynced ? 3 : 12);
    call.size = static_cast<std::size_t>(medium ? below(unsynced ? 20'000 : 5000) : below(150));
    if (style_ == Style::small) call.size = 0;
    if (call.verb == Verb::set && style_ == Style::large && one_in(4)) call.size = large_size;
  }

  const Style style_;
  std::mt19937_64 random_;
};

void expect(bool right, const Call& call) {
  if (!right) throw std::logic_error(std::string("the result of ") + name(call.verb) + " is wrong");
}

// Makes one call; `before` is what the family held.
class Caller {
 public:
  Caller(Caches& caches, const Call& call, std::size_t index, const Entries& before)
      : caches_(caches),
        cache_(caches[family_name(call.family)]),
        call_(call),
        index_(index),
        before_(before),
        timeout_(call.lifetime == Call::never ? never
                                              : Timeout(std::chrono::milliseconds(call.lifetime))),
        durability_(call.durable ? std::optional(Durability::power_loss) : std::nullopt) {}

  void run() {
    switch (call_.verb) {
      case Verb::set:
        return set();
      case Verb::add:
        return add();
      case Verb::set_many:
        return set_many();
      case Verb::erase:
        return expect(cache_.erase(key(), change()) == live(0), call_);
      case Verb::erase_many:
        return expect(cache_.erase_many(names(), change()) == count_live(), call_);
      case Verb::incr:
        return incr();
      case Verb::incr_many:
        return incr_many();
      case Verb::touch:
        return expect(cache_.touch(key(), options()) == live(0), call_);
      case Verb::clear:
        return cache_.clear();
      case Verb::expire:
        return void(cache_.expire());
      case Verb::sync:
        return cache_.sync();
      case Verb::close:
        return caches_.close_all();
    }
  }

 private:
  std::string key(std::size_t i = 0) const { return key_name(call_.keys[i]); }
  bool live(std::size_t i) const { return before_.at(call_.keys[i]).live(call_.time); }
  SetOptions options() const { return {.timeout = timeout_, .durability = durability_}; }
  ChangeOptions change() const { return {.durability = durability_}; }
  std::string new_text(std::size_t i) const { return text(call_, index_, call_.keys[i]); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < call_.keys.size(); ++i) found.push_back(key(i));
    return found;
  }
  std::size_t count_live() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < call_.keys.size(); ++i) count += live(i) ? 1 : 0;
    return count;
  }
  void set() {
    if (is_counter(call_.keys[0])) return cache_.set(key(), call_.numbers[0], options());
    cache_.set(key(), new_text(0), options());
  }
  void add() {
    const bool added = is_counter(call_.keys[0]) ? cache_.add(key(), call_.numbers[0], options())
                                                 : cache_.add(key(), new_text(0), options());
    expect(added != live(0), call_);
  }
  void set_many() {
    std::map<std::string, std::int64_t> counters;
    std::map<std::string, std::string> texts;
    for (std::size_t i = 0; i < call_.keys.size(); ++i) {
      if (is_counter(call_.keys[i])) {
        counters[key(i)] = call_.numbers[i];
      } else {
        texts[key(i)] = new_text(i);
      }
    }
    // One batch has values of one type, and so has the call.
    expect(counters.empty() || texts.empty(), call_);
    if (texts.empty()) {
      cache_.set_many(counters, options());
    } else {
      cache_.set_many(texts, options());
    }
  }
  void incr() {
    const auto before = live(0) ? static_cast<std::int64_t>(before_.at(call_.keys[0]).value) : 0;
    const std::int64_t now = cache_.incr(
        key(), call_.numbers[0], {.initial = 0, .timeout = timeout_, .durability = durability_});
    expect(now == before + call_.numbers[0], call_);
  }
  void incr_many() {
    std::map<std::string, std::int64_t> deltas;
    for (std::size_t i = 0; i < call_.keys.size(); ++i) deltas[key(i)] = call_.numbers[i];
    cache_.incr_many(deltas, change());
  }

  Caches& caches_;
  Cache& cache_;
  const Call& call_;
  const std::size_t index_;
  const Entries& before_;
  const Timeout timeout_;
  const std::optional<Durability> durability_;
};

}  // namespace

StoreOptions store_options(Durability level, const FakeClock& clock) {
  return {.durability = level,
          .sync_interval = std::chrono::milliseconds(2),
          .memory_budget = 8ull << 20,
          .clock = clock.source()};
}

Caches open_families(const std::filesystem::path& directory, const StoreOptions& options) {
  Caches::Configuration families;
  for (std::size_t family = 0; family < family_count; ++family) {
    families.emplace_back(family_name(family), CacheOptions{});
  }
  return Caches(directory, families, options);
}

Recording record_calls(const std::filesystem::path& directory, Durability level, std::size_t count,
                       std::uint64_t seed) {
  Script script(seed);
  History history{.level = level};
  std::int64_t time = FakeClock().wall().count();
  for (std::size_t left = script.length(count); left > 0; --left) {
    time += script.pause();
    history.calls.push_back(script.next(time));
  }
  history.calls.push_back({.verb = Verb::close, .time = time});
  return record_calls(directory, std::move(history));
}

Recording record_calls(const std::filesystem::path& directory, History history) {
  Recorder recorder(directory);
  const store::HookedDirectory hooked(directory, recorder.env());
  FakeClock clock;
  const StoreOptions options = store_options(history.level, clock);
  std::array<Entries, family_count> held;
  {
    Caches caches = open_families(directory, options);
    for (std::size_t index = 0; index < history.calls.size(); ++index) {
      const Call& call = history.calls[index];
      clock.advance(std::chrono::milliseconds(call.time) - clock.wall());
      recorder.begin(index);
      Caller(caches, call, index, held.at(call.family)).run();
      recorder.acknowledge(index);
      apply(call, index, held.at(call.family));
    }
  }
  return {std::move(history), recorder.take()};
}

}  // namespace cairn::test::durability
