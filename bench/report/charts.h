// The drawings.
#pragma once

#include <string>
#include <vector>

#include "durability/results.h"

namespace bench {

struct Chart {
  std::string name;  ///< of the file, without ".svg"
  std::string caption;
  std::string svg;
};

/// What of a cell a drawing is of.
struct Subjects {
  Operation operation;
  std::size_t value_bytes;
};
/// "set, 100 B"; "incr of one key".
std::string words(const Subjects& subjects);
inline constexpr Subjects all_subjects[] = {
    {Operation::set, 100},
    {Operation::set, 4096},
    {Operation::set_many, 100},
    {Operation::set_many, 4096},
    {Operation::incr_one_key, counter_bytes},
    {Operation::incr_many_keys, counter_bytes},
};

/// Null if that cell was not measured.
const CellResult* find(const Results& results, const Cell& cell);

/// Calls a second by level and threads.
Chart draw_throughput(const Results& results, const Subjects& subjects);
/// Percentiles of one call's latency by level, with one thread and with many.
Chart draw_latency(const Results& results, const Subjects& subjects);
/// What one call costs at each level.
Chart draw_cost(const Results& results);
/// How long opening takes after a kill, by the number of keys.
Chart draw_reopening(const Results& results);

/// All for which there are figures.
std::vector<Chart> draw_all(const Results& results);

}  // namespace bench
