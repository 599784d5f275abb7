// The cells: each is Cairn, raw RocksDB and, where there is one, a third side in short rounds that
// take turns, so that what else the machine does meets all sides alike.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "durability/plan.h"
#include "durability/round.h"
#include "durability/subject.h"
#include "keys.h"

namespace bench {
namespace {

// The stores of one level, made when its first cell is measured.
struct Stores {
  cairn::Durability level;
  std::filesystem::path directory;
  std::unique_ptr<Subject> cairn;
  std::unique_ptr<Subject> raw;
  std::unique_ptr<Subject> unsynced;  // at interval
};

std::optional<Stores>& open_stores() {
  static std::optional<Stores> stores;
  return stores;
}

std::vector<std::string> counters(std::size_t count) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back(numbered("hits", i));
  return keys;
}

Stores& stores_of(const Plan& plan, cairn::Durability level) {
  std::optional<Stores>& stores = open_stores();
  if (stores && stores->level == level) return *stores;
  close_stores();
  const std::filesystem::path directory = plan.directory / name(level);
  std::filesystem::create_directory(directory);
  stores = Stores{level, directory, open_cairn(directory / "cairn", level),
                  open_raw(directory / "raw", level), nullptr};
  stores->cairn->make_counters(counters(counter_count));
  stores->raw->make_counters(counters(counter_count));
  if (level == cairn::Durability::interval) {
    stores->unsynced = open_raw(directory / "unsynced", level, Syncs::none);
  }
  return *stores;
}

// About as many bytes of keys and values of either size; so much that it does not fit into a write
// buffer.
std::size_t key_count(std::size_t value_bytes) { return value_bytes > 1000 ? 10'000 : 100'000; }

Worker setting(Subject& subject, std::size_t bytes) {
  return [&subject, bytes]() -> Call {
    return [&subject, keys = Picker("user", key_count(bytes)), stored = value(1, bytes)]() mutable {
      subject.set(keys.next(), stored);
    };
  };
}

Worker setting_many(Subject& subject, std::size_t bytes) {
  return [&subject, bytes]() -> Call {
    return [&subject, keys = Picker("user", key_count(bytes)), stored = value(1, bytes),
            batch = Batch(batch_size)]() mutable {
      for (auto& each : batch) each = {keys.next(), stored};
      subject.set_many(batch);
    };
  };
}

Worker counting(Subject& subject, std::size_t count) {
  return [&subject, count]() -> Call {
    return [&subject, keys = Picker("hits", count)]() mutable { subject.incr(keys.next()); };
  };
}

Worker work_of(const Cell& cell, Subject& subject) {
  switch (cell.operation) {
    case Operation::set:
      return setting(subject, cell.value_bytes);
    case Operation::set_many:
      return setting_many(subject, cell.value_bytes);
    case Operation::incr_one_key:
      return counting(subject, 1);
    case Operation::incr_many_keys:
      break;
  }
  return counting(subject, counter_count);
}

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  const std::size_t half = numbers.size() / 2;
  return numbers.size() % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

/// One of the things that take turns.
struct Turn {
  std::function<Round(std::chrono::nanoseconds)> run;
  std::vector<double> rates = {};
  Histogram latency = {};

  Side side() const {
    const auto [slowest, fastest] = std::minmax_element(rates.begin(), rates.end());
    return {median(rates),
            *slowest,
            *fastest,
            latency.count(),
            {microseconds(latency.quantile(0.5)), microseconds(latency.quantile(0.99)),
             microseconds(latency.quantile(0.999)), microseconds(latency.max())}};
  }
};

Ratio ratio(const Turn& left, const Turn& right) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < left.rates.size(); ++i) {
    ratios.push_back(left.rates[i] / right.rates[i]);
  }
  const auto [lowest, highest] = std::minmax_element(ratios.begin(), ratios.end());
  return {median(ratios), *lowest, *highest};
}

Turn turn_of(const Cell& cell, Subject& subject) {
  return {[&cell, &subject](std::chrono::nanoseconds time) {
    Round round = run_round(cell.threads, time, work_of(cell, subject));
    subject.settle();
    return round;
  }};
}

Turn limit_of(const Cell& cell, AppendLog& log) {
  return {[&cell, &log](std::chrono::nanoseconds time) {
    Round round = run_round(1, time, [&log]() -> Call { return [&log] { log.append_group(); }; });
    round.calls_per_second *= cell.threads;
    return round;
  }};
}

// The order is turned round each time, for the sake of what gets faster or slower with time.
void take_turns(const Plan& plan, std::vector<Turn>& turns) {
  const std::chrono::duration<double> each(plan.seconds_per_cell / plan.rounds /
                                           static_cast<double>(turns.size()));
  const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(each);
  for (int i = 0; i < plan.rounds; ++i) {
    for (std::size_t at = 0; at < turns.size(); ++at) {
      Turn& turn = turns[i % 2 == 0 ? at : turns.size() - 1 - at];
      const Round round = turn.run(time);
      turn.rates.push_back(round.calls_per_second);
      turn.latency.add(round.latency);
    }
  }
}

CellResult measure(const Plan& plan, const Cell& cell) {
  Stores& stores = stores_of(plan, cell.level);
  std::optional<AppendLog> log;
  std::vector<Turn> turns = {turn_of(cell, *stores.cairn), turn_of(cell, *stores.raw)};
  const bool limited = cell.level == cairn::Durability::power_loss;
  const bool unsynced = stores.unsynced && cell.operation == Operation::set;
  if (limited) {
    log.emplace(stores.directory, cell.value_bytes * values_per_call(cell.operation), cell.threads);
    turns.push_back(limit_of(cell, *log));
  } else if (unsynced) {
    turns.push_back(turn_of(cell, *stores.unsynced));
  }
  take_turns(plan, turns);

  CellResult result{.cell = cell,
                    .cairn = turns[0].side(),
                    .raw = turns[1].side(),
                    .of_raw = ratio(turns[0], turns[1])};
  if (limited) result.limit = turns[2].side();
  if (unsynced) {
    result.unsynced = turns[2].side();
    result.of_unsynced = ratio(turns[0], turns[2]);
  }
  return result;
}

void run(benchmark::State& state, const Plan& plan, Results& results, const Cell& cell) try {
  for ([[maybe_unused]] auto _ : state) {
    const CellResult result = measure(plan, cell);
    results.cells.push_back(result);
    state.SetIterationTime(1 / result.cairn.calls_per_second);
    state.counters["cairn/s"] = result.cairn.calls_per_second;
    state.counters["raw/s"] = result.raw.calls_per_second;
    state.counters["of_raw"] = result.of_raw.median;
    if (result.limit) state.counters["limit/s"] = result.limit->calls_per_second;
  }
} catch (const std::exception& error) {
  state.SkipWithError(error.what());
}

}  // namespace

void register_matrix(const Plan& plan, Results& results) {
  for (const Cell& cell : matrix()) {
    benchmark::RegisterBenchmark(
        name(cell).c_str(),
        [&plan, &results, cell](benchmark::State& state) { run(state, plan, results, cell); })
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

void close_stores() {
  std::optional<Stores>& stores = open_stores();
  if (!stores) return;
  const std::filesystem::path directory = stores->directory;
  stores.reset();
  std::filesystem::remove_all(directory);
}

}  // namespace bench
