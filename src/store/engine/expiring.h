// expire(): one family without what has expired, table by table.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/engine/rewriting.h"
#include "store/engine/setting.h"

namespace cairn::store {

class Engine;

/// Removes what had expired when it began, in steps between which everything may happen to the
/// store; what a step has freed stays so.  It writes no record twice, but for tables in which it
/// has folded a counter that was dead: a compaction does not filter what it folds.  Not for sharing
/// by threads; several may be at work on one family.
class Expiring {
 public:
  enum class Step {
    more,   ///< there is more to be done
    again,  ///< the engine is to be replaced: to be done again on the next one
    done,
  };

  /// Writes out the write buffer and makes a plan, the first time; after that rewrites some tables,
  /// or waits for a moment for others that some compaction has.
  ///
  /// What has to be left is said at the end: throws Corruption or IoError where tables cannot be
  /// read, and IoError with code no_space where the disk has less room than the rewriting of a
  /// table takes.  Other failures are thrown at once.
  Step step(Engine& engine, const Setting& setting, rocksdb::ColumnFamilyHandle& family,
            const std::string& name);

  /// Bytes of tables: those that are dealt with, never fewer than the last time, and all that were
  /// to be in the beginning.
  std::uint64_t done() const noexcept { return done_; }
  std::uint64_t total() const noexcept { return total_; }

 private:
  struct Context;

  Step begin(const Context& context);
  bool plan(const Context& context);
  Step rewrite(const Context& context, const Rewriting& rewriting);
  void account(const Rewriting& rewriting, const Rewritten& done);
  Step refused(const Context& context, const Rewriting& rewriting, const Rewritten& done);
  Step end(const Context& context);
  void deal_with(const std::string& table);

  std::string generation_;  // the family as it was in the beginning
  Weigh weigh_;
  bool begun_ = false;
  std::vector<Rewriting> queue_;                 // the best last
  std::set<std::string> operands_;               // tables with operands
  std::set<std::string> made_;                   // by this, and not to be rewritten again
  std::map<std::string, std::uint64_t> folded_;  // made too, where counters may have been folded
  std::map<std::string, std::uint64_t> planned_;
  std::set<std::string> alone_;
  std::set<std::string> unreadable_;
  std::map<std::string, int> refusals_;
  rocksdb::Status failure_;  // what is said at the end
  std::string unreadable_said_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace cairn::store
