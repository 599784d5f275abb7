// Writing strings of 100 bytes, and counting.
#include <rocksdb/write_batch.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operations/contest.h"
#include "operations/stores.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using benchmark::DoNotOptimize;
using benchmark::State;

cairn::Cache& cache() { return stores(Stage::writing).cache; }
RawStore& raw() { return stores(Stage::writing).raw; }

// What a program does that keeps a counter in RocksDB, in a record as long as ours, without the
// lock that would make it right.
std::uint64_t raw_incr(RawStore& store, const std::string& key) {
  std::string record = store.get(key);
  std::uint64_t count = 0;
  std::memcpy(&count, record.data() + 16, sizeof count);
  ++count;
  std::memcpy(record.data() + 16, &count, sizeof count);
  store.put(key, record);
  return count;
}

// Keys that nobody has used yet.
std::string fresh_key(std::atomic<std::size_t>& used) {
  return numbered("fresh", used.fetch_add(1, std::memory_order_relaxed));
}

void set(State& state) {
  cairn::Cache& store = cache();
  Picker keys;
  const std::string stored = value(1);
  for ([[maybe_unused]] auto _ : state) store.set(keys.next(), stored);
}

void raw_put(State& state) {
  RawStore& store = raw();
  Picker keys;
  const std::string stored = value(1);
  for ([[maybe_unused]] auto _ : state) store.put(keys.next(), stored);
}

void add_new(State& state) {
  static std::atomic<std::size_t> used{0};
  cairn::Cache& store = cache();
  const std::string stored = value(1);
  for ([[maybe_unused]] auto _ : state) {
    if (!store.add(fresh_key(used), stored)) state.SkipWithError("the key exists");
  }
}

void raw_get_and_put(State& state) {
  static std::atomic<std::size_t> used{0};
  RawStore& store = raw();
  const std::string stored = value(1);
  for ([[maybe_unused]] auto _ : state) {
    const std::string key = fresh_key(used);
    if (!store.get(key).empty()) state.SkipWithError("the key exists");
    store.put(key, stored);
  }
}

void add_existing(State& state) {
  cairn::Cache& store = stores(Stage::memtable).cache;
  Picker keys;
  const std::string stored = value(1);
  for ([[maybe_unused]] auto _ : state) {
    if (store.add(keys.next(), stored)) state.SkipWithError("the key is missing");
  }
}

void raw_get(State& state) {
  RawStore& store = stores(Stage::memtable).raw;
  Picker keys;
  for ([[maybe_unused]] auto _ : state) DoNotOptimize(store.get(keys.next()));
}

void touch(State& state) {
  cairn::Cache& store = cache();
  Picker keys;
  for ([[maybe_unused]] auto _ : state) {
    if (!store.touch(keys.next(), {.timeout = 1h})) state.SkipWithError("the key is missing");
  }
}

void raw_rewrite(State& state) {
  RawStore& store = raw();
  Picker keys;
  for ([[maybe_unused]] auto _ : state) {
    const std::string& key = keys.next();
    store.put(key, store.get(key));
  }
}

Body incr(std::size_t counters) {
  return [counters](State& state) {
    cairn::Cache& store = cache();
    Picker keys("hits", counters);
    for ([[maybe_unused]] auto _ : state) DoNotOptimize(store.incr(keys.next()));
  };
}

Body raw_get_and_put_counter(std::size_t counters) {
  return [counters](State& state) {
    RawStore& store = raw();
    Picker keys("hits", counters);
    for ([[maybe_unused]] auto _ : state) DoNotOptimize(raw_incr(store, keys.next()));
  };
}

void set_many(State& state) {
  cairn::Cache& store = cache();
  Picker keys;
  const std::string stored = value(1);
  std::vector<std::pair<std::string_view, std::string_view>> values(batch_size);
  for ([[maybe_unused]] auto _ : state) {
    for (auto& each : values) each = {keys.next(), stored};
    store.set_many(values);
  }
}

void raw_batch(State& state) {
  rocksdb::DB& db = raw().db();
  Picker keys;
  const std::string stored = value(1);
  for ([[maybe_unused]] auto _ : state) {
    rocksdb::WriteBatch batch;
    for (std::size_t i = 0; i < batch_size; ++i) batch.Put(keys.next(), stored);
    RawStore::check(db.Write(rocksdb::WriteOptions(), &batch));
  }
}

}  // namespace

void register_writes() {
  contest("set", {.ratio = 1.25}, set, raw_put);
  contest("add_new", {}, add_new, raw_get_and_put);
  contest("add_existing", {}, add_existing, raw_get);
  contest("touch", {}, touch, raw_rewrite);
  contest("incr_one_counter", {.ratio = 1.5}, incr(1), raw_get_and_put_counter(1));
  contest("incr_10000_counters", {.ratio = 1.5}, incr(counter_count),
          raw_get_and_put_counter(counter_count));
  contest("set_many_100", {}, set_many, raw_batch);
  contest_of_threads("incr_10000_counters", incr(counter_count),
                     raw_get_and_put_counter(counter_count));
}

}  // namespace bench
