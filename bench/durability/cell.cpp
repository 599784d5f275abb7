#include "durability/cell.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace bench {
namespace {

constexpr std::pair<cairn::Durability, std::string_view> level_names[] = {
    {cairn::Durability::clean_close, "clean_close"},
    {cairn::Durability::process_crash, "process_crash"},
    {cairn::Durability::interval, "interval"},
    {cairn::Durability::power_loss, "power_loss"},
};
constexpr std::pair<Operation, std::string_view> operation_names[] = {
    {Operation::set, "set"},
    {Operation::set_many, "set_many_100"},
    {Operation::incr_one_key, "incr_one_key"},
    {Operation::incr_many_keys, "incr_10000_keys"},
};

template <class Names, class Value>
std::string_view name_in(const Names& names, Value value) {
  for (const auto& [each, name] : names) {
    if (each == value) return name;
  }
  throw std::invalid_argument("no such level or operation");
}

template <class Names>
auto value_in(const Names& names, std::string_view wanted) {
  for (const auto& [each, name] : names) {
    if (name == wanted) return each;
  }
  throw std::invalid_argument(fmt::format("no level or operation is called \"{}\"", wanted));
}

}  // namespace

std::vector<Cell> matrix() {
  std::vector<Cell> cells;
  for (const cairn::Durability level : levels) {
    for (const auto& [operation, ignored] : operation_names) {
      for (const std::size_t size : value_sizes) {
        if (counts(operation) && size != value_sizes.front()) continue;
        for (const int threads : thread_counts) {
          cells.push_back({level, operation, counts(operation) ? counter_bytes : size, threads});
        }
      }
    }
  }
  return cells;
}

std::string_view name(cairn::Durability level) { return name_in(level_names, level); }
cairn::Durability level_of(std::string_view name) { return value_in(level_names, name); }
std::string_view name(Operation operation) { return name_in(operation_names, operation); }
Operation operation_of(std::string_view name) { return value_in(operation_names, name); }

std::string name(const Cell& cell) {
  return fmt::format("{}/{}/{}B/threads:{}", name(cell.level), name(cell.operation),
                     cell.value_bytes, cell.threads);
}

}  // namespace bench
