// Reading strings of 100 bytes.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "operations/contest.h"
#include "operations/stores.h"

namespace bench {
namespace {

using benchmark::DoNotOptimize;
using benchmark::State;

// Both sides end with a string of the caller's own; `name` is of keys that exist, or do not.
void get_pair(const std::string& title, Target target, Stage stage, std::string_view name) {
  contest(
      title, target,
      [=](State& state) {
        const cairn::Cache& cache = stores(stage).cache;
        Picker keys(name);
        for ([[maybe_unused]] auto _ : state) DoNotOptimize(cache.get(keys.next()));
      },
      [=](State& state) {
        RawStore& raw = stores(stage).raw;
        Picker keys(name);
        for ([[maybe_unused]] auto _ : state) DoNotOptimize(raw.get(keys.next()));
      });
}

void get_many(State& state) {
  const cairn::Cache& cache = stores(Stage::tables).cache;
  Picker keys;
  std::vector<std::string> wanted(batch_size);
  for ([[maybe_unused]] auto _ : state) {
    for (std::string& key : wanted) key = keys.next();
    DoNotOptimize(cache.get_many(wanted));
  }
}

void raw_multi_get(State& state) {
  rocksdb::DB& db = stores(Stage::tables).raw.db();
  Picker keys;
  std::vector<rocksdb::Slice> wanted(batch_size);
  for ([[maybe_unused]] auto _ : state) {
    for (rocksdb::Slice& key : wanted) key = keys.next();
    std::vector<rocksdb::PinnableSlice> found(batch_size);
    std::vector<rocksdb::Status> statuses(batch_size);
    db.MultiGet(rocksdb::ReadOptions(), db.DefaultColumnFamily(), batch_size, wanted.data(),
                found.data(), statuses.data());
    std::vector<std::string> values;
    values.reserve(batch_size);
    for (std::size_t i = 0; i < batch_size; ++i) {
      RawStore::check(statuses[i]);
      values.push_back(found[i].ToString());
    }
    DoNotOptimize(values);
  }
}

}  // namespace

void register_reads() {
  get_pair("get_memtable", {.ratio = 1.25}, Stage::memtable, "user");
  get_pair("get_block_cache", {.ratio = 1.25}, Stage::tables, "user");
  get_pair("get_missing_memtable", {}, Stage::memtable, "nobody");
  get_pair("get_missing_tables", {}, Stage::tables, "nobody");
  get_pair("get_expired", {}, Stage::expired, "user");
  contest("get_many_100", {}, get_many, raw_multi_get);
  contest_of_threads(
      "get_block_cache",
      [](State& state) {
        const cairn::Cache& cache = stores(Stage::tables).cache;
        Picker keys;
        for ([[maybe_unused]] auto _ : state) DoNotOptimize(cache.get(keys.next()));
      },
      [](State& state) {
        RawStore& raw = stores(Stage::tables).raw;
        Picker keys;
        for ([[maybe_unused]] auto _ : state) DoNotOptimize(raw.get(keys.next()));
      });
}

}  // namespace bench
