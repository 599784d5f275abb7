// Neither reading a counter nor adding to it may cost more after a million increments than after
// ten.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operations/contest.h"
#include "operations/stores.h"

namespace bench {
namespace {

using benchmark::DoNotOptimize;
using benchmark::State;

constexpr int many = 1'000'000;
constexpr int few = 10;
constexpr int calls = 100;

using Call = void (*)(cairn::Cache& cache, const std::string& key);

void incr(cairn::Cache& cache, const std::string& key) { DoNotOptimize(cache.incr(key)); }
void get(cairn::Cache& cache, const std::string& key) {
  DoNotOptimize(cache.get<std::int64_t>(key));
}
void add_blindly(cairn::Cache& cache, const std::string& key) {
  const std::pair<std::string_view, int> delta[] = {{key, 1}};
  cache.incr_many(delta);
}

// Counts to `many` once, and measures the calls that follow.
Body after_many(Call count, Call call, const std::string& key) {
  return [=](State& state) {
    cairn::Cache& cache = stores(Stage::growing).cache;
    if (!cache.contains(key)) {
      cache.set(key, 0, {.timeout = cairn::never});
      for (int i = 0; i < many; ++i) count(cache, key);
    }
    for ([[maybe_unused]] auto _ : state) {
      for (int i = 0; i < calls; ++i) call(cache, key);
    }
  };
}

// A new counter for every `calls` calls.
Body after_few(Call count, Call call, const std::string& key) {
  return [=](State& state) {
    cairn::Cache& cache = stores(Stage::growing).cache;
    for ([[maybe_unused]] auto _ : state) {
      state.PauseTiming();
      cache.set(key, 0, {.timeout = cairn::never});
      for (int i = 0; i < few; ++i) count(cache, key);
      state.ResumeTiming();
      for (int i = 0; i < calls; ++i) call(cache, key);
    }
  };
}

void growth(const std::string& name, Call count, Call call) {
  contest_of_growth(name, after_many(count, call, name + "_many"),
                    after_few(count, call, name + "_few"));
}

}  // namespace

void register_growth() {
  growth("100_incr_after_incr", incr, incr);
  growth("100_get_after_incr", incr, get);
  growth("100_incr_many_after_same", add_blindly, add_blindly);
  growth("100_get_after_incr_many", add_blindly, get);
}

}  // namespace bench
