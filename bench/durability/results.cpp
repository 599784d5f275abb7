#include "durability/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace bench {
namespace {

using nlohmann::json;

constexpr int format = 1;

// Four digits are more than any of this can be repeated to.
double rounded(double number) {
  if (number == 0 || !std::isfinite(number)) return number;
  const double unit = std::pow(10, std::floor(std::log10(std::abs(number))) - 3);
  return unit >= 1 ? std::round(number / unit) * unit
                   : std::round(number / unit) / std::round(1 / unit);
}

json to_json(const Side& side) {
  return {{"calls_per_second", rounded(side.calls_per_second)},
          {"slowest_round", rounded(side.slowest_round)},
          {"fastest_round", rounded(side.fastest_round)},
          {"calls", side.calls},
          {"p50_us", rounded(side.latency.p50_us)},
          {"p99_us", rounded(side.latency.p99_us)},
          {"p99.9_us", rounded(side.latency.p999_us)},
          {"max_us", rounded(side.latency.max_us)}};
}

json to_json(const Ratio& ratio) {
  return {{"median", rounded(ratio.median)},
          {"lowest", rounded(ratio.lowest)},
          {"highest", rounded(ratio.highest)}};
}

json to_json(const CellResult& result) {
  json made = {{"level", name(result.cell.level)},
               {"operation", name(result.cell.operation)},
               {"value_bytes", result.cell.value_bytes},
               {"values_per_call", values_per_call(result.cell.operation)},
               {"threads", result.cell.threads},
               {"cairn", to_json(result.cairn)},
               {"raw", to_json(result.raw)},
               {"of_raw", to_json(result.of_raw)}};
  if (result.limit) made["limit"] = to_json(*result.limit);
  if (result.unsynced) made["raw_unsynced"] = to_json(*result.unsynced);
  if (result.of_unsynced) made["of_raw_unsynced"] = to_json(*result.of_unsynced);
  return made;
}

json to_json(const Context& context) {
  return {{"date", context.date},         {"commit", context.commit},
          {"command", context.command},   {"processor", context.processor},
          {"cores", context.cores},       {"memory_gib", rounded(context.memory_gib)},
          {"kernel", context.kernel},     {"file_system", context.file_system},
          {"compiler", context.compiler}, {"rocksdb", context.rocksdb},
          {"release", context.release},   {"seconds_per_cell", context.seconds_per_cell},
          {"rounds", context.rounds}};
}

json to_json(const Reopening& each) {
  return {{"store", each.store},
          {"state", each.state},
          {"keys", each.keys},
          {"table_bytes", each.table_bytes},
          {"log_bytes", each.log_bytes},
          {"median_ms", rounded(each.median_ms)},
          {"longest_ms", rounded(each.longest_ms)}};
}

json to_json(const Loss& loss) {
  return {{"level", name(loss.level)},         {"kills", loss.kills},
          {"acknowledged", loss.acknowledged}, {"lost", loss.lost},
          {"lost_bytes", loss.lost_bytes},     {"most_in_one_kill", loss.most_in_one},
          {"not_a_prefix", loss.not_a_prefix}};
}

void require(bool condition, std::string_view what) {
  if (!condition) throw std::runtime_error(fmt::format("results: {}", what));
}

double positive(const json& object, const char* key) {
  const double number = object.at(key).get<double>();
  require(std::isfinite(number) && number > 0, fmt::format("{} is not positive", key));
  return number;
}

Side side_from(const json& object) {
  const Side side{.calls_per_second = positive(object, "calls_per_second"),
                  .slowest_round = positive(object, "slowest_round"),
                  .fastest_round = positive(object, "fastest_round"),
                  .calls = object.at("calls").get<std::uint64_t>(),
                  .latency = {.p50_us = positive(object, "p50_us"),
                              .p99_us = positive(object, "p99_us"),
                              .p999_us = positive(object, "p99.9_us"),
                              .max_us = positive(object, "max_us")}};
  require(side.calls > 0, "a side without calls");
  require(
      side.slowest_round <= side.calls_per_second && side.calls_per_second <= side.fastest_round,
      "a median outside its extremes");
  const Latency& latency = side.latency;
  require(latency.p50_us <= latency.p99_us && latency.p99_us <= latency.p999_us &&
              latency.p999_us <= latency.max_us,
          "percentiles out of order");
  return side;
}

Ratio ratio_from(const json& object) {
  const Ratio ratio{positive(object, "median"), positive(object, "lowest"),
                    positive(object, "highest")};
  require(ratio.lowest <= ratio.median && ratio.median <= ratio.highest, "a ratio out of order");
  return ratio;
}

CellResult cell_from(const json& object) {
  CellResult result;
  result.cell.level = level_of(object.at("level").get<std::string>());
  result.cell.operation = operation_of(object.at("operation").get<std::string>());
  result.cell.value_bytes = object.at("value_bytes").get<std::size_t>();
  result.cell.threads = object.at("threads").get<int>();
  result.cairn = side_from(object.at("cairn"));
  result.raw = side_from(object.at("raw"));
  result.of_raw = ratio_from(object.at("of_raw"));
  if (object.contains("limit")) result.limit = side_from(object["limit"]);
  if (object.contains("raw_unsynced")) result.unsynced = side_from(object["raw_unsynced"]);
  if (object.contains("of_raw_unsynced")) {
    result.of_unsynced = ratio_from(object["of_raw_unsynced"]);
  }
  require(result.limit.has_value() == (result.cell.level == cairn::Durability::power_loss),
          "a limit belongs to power_loss");
  return result;
}

Context context_from(const json& object) {
  return {.date = object.at("date"),
          .commit = object.at("commit"),
          .command = object.at("command"),
          .processor = object.at("processor"),
          .cores = object.at("cores"),
          .memory_gib = positive(object, "memory_gib"),
          .kernel = object.at("kernel"),
          .file_system = object.at("file_system"),
          .compiler = object.at("compiler"),
          .rocksdb = object.at("rocksdb"),
          .release = object.at("release"),
          .seconds_per_cell = positive(object, "seconds_per_cell"),
          .rounds = object.at("rounds")};
}

Reopening reopening_from(const json& object) {
  return {.store = object.at("store"),
          .state = object.at("state"),
          .keys = object.at("keys"),
          .table_bytes = object.at("table_bytes"),
          .log_bytes = object.at("log_bytes"),
          .median_ms = positive(object, "median_ms"),
          .longest_ms = positive(object, "longest_ms")};
}

Loss loss_from(const json& object) {
  const Loss loss{.level = level_of(object.at("level").get<std::string>()),
                  .kills = object.at("kills"),
                  .acknowledged = object.at("acknowledged"),
                  .lost = object.at("lost"),
                  .lost_bytes = object.at("lost_bytes"),
                  .most_in_one = object.at("most_in_one_kill"),
                  .not_a_prefix = object.at("not_a_prefix")};
  require(loss.kills > 0 && loss.acknowledged >= loss.lost, "a loss that cannot be");
  return loss;
}

template <class Made, class From>
std::vector<Made> list_from(const json& list, From from) {
  std::vector<Made> made;
  for (const json& each : list) made.push_back(from(each));
  return made;
}

}  // namespace

json to_json(const Results& results) {
  json made = {{"format", format}, {"context", to_json(results.context)}};
  for (const char* const list : {"cells", "reopenings", "losses"}) made[list] = json::array();
  for (const CellResult& each : results.cells) made["cells"].push_back(to_json(each));
  for (const Reopening& each : results.reopenings) made["reopenings"].push_back(to_json(each));
  for (const Loss& each : results.losses) made["losses"].push_back(to_json(each));
  return made;
}

Results results_from(const json& json) try {
  require(json.at("format") == format, "another format");
  Results results{.context = context_from(json.at("context")),
                  .cells = list_from<CellResult>(json.at("cells"), cell_from),
                  .reopenings = list_from<Reopening>(json.at("reopenings"), reopening_from),
                  .losses = list_from<Loss>(json.at("losses"), loss_from)};
  for (std::size_t i = 0; i < results.cells.size(); ++i) {
    const auto same = [&](const CellResult& other) { return other.cell == results.cells[i].cell; };
    require(std::count_if(results.cells.begin(), results.cells.end(), same) == 1, "a cell twice");
  }
  return results;
} catch (const nlohmann::json::exception& error) {
  throw std::runtime_error(fmt::format("results: {}", error.what()));
}

}  // namespace bench
