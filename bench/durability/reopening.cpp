// How long opening takes after kill -9, by the size of the store.
#include <benchmark/benchmark.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <cairn/cache.h>

#include "durability/child.h"
#include "durability/plan.h"
#include "durability/subject.h"
#include "keys.h"
#include "raw_store.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* sides[] = {"cairn", "raw"};
constexpr const char* states[] = {"written", "compacted"};
constexpr std::size_t sampled = 1000;

cairn::Cache open_cache(const fs::path& directory) {
  return cairn::Cache::open(directory, {.timeout = cairn::never}, {.memory_budget = memory_budget});
}

template <class Write>
void write_all(std::uint64_t keys, const Write& write) {
  std::vector<std::pair<std::string, std::string>> values;
  for (std::uint64_t i = 0; i < keys; ++i) {
    values.emplace_back(numbered("user", i), value(i));
    if (values.size() == batch_size || i + 1 == keys) {
      write(values);
      values.clear();
    }
  }
}

[[noreturn]] void say_ready_and_wait() {
  std::puts("ready");
  std::fflush(stdout);
  for (;;) ::pause();
}

// Opens, and says how long it took; then looks whether everything is there.
template <class Open, class Has>
int measure_opening(std::uint64_t keys, const Open& open, const Has& has) {
  const auto begin = std::chrono::steady_clock::now();
  auto store = open();
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
  const std::uint64_t step = std::max<std::uint64_t>(keys / sampled, 1);
  for (std::uint64_t i = 0; i < keys; i += step) {
    if (!has(store, numbered("user", i), value(i))) {
      throw std::runtime_error("a value is lost: " + numbered("user", i));
    }
  }
  std::printf("%f\n", taken.count());
  return 0;
}

struct Bytes {
  std::uint64_t tables = 0;
  std::uint64_t logs = 0;
};

Bytes bytes_below(const fs::path& directory) {
  Bytes bytes;
  for (const fs::directory_entry& each : fs::recursive_directory_iterator(directory)) {
    if (each.path().extension() == ".sst") bytes.tables += each.file_size();
    if (each.path().extension() == ".log") bytes.logs += each.file_size();
  }
  return bytes;
}

// Each opening finds the store as it was when its owner was killed, in the system's cache.
std::vector<double> open_copies(const Plan& plan, const fs::path& killed, const std::string& side,
                                std::uint64_t keys) {
  std::vector<double> taken;
  const fs::path copy = plan.directory / "copy";
  for (int i = 0; i < plan.reopenings; ++i) {
    fs::copy(killed, copy, fs::copy_options::recursive);
    fs::permissions(copy, fs::perms::owner_all);
    Child child({"reopen", side, copy.native(), std::to_string(keys)});
    taken.push_back(std::stod(child.finish()));
    fs::remove_all(copy);
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

Reopening measure(const Plan& plan, const std::string& side, const std::string& state,
                  std::uint64_t keys) {
  const fs::path killed = plan.directory / "killed";
  fs::remove_all(killed);
  Child child({"fill", side, killed.native(), std::to_string(keys), state});
  if (child.read(1) != "r") throw std::runtime_error("the child that fills the store has failed");
  child.kill();
  const Bytes bytes = bytes_below(killed);
  const std::vector<double> taken = open_copies(plan, killed, side, keys);
  fs::remove_all(killed);
  return {.store = side,
          .state = state,
          .keys = keys,
          .table_bytes = bytes.tables,
          .log_bytes = bytes.logs,
          .median_ms = taken[taken.size() / 2],
          .longest_ms = taken.back()};
}

void run(benchmark::State& state, const Plan& plan, Results& results, const std::string& side,
         const std::string& how, std::uint64_t keys) try {
  close_stores();
  for ([[maybe_unused]] auto _ : state) {
    const Reopening reopening = measure(plan, side, how, keys);
    results.reopenings.push_back(reopening);
    state.SetIterationTime(reopening.median_ms / 1000);
    state.counters["tables"] = static_cast<double>(reopening.table_bytes);
    state.counters["logs"] = static_cast<double>(reopening.log_bytes);
  }
} catch (const std::exception& error) {
  state.SkipWithError(error.what());
}

}  // namespace

// fill SIDE DIRECTORY KEYS STATE
int fill_and_wait(const std::vector<std::string>& arguments) {
  const std::uint64_t keys = std::stoull(arguments.at(3));
  const bool compacted = arguments.at(4) == "compacted";
  if (arguments.at(1) == "cairn") {
    cairn::Cache cache = open_cache(arguments.at(2));
    write_all(keys, [&](const auto& values) { cache.set_many(values); });
    if (compacted) cache.compact();
    say_ready_and_wait();
  }
  RawStore store(arguments.at(2));
  write_all(keys, [&](const auto& values) {
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : values) batch.Put(key, value);
    RawStore::check(store.db().Write(rocksdb::WriteOptions(), &batch));
  });
  if (compacted) store.compact();
  say_ready_and_wait();
}

// reopen SIDE DIRECTORY KEYS
int reopen(const std::vector<std::string>& arguments) {
  const fs::path directory = arguments.at(2);
  const std::uint64_t keys = std::stoull(arguments.at(3));
  if (arguments.at(1) == "cairn") {
    return measure_opening(
        keys, [&] { return open_cache(directory); },
        [](cairn::Cache& cache, const std::string& key, const std::string& wanted) {
          return cache.get(key) == wanted;
        });
  }
  return measure_opening(
      keys, [&] { return std::make_unique<RawStore>(directory); },
      [](const std::unique_ptr<RawStore>& store, const std::string& key,
         const std::string& wanted) { return store->get(key) == wanted; });
}

void register_reopening(const Plan& plan, Results& results) {
  for (const char* const how : states) {
    for (const std::uint64_t keys : plan.reopened_keys) {
      for (const char* const side : sides) {
        const std::string name =
            std::string("reopening/") + how + "/keys:" + std::to_string(keys) + "/" + side;
        benchmark::RegisterBenchmark(name.c_str(),
                                     [&plan, &results, side, how, keys](benchmark::State& state) {
                                       run(state, plan, results, side, how, keys);
                                     })
            ->Iterations(1)
            ->UseManualTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
}

}  // namespace bench
