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

// Every `calls` calls are measured after `few` increments more, so that what was counted last is in
// the memtable on both sides.  Each side has a store of its own with keys of the same names: a key
// that has many records of others before it in a memtable takes longer to find.
void measure(State& state, Call count, Call call, const std::string& key, Stage stage) {
  cairn::Cache& cache = stores(stage).cache;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    if (stage == Stage::fresh) cache.set(key, 0, {.timeout = cairn::never});
    for (int i = 0; i < few; ++i) count(cache, key);
    state.ResumeTiming();
    for (int i = 0; i < calls; ++i) call(cache, key);
  }
}

Body after_many(Call count, Call call, const std::string& key) {
  return [=](State& state) {
    cairn::Cache& cache = stores(Stage::grown).cache;
    if (!cache.contains(key)) {
      cache.set(key, 0, {.timeout = cairn::never});
      for (int i = 0; i < many; ++i) count(cache, key);
    }
    measure(state, count, call, key, Stage::grown);
  };
}

Body after_few(Call count, Call call, const std::string& key) {
  return [=](State& state) { measure(state, count, call, key, Stage::fresh); };
}

void growth(const std::string& name, Call count, Call call) {
  const std::string counter = count == incr ? "counted" : "counted_blindly";
  contest_of_growth(name, after_many(count, call, counter), after_few(count, call, counter));
}

}  // namespace

void register_growth() {
  growth("100_incr_after_incr", incr, incr);
  growth("100_get_after_incr", incr, get);
  growth("100_incr_many_after_same", add_blindly, add_blindly);
  growth("100_get_after_incr_many", add_blindly, get);
}

}  // namespace bench
