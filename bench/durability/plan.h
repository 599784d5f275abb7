// What is measured in one run, and for how long.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "durability/results.h"

namespace bench {

struct Plan {
  std::filesystem::path directory = {};  ///< for the stores
  double seconds_per_cell = 8;           ///< of all sides together
  int rounds = 9;                        ///< of each side
  std::vector<std::uint64_t> reopened_keys = {10'000, 100'000, 1'000'000};
  int reopenings = 5;  ///< of each store
  int kills = 5;       ///< of each level
};

/// A minute at most, on a machine that does other things besides: shows that it runs.
Plan smoke_plan();

/// Each registers benchmarks that put what they find into `results`; both arguments must live until
/// they have run.
void register_matrix(const Plan& plan, Results& results);
void register_reopening(const Plan& plan, Results& results);
void register_losses(const Plan& plan, Results& results);

/// Closes the stores of the matrix.
void close_stores();

}  // namespace bench
