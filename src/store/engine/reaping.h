// Which tables of a family are worth rewriting for what is dead in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/engine/rules.h"

namespace cairn::store {

/// A table as the reaper sees it.
struct ReapedTable {
  std::string name;
  int level = 0;
  std::uint64_t bytes = 0;
  std::string first = {};  ///< its keys
  std::string last = {};
  std::optional<TableWeight> weight = {};  ///< empty: not known
  bool busy = false;                       ///< some compaction has it, or it is to be left alone
  bool alone = false;                      ///< not to be rewritten together with others
};

/// A compaction of some tables, and what comes of it if the tables' weights are right.
struct Rewriting {
  std::vector<std::string> tables;
  int to_level = 0;
  std::uint64_t reads = 0;
  std::uint64_t frees = 0;
  std::uint64_t writes = 0;

  /// Whether it writes no more than half a byte for each that it frees.
  bool pays() const noexcept { return writes <= frees / 2; }
};

/// Whether to wait until more is dead in a table that little is dead in.
enum class Patience { usual, none };

/// What to rewrite now, the best first.  `tables` are one family's, in the order of their keys from
/// level 1 on; it has so many levels.
///
/// A table is ripe when nearly all of it is dead, and the longer something is dead in it, the less
/// that needs to be.  It is rewritten in its level, together with ripe neighbours; or, where that
/// costs little, together with what lies below it, so that the overlays go as well: the filter
/// leaves an erasure where something lies below.
std::vector<Rewriting> worth_rewriting(const std::vector<ReapedTable>& tables, int levels,
                                       Patience patience);

/// What to rewrite so that nothing dead is left, the best first.  Overlays alone are worth it where
/// that writes little.  Several tables at once take an eighth of the tables' room besides at most,
/// or 4 MiB if that is more, 64 MiB in any case, and no more than is free.
std::vector<Rewriting> all_rewritings(const std::vector<ReapedTable>& tables, int levels,
                                      std::uint64_t free_space);

}  // namespace cairn::store
