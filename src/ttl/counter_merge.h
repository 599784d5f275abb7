// The merge operator: Fold, as RocksDB calls it.
#pragma once

#include <rocksdb/merge_operator.h>

namespace cairn::ttl {

/// Total by construction: a merge operator that returns false makes the store refuse to open, and
/// one that throws destroys it.  Never sets existing_operand, which RocksDB's iterators may free.
class CounterMerge final : public rocksdb::MergeOperator {
 public:
  bool FullMergeV2(const MergeOperationInput& in,
                   MergeOperationOutput* out) const noexcept override;
  /// Refuses only what contains an operand of a later format.
  bool PartialMergeMulti(const rocksdb::Slice& key, const std::deque<rocksdb::Slice>& operands,
                         std::string* out, rocksdb::Logger* logger) const noexcept override;
  const char* Name() const override { return "cairn.counter"; }
};

}  // namespace cairn::ttl
