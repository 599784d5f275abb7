#include "report/charts.h"

#include <algorithm>

#include "durability/targets.h"

namespace bench {

std::string words(const Subjects& subjects) {
  switch (subjects.operation) {
    case Operation::set:
      return "set, " + size_words(subjects.value_bytes);
    case Operation::set_many:
      return "set_many of 100, " + size_words(subjects.value_bytes) + " each";
    case Operation::incr_one_key:
      return "incr of one key";
    case Operation::incr_many_keys:
      break;
  }
  return "incr of 10,000 keys";
}

const CellResult* find(const Results& results, const Cell& cell) {
  const auto found = std::find_if(results.cells.begin(), results.cells.end(),
                                  [&](const CellResult& each) { return each.cell == cell; });
  return found == results.cells.end() ? nullptr : &*found;
}

std::vector<Chart> draw_all(const Results& results) {
  std::vector<Chart> charts;
  if (!results.cells.empty()) {
    charts.push_back(draw_cost(results));
    for (const Subjects& each : all_subjects) charts.push_back(draw_throughput(results, each));
    for (const Subjects& each : all_subjects) charts.push_back(draw_latency(results, each));
  }
  if (!results.reopenings.empty()) charts.push_back(draw_reopening(results));
  return charts;
}

}  // namespace bench
