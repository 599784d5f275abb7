// The rules that a store applies to records without knowing what is in them.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/table_properties.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process/callback_scope.h"
#include "store/border/job_threads.h"

namespace cairn::store {

/// Puts a record right that was written by a clock which was ahead: what to store instead, "" to
/// erase it, or empty to leave it as it is.
using Correction = std::function<std::optional<std::string>(std::string_view record)>;

/// What a table holds, in bytes of keys and values before compression.
struct TableWeight {
  /// Bytes that the filter would remove now.
  struct Dead {
    std::chrono::milliseconds since;  ///< for how long it would have
    std::uint64_t bytes;
  };
  std::vector<Dead> dead = {};
  /// Erasures and operands of counters, which go when they meet what lies in lower levels.
  std::uint64_t overlays = 0;
  /// The operands among them.
  std::uint64_t operands = 0;
  std::uint64_t total = 0;  ///< these and all others
  /// How long until more is dead; empty: for ever.
  std::optional<std::chrono::milliseconds> next = {};
};

/// Weighs a table by its properties; empty if they do not say.
using Weigh = std::function<std::optional<TableWeight>(const rocksdb::UserCollectedProperties&)>;

/// Given from outside by whoever owns the store.
struct Rules {
  /// Of the store and its clock.
  process::Rank rank = JobThreads::next_store_rank();
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
  /// What gives each new table the properties by which it is weighed.
  std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> collector = {};
  /// By the time at which it is called.  Without this function the store reclaims nothing by
  /// itself.
  Weigh weigh = {};
  /// What weighs tables as at the moment of this call, whenever it is used; what may have expired
  /// by then is dead to it.
  std::function<Weigh()> weigh_as_of_now = {};
  /// Called when tables of a family were rewritten because of what is dead in them: by how many
  /// bytes they are smaller now, and how many were written.  Must not throw, nor use the store.
  std::function<void(const std::string& family, std::uint64_t freed, std::uint64_t written)>
      reclaimed = {};
  /// Keeps whatever the store is a part of from ending.  Empty: its owner does not release it in a
  /// callback.
  std::function<std::shared_ptr<void>()> owner = {};
};

}  // namespace cairn::store
