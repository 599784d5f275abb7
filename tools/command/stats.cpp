// cairn stats: gathering the numbers, and giving them to programs.
#include <cstdint>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include "command/commands.h"
#include "command/stats_text.h"
#include "records/view.h"
#include "terminal/number_option.h"
#include "terminal/terminal.h"

namespace cairn::tool {
namespace {

using Json = nlohmann::ordered_json;

// JSON is UTF-8: bytes that are not come escaped.
std::string text(const std::string& bytes) { return is_utf8(bytes) ? bytes : escape(bytes); }

Json known(const std::optional<bool>& answer) { return answer ? Json(*answer) : Json(nullptr); }

Json tables_json(const TableBytes& tables) {
  return {
      {"live", tables.live},
      {"lasting", tables.lasting},
      {"expired", tables.expired},
      {"empty", tables.empty},
      {"unknown", tables.unknown},
      {"oldest", tables.oldest ? Json(tables.oldest->time_since_epoch().count()) : Json(nullptr)}};
}

Json family_json(const Stats::Family& of) {
  const FamilySummary& family = of.summary;
  Json largest = Json::array();
  for (const auto& each : family.largest) {
    largest.push_back({{"key", text(each.key)}, {"size", each.stored_size}});
  }
  Json levels = Json::array();
  for (const auto& each : family.levels) {
    levels.push_back({{"level", each.level}, {"files", each.files}, {"bytes", each.bytes}});
  }
  return {{"alias", text(family.family)},
          {"live", family.live},
          {"expired", family.expired},
          {"void", family.empty},
          {"unreadable", family.unreadable},
          {"never_expires", family.never_expires},
          {"counters", family.counters},
          {"live_bytes", family.live_bytes},
          {"dead_bytes", family.dead_bytes},
          {"disk_bytes", family.disk_bytes},
          {"memory_bytes", family.memory_bytes},
          {"sizes_by_power_of_two", family.sizes},
          {"expiry_by_span", family.expiry},
          {"largest", largest},
          {"levels", levels},
          {"tables", tables_json(of.tables)}};
}

}  // namespace

Stats gather(const std::string& directory, std::size_t largest) {
  const StoreView view = open_view(directory);
  Stats stats{.directory = directory,
              .moment = moment_text(view),
              .seen_at = view.seen_at(),
              .has_owner = view.has_owner(),
              .owner = view.owner(),
              .owner_may_be_ahead = {},
              .store = view.store(),
              .families = {}};
  if (!view.owner_is_unknown()) stats.owner_may_be_ahead = view.owner_may_be_ahead();
  for (const std::string& family : view.families()) {
    stats.families.push_back({view.summarise(family, largest), view.table_bytes(family)});
  }
  return stats;
}

std::string stats_json(const Stats& stats) {
  Json families = Json::array();
  for (const Stats::Family& each : stats.families) families.push_back(family_json(each));
  const Json json = {{"directory", text(stats.directory)},
                     {"seen_at", stats.seen_at.time_since_epoch().count()},
                     {"has_owner", known(stats.has_owner)},
                     {"owner", stats.owner ? Json(*stats.owner) : Json(nullptr)},
                     {"owner_may_be_ahead", known(stats.owner_may_be_ahead)},
                     {"format", stats.store.format},
                     {"cairn_version", stats.store.cairn_version},
                     {"rocksdb_version", stats.store.engine_version},
                     {"table_files", stats.store.table_files},
                     {"table_bytes", stats.store.table_bytes},
                     {"log_files", stats.store.log_files},
                     {"log_bytes", stats.store.log_bytes},
                     {"disk_bytes", stats.store.disk_bytes},
                     {"memory_bytes", stats.store.memory_bytes},
                     {"aliases", families}};
  return json.dump(2, ' ', true) + '\n';
}

void add_stats(CLI::App& app) {
  struct Wish {
    std::string directory;
    bool json = false;
    std::uint64_t largest = 5;
  };
  const auto wish = std::make_shared<Wish>();
  CLI::App& command = *app.add_subcommand(
      "stats", "Show what the store holds, in numbers; `cairn DIRECTORY` does the same");
  command.add_option("DIRECTORY", wish->directory, "The store")->required();
  command.add_flag("--json", wish->json, "As JSON");
  add_count(command, "--largest", wish->largest, "How many of the largest records to name")
      ->default_str("5");
  command.callback([wish] {
    const Stats stats = gather(wish->directory, wish->largest);
    Output output;
    output.write(wish->json ? stats_json(stats) : stats_text(stats, output.terminal()));
    output.flush();
  });
}

}  // namespace cairn::tool
