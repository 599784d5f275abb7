// One cell of the matrix: a promise, an operation, a size and a number of threads.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/options.h>

namespace bench {

enum class Operation { set, set_many, incr_one_key, incr_many_keys };

struct Cell {
  cairn::Durability level;
  Operation operation;
  std::size_t value_bytes;  ///< 8 for counters
  int threads;

  friend bool operator==(const Cell&, const Cell&) = default;
};

inline constexpr std::array levels = {
    cairn::Durability::clean_close,
    cairn::Durability::process_crash,
    cairn::Durability::interval,
    cairn::Durability::power_loss,
};
inline constexpr std::array thread_counts = {1, 2, 4, 16};
inline constexpr std::array<std::size_t, 2> value_sizes = {100, 4096};
constexpr std::size_t counter_bytes = 8;
constexpr std::size_t batch_size = 100;
constexpr std::size_t counter_count = 10'000;

/// All cells, level by level.
std::vector<Cell> matrix();

/// "power_loss", as in the header; level_of throws for any other word.
std::string_view name(cairn::Durability level);
cairn::Durability level_of(std::string_view name);
/// "set_many_100".
std::string_view name(Operation operation);
Operation operation_of(std::string_view name);
/// "power_loss/set/100B/threads:4".
std::string name(const Cell& cell);

constexpr bool counts(Operation operation) { return operation >= Operation::incr_one_key; }
/// How many values one call stores.
constexpr std::size_t values_per_call(Operation operation) {
  return operation == Operation::set_many ? batch_size : 1;
}

}  // namespace bench
