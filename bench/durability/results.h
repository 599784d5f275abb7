// What one run has measured, and its form as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "durability/cell.h"

namespace bench {

struct Latency {
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  double max_us = 0;
};

/// One side of a cell: the median of its rounds, and the latency of all calls of all rounds.
struct Side {
  double calls_per_second = 0;
  double slowest_round = 0;  ///< calls a second
  double fastest_round = 0;
  std::uint64_t calls = 0;
  Latency latency;
};

/// Medians of what two sides did in rounds next to each other, and the extremes.
struct Ratio {
  double median = 0;
  double lowest = 0;
  double highest = 0;
};

struct CellResult {
  Cell cell;
  Side cairn;
  Side raw;
  Ratio of_raw;  ///< Cairn's calls a second divided by raw RocksDB's
  /// At power_loss: as many appends of one thread for each fdatasync as the cell has threads, each
  /// as long as one call's values.  calls_per_second counts appends, latency is that of a group.
  std::optional<Side> limit = {};
  /// At interval, for set: raw RocksDB that never syncs.
  std::optional<Side> unsynced = {};
  std::optional<Ratio> of_unsynced = {};
};

/// Opening a store whose owner was killed.
struct Reopening {
  std::string store = {};  ///< "cairn" or "raw"
  std::string state = {};  ///< "written": as it came about; "compacted": all in tables first
  std::uint64_t keys = 0;
  std::uint64_t table_bytes = 0;
  std::uint64_t log_bytes = 0;
  double median_ms = 0;
  double longest_ms = 0;
};

/// What kill -9 cost, over all kills of one level.
struct Loss {
  cairn::Durability level{};
  std::uint64_t kills = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;
  std::uint64_t lost_bytes = 0;    ///< keys and values
  std::uint64_t most_in_one = 0;   ///< records lost in the worst kill
  std::uint64_t not_a_prefix = 0;  ///< threads whose later write was there without an earlier one
};

/// The machine and the run.  Nothing here names a host or a directory.
struct Context {
  std::string date = {};  ///< UTC, "2026-01-31 12:00"
  std::string commit = {};
  std::string command = {};
  std::string processor = {};
  unsigned cores = 0;
  double memory_gib = 0;
  std::string kernel = {};
  std::string file_system = {};
  std::string compiler = {};
  std::string rocksdb = {};
  bool release = false;
  double seconds_per_cell = 0;
  int rounds = 0;
};

struct Results {
  Context context;
  std::vector<CellResult> cells;
  std::vector<Reopening> reopenings;
  std::vector<Loss> losses;
};

nlohmann::json to_json(const Results& results);
/// Throws std::runtime_error, saying where, unless everything is there and makes sense: rates and
/// latencies positive, percentiles in order, each cell once.
Results results_from(const nlohmann::json& json);

}  // namespace bench
