#include "durability/damage/verdict.h"

#include <algorithm>
#include <functional>

#include "durability/unallocated.h"
#include "store/border/engine_hooks.h"
#include "support/fake_clock.h"
#include "support/live_directory.h"

namespace cairn::test::durability {
namespace fs = std::filesystem;
namespace {

StoreOptions store_options() {
  return {.durability = Durability::process_crash,
          .memory_budget = 8u << 20,
          .clock = FakeClock().source()};
}

Cache open(const fs::path& directory, const std::string& family, const StoreOptions& options) {
  return Cache::open(directory, {.timeout = never, .column_family = family}, options);
}

void perform(Cache& cache, const Call& call) {
  if (call.family == counters) {
    cache.incr(call.key, call.step, {.initial = 0});
  } else if (call.value) {
    cache.set(call.key, *call.value);
  } else {
    cache.erase(call.key);
  }
}

void fill(const fs::path& directory, const std::function<void()>& at_the_end) {
  const Script all = script();
  std::map<std::string, Cache> caches;
  for (const char* const family : {texts, counters}) {
    caches.emplace(family, open(directory, family, store_options()));
  }
  for (std::size_t i = 0; i < all.calls.size(); ++i) {
    if (i == all.flushed) {
      for (auto& [family, cache] : caches) cache.compact();
    }
    if (i == all.synced) caches.at(texts).sync();
    perform(caches.at(all.calls[i].family), all.calls[i]);
  }
  at_the_end();
}

// One opening of a store, and what is said and seen.
class Visit {
 public:
  Visit(const fs::path& directory, const Oracle& oracle, const StoreFiles& files)
      : directory_(directory), oracle_(oracle), files_(files) {}

  void run() {
    const store::HookedDirectory hooked(directory_, unallocated());
    StoreOptions options = store_options();
    listen([&] {
      Cache first = open(directory_, texts, options);
      Cache second = open(directory_, counters, options);
      read(first, texts);
      read(second, counters);
      listen([&] { first.close(); });
      listen([&] { second.close(); });
    });
  }

  Finding judge(Ear ear) const {
    const State& whole = oracle_.whole();
    const bool complete = seen_ == whole && lists(whole);
    if (complete && words_.empty()) return {Verdict::harmless, {}};
    for (const State::value_type& entry : seen_) {
      if (!oracle_.held(entry))
        return {Verdict::wrong, entry.first.second + " holds another value"};
    }
    for (const State::key_type& name : listed_) {
      if (!oracle_.names().contains(name)) return {Verdict::wrong, name.second + " is listed"};
    }
    if (!words_.empty() && ear == Ear::open) return {said_, words_};
    if (complete) return {Verdict::harmless, {}};
    if (oracle_.cut_after_sync(seen_) && lists(seen_)) return {Verdict::shortened, {}};
    return {Verdict::silent, std::to_string(seen_.size()) + " of " + std::to_string(whole.size()) +
                                 " values, " + std::to_string(listed_.size()) + " keys"};
  }

 private:
  void listen(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      hear(error.what(), precision(error));
    } catch (const std::exception& error) {
      hear(std::string("not Cairn's: ") + error.what(), Verdict::untyped);
    }
  }
  void hear(const std::string& what, Verdict precision) {
    if (!words_.empty() && precision <= said_) return;
    words_ = what;
    said_ = precision;
  }
  Verdict precision(const Error& error) const {
    std::string message = error.what();
    const auto has = [&](const std::string& part) { return message.find(part) != message.npos; };
    const std::size_t at = message.find(directory_.native());
    const bool store = at != message.npos;
    if (store) message.erase(at, directory_.native().size());
    const bool file = std::any_of(files_.begin(), files_.end(), [&](const auto& each) {
      return each.first != "CAIRN" && has(each.first);
    });
    if (file || has("the file CAIRN ") || has("text-") || has("counter-")) return Verdict::reported;
    const bool damage = dynamic_cast<const Corruption*>(&error) != nullptr ||
                        dynamic_cast<const IoError*>(&error) != nullptr;
    return store || damage ? Verdict::vague : Verdict::untyped;
  }

  void read(const Cache& cache, const std::string& family) {
    for (const State::key_type& name : oracle_.names()) {
      if (name.first == family) listen([&] { read(cache, name); });
    }
    listen([&] {
      for (const std::string& key : cache.keys()) listed_.insert({family, key});
    });
    const Stats stats = cache.stats();
    for (const std::string& each : stats.recovery.findings) hear(each, Verdict::reported);
    if (stats.unreadable > 0)
      hear(std::to_string(stats.unreadable) + " unreadable", Verdict::reported);
  }
  void read(const Cache& cache, const State::key_type& name) {
    if (name.first == counters) {
      const auto value = cache.get<std::int64_t>(name.second);
      if (value) seen_[name] = std::to_string(*value);
    } else if (auto value = cache.get(name.second)) {
      seen_[name] = *std::move(value);
    }
  }

  bool lists(const State& state) const {
    return std::equal(listed_.begin(), listed_.end(), state.begin(), state.end(),
                      [](const auto& name, const auto& entry) { return name == entry.first; });
  }

  const fs::path& directory_;
  const Oracle& oracle_;
  const StoreFiles& files_;
  State seen_;
  std::set<State::key_type> listed_;
  std::string words_;  // the first, or the first that names less
  Verdict said_ = Verdict::reported;
};

}  // namespace

void make_closed(const fs::path& directory) {
  fill(directory, [] {});
}

void make_killed(const fs::path& directory) {
  const fs::path alive = directory.native() + ".alive";
  fill(alive, [&] { copy_live(alive, directory); });
  fs::remove_all(alive);
}

Finding examine(const fs::path& directory, const Oracle& oracle, const StoreFiles& files, Ear ear) {
  Visit visit(directory, oracle, files);
  visit.run();
  return visit.judge(ear);
}

}  // namespace cairn::test::durability
