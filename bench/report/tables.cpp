#include "report/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "durability/targets.h"
#include "report/charts.h"
#include "report/numbers.h"
#include "report/svg.h"

namespace bench {
namespace {

constexpr double most_that_a_disk_may_vary = 2;

std::string count_words(std::uint64_t count) {
  if (count < 1000) return std::to_string(count);
  return fmt::format("{},{:03}", count_words(count / 1000), count % 1000);
}

std::string rate(const Side& side) { return rate_words(side.calls_per_second); }

std::string ratio(const Ratio& ratio) {
  return fmt::format("{} ({:.2f}-{:.2f})", ratio_words(ratio.median), ratio.lowest, ratio.highest);
}

std::vector<std::string> with_levels(std::string first) {
  std::vector<std::string> header = {std::move(first)};
  for (const cairn::Durability level : levels) header.emplace_back(name(level));
  return header;
}

std::vector<std::string> latency_words(const Latency& latency) {
  return {time_words(latency.p50_us), time_words(latency.p99_us), time_words(latency.p999_us),
          time_words(latency.max_us)};
}

}  // namespace

Table target_table(const Results& results) {
  Table table{"Targets", {"what", "where", "figure", "target", ""}, {}};
  for (const Target& each : judge(results)) {
    table.rows.push_back(
        {each.claim, each.where, fmt::format("{:.3g}{}", each.figure, each.unit),
         fmt::format("{} {:g}{}", each.bound == Bound::at_most ? "at most" : "at least",
                     each.wanted, each.unit),
         each.met() ? "pass" : "falls short"});
  }
  return table;
}

Table cost_table(const Results& results, int threads) {
  Table table{fmt::format("Calls a second, {}: Cairn, and of raw RocksDB at the same settings",
                          thread_words(threads)),
              with_levels("call"),
              {}};
  for (const Subjects& subjects : all_subjects) {
    std::vector<std::string> row = {words(subjects)};
    for (const cairn::Durability level : levels) {
      const CellResult* const found =
          find(results, {level, subjects.operation, subjects.value_bytes, threads});
      row.push_back(found == nullptr ? ""
                                     : fmt::format("{}, {}", rate(found->cairn),
                                                   ratio_words(found->of_raw.median)));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table latency_table(const Results& results, int threads) {
  Table table{
      fmt::format("Latency of one set of 100 B, {}", thread_words(threads)),
      {"level", "median", "99 %", "99.9 %", "longest", "raw: median", "99 %", "99.9 %", "longest"},
      {}};
  for (const cairn::Durability level : levels) {
    const CellResult* const found = find(results, {level, Operation::set, 100, threads});
    if (found == nullptr) continue;
    std::vector<std::string> row = {std::string(name(level))};
    for (const Side* const side : {&found->cairn, &found->raw}) {
      for (std::string& each : latency_words(side->latency)) row.push_back(std::move(each));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table reopening_table(const Results& results) {
  Table table{"Opening after kill -9",
              {"store", "keys", "state", "log", "tables", "median", "longest"},
              {}};
  for (const Reopening& each : results.reopenings) {
    table.rows.push_back({each.store == "cairn" ? "Cairn" : "raw RocksDB", count_words(each.keys),
                          each.state, bytes_words(static_cast<double>(each.log_bytes)),
                          bytes_words(static_cast<double>(each.table_bytes)),
                          time_words(each.median_ms * 1000), time_words(each.longest_ms * 1000)});
  }
  return table;
}

Table loss_table(const Results& results) {
  Table table{"Lost to kill -9",
              {"level", "kills", "acknowledged", "lost", "bytes lost", "most in one kill"},
              {}};
  for (const Loss& each : results.losses) {
    table.rows.push_back({std::string(name(each.level)), count_words(each.kills),
                          count_words(each.acknowledged), count_words(each.lost),
                          count_words(each.lost_bytes), count_words(each.most_in_one)});
  }
  return table;
}

Table cell_table(const Results& results, Operation operation, std::size_t value_bytes) {
  Table table{
      words({operation, value_bytes}),
      {"level", "threads", "Cairn, calls/s", "raw, calls/s", "of raw (extremes)", "never synced",
       "limit", "median", "99 %", "99.9 %", "longest", "raw: median", "99 %", "99.9 %", "longest"},
      {}};
  for (const CellResult& each : results.cells) {
    if (each.cell.operation != operation || each.cell.value_bytes != value_bytes) continue;
    std::vector<std::string> row = {std::string(name(each.cell.level)),
                                    std::to_string(each.cell.threads),
                                    rate(each.cairn),
                                    rate(each.raw),
                                    ratio(each.of_raw),
                                    each.unsynced ? rate(*each.unsynced) : "",
                                    each.limit ? rate(*each.limit) : ""};
    for (const Side* const side : {&each.cairn, &each.raw}) {
      for (std::string& words : latency_words(side->latency)) row.push_back(std::move(words));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string markdown(const Table& table) {
  std::string text = fmt::format("**{}**\n\n|", table.title);
  for (const std::string& each : table.header) text += fmt::format(" {} |", each);
  text += "\n|";
  for (std::size_t i = 0; i < table.header.size(); ++i) text += i == 0 ? "---|" : "---:|";
  text += '\n';
  for (const std::vector<std::string>& row : table.rows) {
    text += '|';
    for (const std::string& each : row) text += fmt::format(" {} |", each);
    text += '\n';
  }
  return text + '\n';
}

std::string html(const Table& table) {
  std::string text = fmt::format("<div class=\"wide\"><table>\n<caption>{}</caption>\n<thead><tr>",
                                 escaped(table.title));
  for (const std::string& each : table.header) text += fmt::format("<th>{}</th>", escaped(each));
  text += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += "<tr>";
    for (const std::string& each : row) {
      const bool bad = each == "falls short";
      text += fmt::format("<td{}>{}</td>", bad ? " class=\"bad\"" : "", escaped(each));
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string machine_words(const Context& context) {
  return fmt::format(
      "{} UTC, commit {}, by `{}`. {}, {} cores, {:.0f} GiB, {}, {}. {}, RocksDB {}. {:g} seconds "
      "for each cell, {} rounds of each side.",
      context.date, context.commit, context.command, context.processor, context.cores,
      context.memory_gib, context.kernel, context.file_system, context.compiler, context.rocksdb,
      context.seconds_per_cell, context.rounds);
}

std::string reservations(const Results& results) {
  const Context& context = results.context;
  if (!context.release) return "Not a release build: these figures mean nothing.";
  if (context.rounds < 5 || context.seconds_per_cell < 4) {
    return "A short run: it shows the form of the report, and its figures are not to be relied on.";
  }
  double factor = 1;
  for (const CellResult& each : results.cells) {
    if (each.limit)
      factor = std::max(factor, each.limit->fastest_round / each.limit->slowest_round);
  }
  if (factor < most_that_a_disk_may_vary) return "";
  return fmt::format(
      "The disk was not steady: its own rate of fdatasync differed by a factor of up to {:.1f} "
      "between the rounds of one cell. Of power_loss, rely on ratios rather than on rates.",
      factor);
}

}  // namespace bench
