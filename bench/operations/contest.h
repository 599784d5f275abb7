// One row of the table: the same work twice, in the same process and run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace bench {

/// What a row may cost; 0: no target.
struct Target {
  double ratio = 0;
  double us = 0;  ///< of the left side
};

/// A table, and what its two sides are.
enum class Table {
  against_raw,  ///< Cairn, raw RocksDB: CPU time of the calling thread
  two_threads,  ///< the same with two threads: wall time divided by the operations of both
  scaling,      ///< Cairn with two threads, with one: wall time divided by operations
  growth,       ///< a counter after a million increments, after ten
};

struct Contest {
  std::string name;
  Table table;
  Target target;
};

using Body = std::function<void(benchmark::State&)>;

/// Registers NAME/left and NAME/right.
void contest(const std::string& name, Target target, const Body& cairn, const Body& raw);
void contest_of_threads(const std::string& name, const Body& cairn, const Body& raw);
void contest_of_growth(const std::string& name, const Body& after_a_million, const Body& after_ten);

/// All of them, in order of registration.
const std::vector<Contest>& contests();

// Each registers the contests of one file.
void register_reads();
void register_writes();
void register_typed();
void register_growth();

}  // namespace bench
