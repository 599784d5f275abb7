#include "durability/faults/run.h"

#include <atomic>
#include <exception>
#include <functional>
#include <thread>

#include "durability/faults/maybe.h"
#include "durability/scratch.h"
#include "store/border/engine_hooks.h"

namespace cairn::test::durability {
namespace {

using std::chrono::milliseconds;

constexpr const char* main_alias = "main";
constexpr const char* cleared_alias = "cleared";
constexpr int steps = 72;

// Bytes that do not compress, so that write buffers and files grow by as much.
std::string bytes(int step, std::size_t size) {
  std::string made;
  std::uint64_t state = static_cast<std::uint64_t>(step) * 0x9e3779b97f4a7c15u + 1;
  while (made.size() < size) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    made += static_cast<char>(state);
  }
  return made;
}

class FaultRun {
 public:
  FaultRun(Durability level, Stage stage, const Fault& fault, const std::filesystem::path& scratch)
      : stage_(stage),
        fault_(fault),
        directory_(scratch),
        hooked_(directory_ / "store", disk_.env()),
        caches_(directory_ / "store", {{main_alias, {.timeout = never}}, {cleared_alias, {}}},
                {.durability = level,
                 .sync_interval = milliseconds(5),
                 .memory_budget = 8ull << 20,
                 .on_health = [this](const Health& health) {
                   if (health.condition != Condition::healthy && !health.cause.empty()) {
                     told_ = true;
                   }
                 }}) {}

  FaultResult run() {
    prepare();
    if (stage_ == Stage::use) {
      disk_.arm(fault_);
      for (int step = 0; step < steps; ++step) take(step);
    } else {
      for (int step = 0; step < steps; ++step) take(step);
      disk_.arm(fault_);
      caches_.close_all();
      attempt(
          "open", [&] { main().set("opened", std::string("yes")); },
          [&](bool done) { settle("opened", "yes", done); });
    }
    result_.operations = disk_.operations();
    // While the disk is still broken; a store that could not be opened has nothing to read from.
    if (stage_ == Stage::use) {
      read_all("while the disk fails");
      if (fault_.for_good() && set_refused_) check_health();
    }
    result_.failed = disk_.failed();
    disk_.clear();
    recover();
    if (stage_ == Stage::use && fault_.for_good() && set_refused_ && !told_) {
      violation("on_health was not told what is the matter");
    }
    read_all("after the disk is well again");
    caches_.close_all();
    read_all("after the next opening");
    return std::move(result_);
  }

 private:
  Cache& main() { return caches_[main_alias]; }

  void violation(const std::string& what) {
    if (result_.violations.size() < 5) result_.violations.push_back(what);
  }

  void prepare() {
    for (int i = 0; i < 4; ++i) {
      const std::string key = "counter" + std::to_string(i);
      main().set(key, std::int64_t{0});
      maybe_.acknowledged(key, "0");
    }
    caches_[cleared_alias].set("text", std::string("before"));
    maybe_.acknowledged("cleared/text", "before");
  }

  // Makes a call and learns whether it was acknowledged.
  void attempt(const std::string& verb, const std::function<void()>& call,
               const std::function<void(bool done)>& settle) {
    try {
      call();
      settle(true);
    } catch (const IoError& error) {
      ++result_.refused;
      settle(false);
      const ErrorCode expected = fault_.no_space() ? ErrorCode::no_space : ErrorCode::io;
      if (error.code() != expected) violation(verb + " fails with another code: " + error.what());
      if (!disk_.failed()) violation(verb + " fails on a good disk: " + error.what());
      read_some();
    } catch (const std::exception& error) {
      settle(false);
      violation(verb + " throws what is no IoError: " + error.what());
    }
  }

  void settle(const std::string& key, const Maybe::Value& value, bool done) {
    if (done) {
      maybe_.acknowledged(key, value);
    } else {
      maybe_.failed(key, value);
    }
  }

  void take(int step) {
    const std::string number = std::to_string(step);
    switch (step % 9) {
      case 0:
        return set("text" + std::to_string(step % 5), bytes(step, 60'000));
      case 1:
        return set("text" + std::to_string(step % 5), "small " + number);
      case 2:
        return set_many(step);
      case 3:
        return incr("counter" + std::to_string(step % 2), step);
      case 4:
        return erase("text" + std::to_string(step % 7));
      case 5:
        return add("once" + number, "added " + number);
      case 6:
        return incr_many(step);
      case 7:
        return in_the_other(step);
      default:
        return maintain(step);
    }
  }

  void set(const std::string& key, const std::string& value) {
    attempt(
        "set", [&] { main().set(key, value); }, [&](bool done) { settle(key, value, done); });
  }
  void set_many(int step) {
    std::map<std::string, std::string> values;
    for (const char* part : {".a", ".b", ".c"}) {
      values["batch" + std::to_string(step) + part] = bytes(step, 20);
    }
    attempt(
        "set_many", [&] { main().set_many(values); },
        [&](bool done) {
          for (const auto& [key, value] : values) settle(key, value, done);
        });
    batches_.push_back("batch" + std::to_string(step));
  }
  void incr(const std::string& key, std::int64_t delta) {
    std::int64_t now = 0;
    attempt(
        "incr", [&] { now = main().incr(key, delta); },
        [&](bool done) {
          if (!done) return maybe_.failed_to_add(key, delta);
          maybe_.failed_to_add(key, delta);
          if (!maybe_.possible(key, std::to_string(now))) violation("incr gives a wrong sum");
          maybe_.acknowledged(key, std::to_string(now));
        });
  }
  void incr_many(std::int64_t delta) {
    const std::map<std::string, std::int64_t> deltas = {{"counter2", delta}, {"counter3", delta}};
    attempt(
        "incr_many", [&] { main().incr_many(deltas); },
        [&](bool done) {
          for (const auto& [key, each] : deltas) {
            done ? maybe_.added_blindly(key, each) : maybe_.failed_to_add(key, each);
          }
        });
  }
  void erase(const std::string& key) {
    attempt(
        "erase", [&] { main().erase(key); }, [&](bool done) { settle(key, std::nullopt, done); });
  }
  void add(const std::string& key, const std::string& value) {
    attempt(
        "add",
        [&] {
          if (!main().add(key, value)) violation("add of a new key gives false");
        },
        [&](bool done) { settle(key, value, done); });
  }
  void in_the_other(int step) {
    Cache& cache = caches_[cleared_alias];
    if (step % 2 == 0) {
      return attempt(
          "clear", [&] { cache.clear(); },
          [&](bool done) { settle("cleared/text", std::nullopt, done); });
    }
    const std::string value = bytes(step, 40'000);
    attempt(
        "set", [&] { cache.set("text", value); },
        [&](bool done) { settle("cleared/text", value, done); });
  }
  void maintain(int step) {
    const auto nothing = [](bool) {};
    if (step % 2 == 0) {
      attempt(
          "expire", [&] { main().expire(); }, nothing);
    } else {
      attempt(
          "sync", [&] { main().sync(); }, nothing);
    }
  }

  // ---- reading

  Maybe::Value read(const std::string& key) {
    if (key == "cleared/text") return caches_[cleared_alias].get("text");
    if (!key.starts_with("counter")) return main().get(key);
    const auto value = main().get<std::int64_t>(key);
    return value ? Maybe::Value(std::to_string(*value)) : std::nullopt;
  }
  void check(const std::string& key, const std::string& when) {
    try {
      const Maybe::Value value = read(key);
      if (maybe_.possible(key, value)) return;
      const std::string known = maybe_.certain(key) ? "acknowledged" : "written";
      violation(key + (value ? " has a value that was not " + known : " is missing") + " " + when);
    } catch (const std::exception& error) {
      violation("get of " + key + " throws " + when + ": " + error.what());
    }
  }
  void read_all(const std::string& when) {
    for (const auto& [key, values] : maybe_.all()) check(key, when);
    for (const std::string& batch : batches_) {
      try {
        const std::size_t found =
            main()
                .get_many(std::vector<std::string>{batch + ".a", batch + ".b", batch + ".c"})
                .size();
        if (found != 0 && found != 3) violation("a part of a batch is there " + when);
      } catch (const std::exception& error) {
        violation("get_many throws " + when + ": " + error.what());
      }
    }
  }
  void read_some() {
    if (stage_ == Stage::reopening) return;
    for (const char* key : {"counter0", "text0", "text1", "cleared/text"}) {
      check(key, "right after a failure");
    }
  }

  void check_health() {
    const Health health = main().stats().health;
    if (health.condition == Condition::healthy) violation("stats() say that the store is healthy");
    if (health.cause.empty()) violation("stats() do not say what is the matter");
  }

  void recover() {
    const auto took = heal(caches_, main_alias, longest_heal);
    if (!took) return violation("no write succeeds in time after the disk is well again");
    result_.healed_after = *took;
  }

  const Stage stage_;
  const Fault fault_;
  ScratchDirectory directory_;
  FaultyDisk disk_;
  const store::HookedDirectory hooked_;
  std::atomic<bool> told_{false};
  bool set_refused_ = false;  // the last one
  Caches caches_;
  Maybe maybe_;
  std::vector<std::string> batches_;
  FaultResult result_;
};

}  // namespace

std::optional<milliseconds> heal(Caches& caches, const std::string& alias, milliseconds most) {
  using Steady = std::chrono::steady_clock;
  const auto start = Steady::now();
  for (;;) {
    const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - start);
    try {
      caches[alias].set("healed", 1);
      return took;
    } catch (const Error&) {
      if (took > most) return std::nullopt;
    }
    std::this_thread::sleep_for(milliseconds(2));  // it is measured how long the store really takes
  }
}

FaultResult run_with_fault(Durability level, Stage stage, const Fault& fault,
                           const std::filesystem::path& scratch) {
  if (stage == Stage::threads) return run_threads_with_fault(level, fault, scratch);
  return FaultRun(level, stage, fault, scratch).run();
}

}  // namespace cairn::test::durability
