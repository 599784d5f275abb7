#include "ttl/expiry_filter.h"

namespace cairn::ttl {

bool droppable(std::string_view value, Instant now) noexcept {
  const std::optional<Record> record = parse(value);
  return record && !live(*record, now);
}

rocksdb::CompactionFilter::Decision ExpiryFilter::FilterV2(int, const rocksdb::Slice&,
                                                           ValueType type,
                                                           const rocksdb::Slice& value,
                                                           std::string*,
                                                           std::string*) const noexcept {
  if (type != ValueType::kValue) return Decision::kKeep;
  if (!droppable({value.data(), value.size()}, now_)) return Decision::kKeep;
  dropped_->fetch_add(1, std::memory_order_relaxed);
  return Decision::kRemove;
}

std::unique_ptr<rocksdb::CompactionFilter> ExpiryFilterFactory::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context&) {
  return std::make_unique<ExpiryFilter>(clock_->removal_time(), dropped_);
}

bool ExpiryFilterFactory::ShouldFilterTableFileCreation(
    rocksdb::TableFileCreationReason reason) const {
  return reason == rocksdb::TableFileCreationReason::kCompaction ||
         reason == rocksdb::TableFileCreationReason::kFlush;
}

}  // namespace cairn::ttl
