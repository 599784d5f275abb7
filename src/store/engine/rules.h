// The rules that a store applies to records without knowing what is in them.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/merge_operator.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::store {

/// Puts a record right that was written by a clock which was ahead: what to store instead, "" to
/// erase it, or empty to leave it as it is.
using Correction = std::function<std::optional<std::string>(std::string_view record)>;

/// Given from outside by whoever owns the store.
struct Rules {
  std::shared_ptr<rocksdb::MergeOperator> merge;
  /// The compaction filter of one family, by its name.
  std::function<std::shared_ptr<rocksdb::CompactionFilterFactory>(const std::string& family)>
      filter;
  /// The clock's time, in bytes that the store does not look into: asked for every few seconds of
  /// activity and at close.  Empty: there is none yet.
  std::function<std::string()> clock_time;
  /// Given the last clock_time() when the store is opened, or "" if there is none; the clock starts
  /// no earlier.  If that time cannot be right, returns what puts records right.
  std::function<Correction(std::string_view clock_time)> clock_not_before;
  /// Called whenever the engine is put in use or taken out of use, with the gate shut: what was
  /// read from the one need not hold in the next.  Must not throw, nor use the store.
  std::function<void()> engine_changed = {};
  /// Keeps whatever the store is a part of from ending.  Empty: its owner does not release it in a
  /// callback.
  std::function<std::shared_ptr<void>()> owner = {};
};

}  // namespace cairn::store
