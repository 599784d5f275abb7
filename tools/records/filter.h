// Which records a command is asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/inspect.h>

namespace CLI {
class App;
}

namespace cairn::tool {

/// Whether the bytes match a pattern of `*`, `?`, `[a-z]`, `[!a-z]` and `\` before a character that
/// means itself.  `*` matches anything, also nothing.
bool matches(std::string_view pattern, std::string_view bytes);

struct Filter {
  std::vector<std::string> aliases;  ///< empty: all
  std::string prefix;                ///< of the final key
  std::optional<std::string> match;
  std::vector<std::string> kinds;  ///< empty: all
  std::optional<std::chrono::milliseconds> expiring_within;
  bool expired = false;
  bool live_only = false;
  std::optional<std::uint64_t> larger_than;
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();

  /// Makes the options of a command fill it.
  void add_options(CLI::App& command);
  bool wants(const RecordInfo& record, RecordInfo::Time now) const;
  /// The aliases to visit.  Throws UsageError for one that the store does not have.
  std::vector<std::string> families(const StoreView& view) const;
};

/// Visits what the filter wants.  Shows progress if standard output is a file.
void for_each(const StoreView& view, const Filter& filter,
              const std::function<void(const RecordInfo&)>& visit);

}  // namespace cairn::tool
