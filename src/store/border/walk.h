// A walk over a range of keys, in steps of a bounded number of engine entries.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/border/bytes_view.h"
#include "store/border/scan_options.h"

namespace cairn::store {

/// RocksDB's iterator passes over erased entries, and over what newer ones hide, in one call,
/// however many there are.  A walk comes back from that after `longest_step` of them.
///
/// Needs a database and a column family that stay.
class Walk {
 public:
  enum class At {
    entry,    ///< key() and value() can be read
    between,  ///< nothing was found yet: step() again
    end,      ///< of the range, or of what can be read: status() tells
  };

  static constexpr std::uint64_t longest_step = 1024;

  /// Over the keys that begin with `prefix`, from `first` on.
  Walk(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, std::string_view first,
       std::string_view prefix, rocksdb::ReadOptions options = scan_options());
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  /// Goes to the next entry, or part of the way.
  At step();
  std::string_view key() const { return view(iterator_->key()); }
  std::string_view value() const { return view(iterator_->value()); }
  /// After a step that ended between two entries: no key before this one is left to be found.
  const std::string& place() const { return place_; }
  rocksdb::Status status() const { return iterator_->status(); }

 private:
  At pause();
  void renew(std::uint64_t longest);

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& family_;
  const std::string bound_;
  const rocksdb::Slice upper_;
  rocksdb::ReadOptions options_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::string place_;
  bool seeks_ = true;                // step() begins with a seek to place_
  std::optional<std::string> last_;  // the entry that was found last
};

}  // namespace cairn::store
