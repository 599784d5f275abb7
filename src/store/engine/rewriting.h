// The rewriting of chosen tables through their family's filter, in the calling thread.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <string>
#include <vector>

#include "store/border/read_watch.h"
#include "store/engine/reaping.h"
#include "store/engine/rules.h"

namespace cairn::store {

class Engine;

/// A family's tables as they are now, in the order that worth_rewriting() wants.
struct TableList {
  std::vector<ReapedTable> tables;
  /// Of reading what they say of themselves.  Where that failed for one, those for which it has not
  /// been read are not known.
  rocksdb::Status status;
};
/// Reads no record, and tables only that are not open.  Those that some compaction has are busy.
TableList list_tables(const Engine& engine, rocksdb::ColumnFamilyHandle& family,
                      const Weigh& weigh);

/// The outcome of a rewriting.
struct Rewritten {
  /// Of the compaction; or the disk's, if that has refused a read.
  rocksdb::Status status;
  bool by_disk = false;
  std::vector<std::string> made = {};  ///< the tables that have come in the place of the others
  std::uint64_t read = 0;              ///< bytes
  std::uint64_t written = 0;

  std::uint64_t freed() const noexcept { return read > written ? read - written : 0; }
  /// Whether it is nobody's error: a table is gone, or another compaction has it; the family was
  /// cleared; it was not to go on.
  bool given_up() const;
  /// Whether a table cannot be read.
  bool unreadable() const { return by_disk || status.IsCorruption(); }
};
/// Returns early once `go_on`, asked before each read of a table and each append to one, says no;
/// then nothing has changed.
Rewritten rewrite_tables(const Engine& engine, rocksdb::ColumnFamilyHandle& family,
                         const Rewriting& rewriting, const ReadWatch::GoOn& go_on);

}  // namespace cairn::store
