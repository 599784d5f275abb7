#include "durability/targets.h"

#include <fmt/format.h>

#include <iterator>

namespace bench {
namespace {

using cairn::Durability;

constexpr double times_raw = 1.15;
constexpr double of_raw_synced = 0.9;
constexpr double of_raw_hot_key = 5;
constexpr double reopening_ms = 1000;
constexpr std::uint64_t reopened_keys = 1'000'000;
constexpr int many_threads = 16;

std::string where(const Cell& cell) {
  return counts(cell.operation)
             ? thread_words(cell.threads)
             : fmt::format("{}, {}", size_words(cell.value_bytes), thread_words(cell.threads));
}

void judge_power_loss(const CellResult& result, std::vector<Target>& targets) {
  if (result.cell.threads != many_threads) return;
  const bool hot = result.cell.operation == Operation::incr_one_key;
  targets.push_back(
      {.claim = hot ? "power_loss: incr of one key, of raw under a lock"
                    : fmt::format("power_loss: {}, of raw with sync", name(result.cell.operation)),
       .where = where(result.cell),
       .figure = result.of_raw.median,
       .bound = Bound::at_least,
       .wanted = hot ? of_raw_hot_key : of_raw_synced,
       .unit = "x"});
}

void judge_cell(const CellResult& result, std::vector<Target>& targets) {
  const bool set = result.cell.operation == Operation::set;
  if (set && result.cell.level == Durability::process_crash) {
    targets.push_back({.claim = "process_crash: time of set, of raw without sync",
                       .where = where(result.cell),
                       .figure = 1 / result.of_raw.median,
                       .wanted = times_raw,
                       .unit = "x"});
  }
  if (set && result.of_unsynced) {
    targets.push_back({.claim = "interval: time of set, of raw without sync",
                       .where = where(result.cell),
                       .figure = 1 / result.of_unsynced->median,
                       .wanted = times_raw,
                       .unit = "x"});
  }
  if (result.cell.level == Durability::power_loss) judge_power_loss(result, targets);
}

}  // namespace

std::vector<Target> judge(const Results& results) {
  std::vector<Target> targets;
  for (const CellResult& each : results.cells) judge_cell(each, targets);
  for (const Reopening& each : results.reopenings) {
    if (each.store != "cairn" || each.keys != reopened_keys) continue;
    targets.push_back({.claim = "opening after kill -9, a million keys",
                       .where = each.state,
                       .figure = each.median_ms,
                       .wanted = reopening_ms,
                       .unit = " ms"});
  }
  for (const Loss& each : results.losses) {
    if (each.level == Durability::clean_close) continue;
    targets.push_back({.claim = fmt::format("{}: lost to kill -9", name(each.level)),
                       .where = fmt::format("{} acknowledged", each.acknowledged),
                       .figure = static_cast<double>(each.lost),
                       .wanted = 0});
  }
  return targets;
}

std::string table(const std::vector<Target>& targets) {
  std::string text;
  for (const Target& each : targets) {
    fmt::format_to(
        std::back_inserter(text), "{:<52} {:<24} {:>10} {} {:>9}   {}\n", each.claim, each.where,
        fmt::format("{:.4g}{}", each.figure, each.unit),
        each.bound == Bound::at_most ? "<=" : ">=", fmt::format("{:.4g}{}", each.wanted, each.unit),
        each.met() ? "pass" : "FALLS SHORT");
  }
  return text;
}

std::string thread_words(int threads) {
  return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
}

std::string size_words(std::size_t bytes) {
  return bytes % 1024 == 0 ? fmt::format("{} KiB", bytes / 1024) : fmt::format("{} B", bytes);
}

}  // namespace bench
