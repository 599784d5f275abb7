// A store in numbers, gathered and shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <cairn/inspect.h>
#include "terminal/terminal.h"

namespace cairn::tool {

struct Stats {
  std::string directory;
  std::string moment;
  RecordInfo::Time seen_at;
  std::optional<bool> has_owner;           ///< empty: it cannot be told
  std::optional<int> owner;                ///< empty: there is none, or it cannot be told
  std::optional<bool> owner_may_be_ahead;  ///< empty: it cannot be told
  StoreSummary store;
  struct Family {
    FamilySummary summary;
    TableBytes tables;
  };
  std::vector<Family> families;
};

/// Reads the whole store.
Stats gather(const std::string& directory, std::size_t largest);

/// For people; as wide as the terminal.
std::string stats_text(const Stats& stats, const Terminal& terminal);
/// For programs: one JSON object, indented.
std::string stats_json(const Stats& stats);

}  // namespace cairn::tool
