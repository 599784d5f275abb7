#include "store/engine/reaping.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>

#include "bytes/units.h"

namespace cairn::store {
namespace {

using std::chrono::milliseconds;
using Run = std::vector<const ReapedTable*>;

// Rewritten at once, at most: it takes as much room besides until it is done.
constexpr std::uint64_t longest_run = 64 * mebibyte;
// So much may be written for the sake of overlays, however few they are.
constexpr std::uint64_t little = 4 * mebibyte;

// A table is ripe if so much of it has been dead for so long.  By the third, what it costs is half
// a byte written for each freed; the last two are what clears a store that rests.
struct Rung {
  milliseconds since;
  double share;
};
constexpr Rung rungs[] = {
    {milliseconds(0), 0.97},     {milliseconds(3'000), 0.8},   {milliseconds(6'000), 2.0 / 3},
    {milliseconds(12'000), 0.5}, {milliseconds(20'000), 0.01}, {milliseconds(35'000), 0},
};

std::uint64_t dead(const TableWeight& weight, milliseconds since = milliseconds(0)) {
  std::uint64_t sum = 0;
  for (const TableWeight::Dead& each : weight.dead) sum += each.since >= since ? each.bytes : 0;
  return sum;
}

bool ripe(const TableWeight& weight, Patience patience) {
  if (patience == Patience::none) return dead(weight) > 0;
  return std::any_of(std::begin(rungs), std::end(rungs), [&](const Rung& rung) {
    const std::uint64_t bytes = dead(weight, rung.since);
    return bytes > 0 &&
           static_cast<double>(bytes) >= rung.share * static_cast<double>(weight.total);
  });
}

bool mostly_overlays(const TableWeight& weight) {
  return weight.overlays > 0 && weight.overlays >= weight.total / 2;
}

// What is asked of the rewritings of a family.
struct Terms {
  Patience patience = Patience::none;
  std::uint64_t room = longest_run;  // of several tables, at most
  bool everything = false;           // that is dead goes now
};

bool ripe(const ReapedTable& table, const Terms& terms) {
  if (!table.weight) return false;
  const TableWeight& weight = *table.weight;
  return ripe(weight, terms.patience) || mostly_overlays(weight) ||
         (terms.everything && weight.overlays > 0);
}

// On disk, if all of it is compressed alike.
std::uint64_t part(const ReapedTable& table, std::uint64_t bytes) {
  if (table.weight->total == 0) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(table.bytes) * static_cast<double>(bytes) /
                                    static_cast<double>(table.weight->total));
}

class Tree {
 public:
  Tree(const std::vector<ReapedTable>& tables, int levels, const Terms& terms)
      : levels_(static_cast<std::size_t>(levels)), terms_(terms) {
    for (const ReapedTable& each : tables) {
      levels_.at(static_cast<std::size_t>(each.level)).push_back(&each);
    }
  }

  std::vector<Rewriting> rewritings() {
    first_level();
    for (std::size_t level = 1; level < levels_.size(); ++level) runs(level);
    return std::move(found_);
  }

 private:
  // All or none: each may hide what the others have.
  void first_level() {
    const Run& run = levels_[0];
    if (run.empty()) return;
    if (!any(run, [](const ReapedTable& each) { return each.busy; })) {
      whole_first_level(run);
    } else if (terms_.everything) {
      in_pieces(run);
    }
  }

  void whole_first_level(const Run& run) {
    TableWeight sum;
    bool unknown = false;
    for (const ReapedTable* each : run) {
      unknown = unknown || !each->weight;
      sum.total += each->weight ? each->weight->total : each->bytes;
      if (!each->weight) continue;
      sum.overlays += each->weight->overlays;
      sum.dead.insert(sum.dead.end(), each->weight->dead.begin(), each->weight->dead.end());
    }
    const bool dead_in_it = ripe(sum, terms_.patience);
    const bool overlays = mostly_overlays(sum) || (terms_.everything && sum.overlays > 0);
    if (dead_in_it || overlays) {
      consider(run, 0, dead_in_it);
    } else if (unknown) {
      in_its_level(run, 0);
    }
  }

  // Those that hold something dead, in the first level, where neighbours have one age.
  void in_pieces(const Run& run) {
    Run piece;
    std::uint64_t bytes = 0;
    const auto end_piece = [&] {
      if (!piece.empty()) add(piece, 0, freed(piece, false));
      piece.clear();
      bytes = 0;
    };
    for (const ReapedTable* each : run) {
      const bool wanted = !each->busy && (!each->weight || dead(*each->weight) > 0);
      if (!wanted || bytes + each->bytes > terms_.room || each->alone) end_piece();
      if (!wanted) continue;
      piece.push_back(each);
      bytes += each->bytes;
      if (each->alone) end_piece();
    }
    end_piece();
  }

  void runs(std::size_t level) {
    Run run;
    std::uint64_t bytes = 0;
    const auto dead_in = [&](const ReapedTable& each) {
      return ripe(*each.weight, terms_.patience);
    };
    // Overlays alone are no reason to rewrite what is dead together with them, nor the reverse; and
    // what is dead as a whole is to cost nothing.
    const auto alike = [&](const ReapedTable& a, const ReapedTable& b) {
      const auto whole = [](const ReapedTable& each) {
        return dead(*each.weight) == each.weight->total;
      };
      return dead_in(a) == dead_in(b) && whole(a) == whole(b);
    };
    const auto end_run = [&] {
      if (!run.empty()) consider(run, level, any(run, dead_in));
      run.clear();
      bytes = 0;
    };
    for (const ReapedTable* each : levels_[level]) {
      const bool chosen = !each->busy && ripe(*each, terms_);
      const bool fits = bytes + each->bytes <= terms_.room && !each->alone;
      if (!chosen || !fits) end_run();
      if (each->busy) continue;
      if (!each->weight) {
        add({each}, level, 0);
      } else if (chosen) {
        if (terms_.everything && !run.empty() && !alike(*run.back(), *each)) end_run();
        run.push_back(each);
        bytes += each->bytes;
        if (each->alone) end_run();
      }
    }
    end_run();
  }

  // In its level, or into the next that has keys of its range.
  void consider(const Run& run, std::size_t level, bool dead_in_it) {
    const bool alone = any(run, [](const ReapedTable& each) { return each.alone; });
    std::size_t below = level + 1;
    while (below < levels_.size() && overlapping(run, below).empty()) ++below;
    const bool nothing_below = below == levels_.size();
    if (nothing_below) {
      const Rewriting whole = rewriting(run, level > 0 ? level : below_first(), freed(run, true));
      if (takes_too_much(whole)) {
        in_its_level(run, level);
      } else if (dead_in_it || worth_its_overlays(run, whole)) {
        found_.push_back(whole);
      }
      return;
    }
    Run all = overlapping(run, below);
    const bool free = !any(all, [](const ReapedTable& each) { return each.busy; });
    all.insert(all.begin(), run.begin(), run.end());
    bool last = true;
    for (std::size_t i = below + 1; i < levels_.size(); ++i)
      last = last && overlapping(all, i).empty();
    const Rewriting down = rewriting(all, below, freed(all, last));
    if (free && !alone && last && !takes_too_much(down) && goes_down(down, dead_in_it)) {
      found_.push_back(down);
    } else if (dead_in_it) {
      in_its_level(run, level);
    }
  }

  bool takes_too_much(const Rewriting& made) const {
    return terms_.everything && made.tables.size() > 1 && made.writes > terms_.room;
  }
  bool goes_down(const Rewriting& down, bool dead_in_it) const {
    return down.pays() || down.writes <= little ||
           (terms_.everything && dead_in_it && down.reads <= terms_.room);
  }
  bool worth_its_overlays(const Run& run, const Rewriting& made) const {
    return !terms_.everything || made.pays() || made.writes <= little ||
           any(run, [](const ReapedTable& each) {
             return each.weight && mostly_overlays(*each.weight);
           });
  }

  void in_its_level(const Run& run, std::size_t level) {
    if (level == 0 && terms_.everything) {
      in_pieces(run);
    } else {
      add(run, level, freed(run, false));
    }
  }

  // Where RocksDB would put what comes from the first level.
  std::size_t below_first() const {
    for (std::size_t level = 1; level < levels_.size(); ++level) {
      if (!levels_[level].empty()) return level;
    }
    return levels_.size() - 1;
  }

  Run overlapping(const Run& run, std::size_t level) const {
    std::string_view first = run.front()->first;
    std::string_view last = run.front()->last;
    for (const ReapedTable* each : run) {
      first = std::min<std::string_view>(first, each->first);
      last = std::max<std::string_view>(last, each->last);
    }
    Run found;
    for (const ReapedTable* each : levels_[level]) {
      if (each->first <= last && each->last >= first) found.push_back(each);
    }
    return found;
  }

  static std::uint64_t freed(const Run& run, bool overlays_go) {
    std::uint64_t sum = 0;
    for (const ReapedTable* each : run) {
      if (!each->weight) continue;
      sum += part(*each, dead(*each->weight) + (overlays_go ? each->weight->overlays : 0));
    }
    return sum;
  }

  static Rewriting rewriting(const Run& run, std::size_t to_level, std::uint64_t frees) {
    Rewriting made{.tables = {}, .to_level = static_cast<int>(to_level), .frees = frees};
    std::uint64_t bytes = 0;
    for (const ReapedTable* each : run) {
      made.tables.push_back(each->name);
      bytes += each->bytes;
    }
    made.reads = bytes;
    made.writes = bytes - std::min(bytes, frees);
    return made;
  }
  void add(const Run& run, std::size_t to_level, std::uint64_t frees) {
    found_.push_back(rewriting(run, to_level, frees));
  }

  template <class Is>
  static bool any(const Run& run, const Is& is) {
    return std::any_of(run.begin(), run.end(), [&](const ReapedTable* each) { return is(*each); });
  }

  std::vector<Run> levels_;
  const Terms terms_;
  std::vector<Rewriting> found_;
};

}  // namespace

namespace {

std::vector<Rewriting> best_first(std::vector<Rewriting> found) {
  const auto gain = [](const Rewriting& each) {
    return static_cast<double>(each.frees) / (static_cast<double>(each.writes) + 1);
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const Rewriting& a, const Rewriting& b) { return gain(a) > gain(b); });
  return found;
}

}  // namespace

std::vector<Rewriting> worth_rewriting(const std::vector<ReapedTable>& tables, int levels,
                                       Patience patience) {
  return best_first(Tree(tables, levels, {.patience = patience}).rewritings());
}

std::vector<Rewriting> all_rewritings(const std::vector<ReapedTable>& tables, int levels,
                                      std::uint64_t free_space) {
  std::uint64_t bytes = 0;
  for (const ReapedTable& each : tables) bytes += each.bytes;
  const std::uint64_t room = std::min(std::clamp(bytes / 8, little, longest_run), free_space);
  return best_first(Tree(tables, levels, {.room = room, .everything = true}).rewritings());
}

}  // namespace cairn::store
