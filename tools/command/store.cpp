// cairn expire, compact, clear, checkpoint: a whole store, or whole caches in it.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "command/commands.h"
#include "command/writing.h"
#include "records/new_tables.h"
#include "records/view.h"
#include "terminal/confirm.h"
#include "terminal/interrupt.h"
#include "terminal/progress.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

struct Store {
  std::string directory;
  std::vector<std::string> aliases;
  bool yes = false;
  std::string target;
};

// The store is open, and locked, from the first of them to the last.
struct OpenCache {
  std::string alias;
  Cache cache;
};

std::vector<OpenCache> open(const Store& store) {
  const std::vector<std::string> families =
      chosen_families(open_view(store.directory), store.aliases);
  std::vector<OpenCache> caches;
  caches.reserve(families.size());
  for (const std::string& family : families) {
    caches.push_back({family, open_cache(store.directory, {.column_family = family})});
  }
  return caches;
}

void finish(std::vector<OpenCache>& caches) {
  if (!caches.empty()) caches.front().cache.sync();
  for (OpenCache& each : caches) each.cache.close();
}

// Does something to every cache, and prints a line for each; to no more once it is interrupted.
void for_each_cache(std::vector<OpenCache> caches,
                    const std::function<std::string(OpenCache&)>& action) {
  Output output;
  for (OpenCache& each : caches) {
    output.line(escape(each.alias) + ": " + action(each));
    if (Interrupt::requested()) break;
  }
  finish(caches);
  output.flush();
}

// How many records were removed, interrupted or not.
std::uint64_t expire(OpenCache& each) {
  std::optional<Progress> progress;
  return each.cache.expire([&](const ExpireProgress& now) {
    if (!progress) {
      progress.emplace("expiring " + escape(each.alias), Progress::Total{.bytes = now.total});
    }
    progress->reached(0, now.done);
    return !Interrupt::requested();
  });
}

void expire(const Store& store) {
  std::vector<OpenCache> caches = open(store);
  const Interrupt interrupt;
  for_each_cache(std::move(caches), [&](OpenCache& each) {
    return count_text(expire(each)) + " expired records removed";
  });
  if (!Interrupt::requested()) return;
  complain("interrupted; what is removed stays so, and the next expire does the rest");
  Interrupt::end();
}

void compact(const Store& store) {
  for_each_cache(open(store), [&](OpenCache& each) {
    const std::uint64_t before = each.cache.stats().disk_bytes;
    NewTables written(store.directory);
    with_progress(
        "compacting " + escape(each.alias), before, [&] { return written.bytes(); },
        [&] { each.cache.compact(); });
    return fmt::format("{} on disk, {} before", size_text(each.cache.stats().disk_bytes),
                       size_text(before));
  });
}

void clear(const Store& store) {
  std::vector<OpenCache> caches = open(store);
  std::vector<std::string> names;
  names.reserve(caches.size());
  for (const OpenCache& each : caches) names.push_back(escape(each.alias));
  confirm(fmt::format("Remove everything in {} of {}?", fmt::join(names, ", "),
                      escape(store.directory)),
          store.yes ? Consent::given : Consent::wanted);
  for_each_cache(std::move(caches), [](OpenCache& each) {
    each.cache.clear();
    return std::string("cleared");
  });
}

// RocksDB cannot be stopped in the middle of it, so an interrupted copy is removed at its end.
void checkpoint(const Store& store) {
  // A directory that is no store is not made one.
  const std::uint64_t bytes = open_view(store.directory).store().disk_bytes;
  Cache cache = open_cache(store.directory, {});
  const Interrupt interrupt;
  with_progress(
      "copying", bytes, [&] { return bytes_below(store.target); },
      [&] { cache.checkpoint(store.target); });
  cache.close();
  if (!Interrupt::requested()) return;
  std::filesystem::remove_all(store.target);
  Interrupt::end();
}

CLI::App* add_store_command(CLI::App& app, const char* name, const char* description,
                            Store& store) {
  CLI::App* const command = app.add_subcommand(name, description);
  command->add_option("DIRECTORY", store.directory, "The store, which nobody may have open")
      ->required();
  return command;
}

void add_alias_command(CLI::App& app, const char* name, const char* description,
                       void (*run)(const Store&)) {
  const auto store = std::make_shared<Store>();
  CLI::App* const command = add_store_command(app, name, description, *store);
  command->add_option("-a,--alias", store->aliases, "Only this alias; may be given several times");
  if (run == clear) command->add_flag("--yes", store->yes, "Do not ask");
  command->callback([store, run] { run(*store); });
}

}  // namespace

void add_store_commands(CLI::App& app) {
  add_alias_command(app, "expire", "Remove expired records and give their space back", expire);
  add_alias_command(app, "compact", "Rewrite the files, without what is expired or replaced",
                    compact);
  add_alias_command(app, "clear", "Remove everything", clear);
  const auto store = std::make_shared<Store>();
  CLI::App* const command =
      add_store_command(app, "checkpoint", "Copy the store, as it is now", *store);
  command->footer("On the same file system: the big files are shared, not copied.");
  command->add_option("TARGET", store->target, "The copy's directory, which must not exist")
      ->required();
  command->callback([store] { checkpoint(*store); });
}

}  // namespace cairn::tool
