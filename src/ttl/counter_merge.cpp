#include "ttl/counter_merge.h"

#include <deque>
#include <string>

#include "ttl/fold.h"

namespace cairn::ttl {
namespace {

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

bool CounterMerge::FullMergeV2(const MergeOperationInput& in,
                               MergeOperationOutput* out) const noexcept {
  std::optional<std::string_view> base;
  if (in.existing_value != nullptr) base = view(*in.existing_value);
  Fold fold(base);
  for (const rocksdb::Slice& operand : in.operand_list) fold.apply(view(operand));
  out->new_value = fold.bytes();
  return true;
}

bool CounterMerge::PartialMergeMulti(const rocksdb::Slice&,
                                     const std::deque<rocksdb::Slice>& operands, std::string* out,
                                     rocksdb::Logger*) const noexcept {
  std::optional<Operand> sum;
  for (const rocksdb::Slice& slice : operands) {
    const std::optional<Operand> operand = parse_operand(view(slice));
    if (!operand) return false;
    sum = sum ? combine(*sum, *operand) : *operand;
  }
  if (!sum) return false;
  *out = encode(*sum);
  return true;
}

}  // namespace cairn::ttl
