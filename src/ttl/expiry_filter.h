// The compaction filter: drops what is expired or void, for good.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "ttl/clock.h"
#include "ttl/record.h"

namespace cairn::ttl {

/// Whether compaction may drop these bytes.  What is not a record of ours is kept: it is for the
/// tool to show, not for the bin.
bool droppable(std::string_view value, Instant now) noexcept;

/// How many records filters have dropped.
using DropCount = std::atomic<std::uint64_t>;

/// Judges plain values by the time at which it was made.  Merge operands always stay: removing one
/// would let older data show through.
class ExpiryFilter final : public rocksdb::CompactionFilter {
 public:
  ExpiryFilter(Instant now, std::shared_ptr<DropCount> dropped)
      : now_(now), dropped_(std::move(dropped)) {}
  Decision FilterV2(int level, const rocksdb::Slice& key, ValueType type,
                    const rocksdb::Slice& value, std::string* new_value,
                    std::string* skip_until) const noexcept override;
  const char* Name() const override { return "cairn.expiry"; }

 private:
  Instant now_;
  std::shared_ptr<DropCount> dropped_;
};

/// Makes a filter for each compaction and each flush.  Reads the clock once for each: it may only
/// lag behind the readers', so no reader can still see what a filter dropped.
class ExpiryFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  ExpiryFilterFactory(std::shared_ptr<const Clock> clock, std::shared_ptr<DropCount> dropped)
      : clock_(std::move(clock)), dropped_(std::move(dropped)) {}
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  bool ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason reason) const override;
  const char* Name() const override { return "cairn.expiry"; }

 private:
  std::shared_ptr<const Clock> clock_;
  std::shared_ptr<DropCount> dropped_;
};

}  // namespace cairn::ttl
