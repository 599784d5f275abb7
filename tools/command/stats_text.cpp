#include "command/stats_text.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include "terminal/text.h"

namespace cairn::tool {
namespace {

constexpr std::size_t label_width = 12;
constexpr std::size_t count_width = 12;
constexpr std::size_t longest_bar = 50;

// Whether the terminal can show more than ASCII.
bool shows_unicode(const Terminal& terminal) {
  if (!terminal.interactive) return false;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale = value;
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

struct Bar {
  std::string label;
  std::uint64_t count;
};

std::string histogram(const std::vector<Bar>& bars, const Terminal& terminal) {
  std::uint64_t most = 1;
  for (const Bar& bar : bars) most = std::max(most, bar.count);
  const std::size_t taken = 4 + label_width + 1 + count_width + 1;
  const std::size_t room =
      std::clamp<std::size_t>(terminal.width > taken ? terminal.width - taken : 0, 10, longest_bar);
  const std::string_view block = shows_unicode(terminal) ? "█" : "#";
  std::string text;
  for (const Bar& bar : bars) {
    // What is there at all is seen.
    const std::size_t length =
        bar.count == 0
            ? 0
            : std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(bar.count) /
                                                                static_cast<double>(most) *
                                                                static_cast<double>(room)));
    std::string drawn;
    for (std::size_t i = 0; i < length; ++i) drawn += block;
    text += fmt::format("    {:>{}} {:>{}}{}{}\n", bar.label, label_width, count_text(bar.count),
                        count_width, length > 0 ? " " : "", paint(terminal, Colour::cyan, drawn));
  }
  return text;
}

std::vector<Bar> size_bars(const FamilySummary& family) {
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < family.sizes.size(); ++i) {
    if (bars.empty() && family.sizes[i] == 0) continue;
    const std::uint64_t end = std::uint64_t{2} << i;
    bars.push_back({"< " + size_text(end), family.sizes[i]});
  }
  return bars;
}

std::vector<Bar> expiry_bars(const FamilySummary& family) {
  constexpr const char* names[FamilySummary::spans] = {
      "<= 1 s", "<= 1 min", "<= 1 h", "<= 1 day", "<= 7 days", "<= 30 days", "later", "never"};
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < family.expiry.size() && i < FamilySummary::spans; ++i) {
    bars.push_back({names[i], family.expiry[i]});
  }
  return bars;
}

// What the tables say of themselves; nothing while there are none.
std::string tables_text(const TableBytes& tables, RecordInfo::Time seen_at) {
  if (tables.live + tables.expired + tables.unknown == 0) return {};
  std::string text =
      fmt::format("  tables    {} live, {} of it for ever; {} expired", size_text(tables.live),
                  size_text(tables.lasting), size_text(tables.expired));
  if (tables.empty > 0) text += ", " + size_text(tables.empty) + " of it void";
  if (tables.unknown > 0) text += "; " + size_text(tables.unknown) + " do not say";
  if (tables.oldest) {
    const auto age =
        std::chrono::duration_cast<std::chrono::milliseconds>(seen_at - *tables.oldest);
    text += "; the oldest record is of " + duration_text(std::max(age, {})) + " ago";
  }
  return text + '\n';
}

std::string family_text(const Stats::Family& of, RecordInfo::Time seen_at,
                        const Terminal& terminal) {
  const FamilySummary& family = of.summary;
  std::string text = '\n' + paint(terminal, Colour::bold, escape(family.family)) + '\n';
  text += fmt::format("  entries   {} live, {} expired, {} void", count_text(family.live),
                      count_text(family.expired), count_text(family.empty));
  if (family.unreadable > 0) {
    text += ", " + paint(terminal, Colour::red, count_text(family.unreadable) + " unreadable");
  }
  text += fmt::format("; {} counters\n", count_text(family.counters));
  text += fmt::format("  bytes     {} live, {} dead; {} on disk, {} in memory\n",
                      size_text(family.live_bytes), size_text(family.dead_bytes),
                      size_text(family.disk_bytes), size_text(family.memory_bytes));
  std::string levels;
  for (const auto& each : family.levels) {
    if (each.files == 0) continue;
    levels += fmt::format("{}L{} {} in {} files", levels.empty() ? "" : "; ", each.level,
                          size_text(each.bytes), each.files);
  }
  text += tables_text(of.tables, seen_at);
  text += "  levels    " + (levels.empty() ? "none: nothing is flushed yet" : levels) + '\n';
  if (family.live == 0) return text;
  text += "  sizes of live records\n" + histogram(size_bars(family), terminal);
  text += "  time to expiry of live records\n" + histogram(expiry_bars(family), terminal);
  if (!family.largest.empty()) text += "  largest\n";
  for (const auto& each : family.largest) {
    const std::size_t room = std::max<std::size_t>(terminal.width, 40) - 18;
    const std::string key = escape(each.key);
    text += fmt::format("    {:>12}  {}\n", size_text(each.stored_size),
                        terminal.interactive ? clip(key, room) : key);
  }
  return text;
}

}  // namespace

std::string stats_text(const Stats& stats, const Terminal& terminal) {
  const StoreSummary& store = stats.store;
  std::string text = paint(terminal, Colour::bold, escape(stats.directory)) + '\n';
  text += "  " + stats.moment + '\n';
  text += fmt::format("  format {}; read by Cairn {} with RocksDB {}\n", store.format,
                      store.cairn_version, store.engine_version);
  text += fmt::format("  {} on disk: {} in {} tables, {} in {} logs; {} in memory tables\n",
                      size_text(store.disk_bytes), size_text(store.table_bytes), store.table_files,
                      size_text(store.log_bytes), store.log_files, size_text(store.memory_bytes));
  if (stats.families.empty()) text += "  no alias has been used yet\n";
  for (const Stats::Family& each : stats.families)
    text += family_text(each, stats.seen_at, terminal);
  return text;
}

}  // namespace cairn::tool
