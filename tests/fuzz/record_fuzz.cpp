// Hostile bytes as what the engine may hold under a key.  The input is cut into a base (which may
// be missing), a time, and the operands above it.  What must hold:
//   - parsing, folding, merging and filtering take any bytes and throw nothing;
//   - what parses is encoded again to the same bytes;
//   - the merge operator gives what the fold gives, whether or not neighbouring operands were
//   joined
//     and wherever the chain was folded first;
//   - the filter drops only what parses and is dead, and never an operand.
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/little_endian.h"
#include "ttl/counter_merge.h"
#include "ttl/expiry_filter.h"
#include "ttl/fold.h"

namespace {

using namespace cairn;
using rocksdb::MergeOperator;
using rocksdb::Slice;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Input {
  ttl::Instant now = 0;
  std::optional<std::string> base;
  std::vector<std::string> operands;
};

// 8 bytes of time, then pieces with a byte of length in front; the first is the base, unless its
// length is 255.
Input cut(std::string_view bytes) {
  Input input;
  if (bytes.size() < 8) return input;
  input.now = load_little_endian<8>(bytes.data());
  bytes.remove_prefix(8);
  for (bool first = true; !bytes.empty() && input.operands.size() < 16; first = false) {
    const auto length = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    if (first && length == 255) continue;
    const std::string_view piece = bytes.substr(0, length);
    bytes.remove_prefix(piece.size());
    if (first) {
      input.base = piece;
    } else {
      input.operands.emplace_back(piece);
    }
  }
  return input;
}

std::string fold(const std::optional<std::string>& base, const std::vector<std::string>& operands) {
  ttl::Fold all(base ? std::optional<std::string_view>(*base) : std::nullopt);
  for (const std::string& each : operands) all.apply(each);
  require(all.alive() || all.record() == nullptr);
  return all.bytes();
}

std::string merge(const std::optional<std::string>& base,
                  const std::vector<std::string>& operands) {
  const ttl::CounterMerge rule;
  const Slice existing = base ? Slice(*base) : Slice();
  const std::vector<Slice> slices(operands.begin(), operands.end());
  std::string value;
  Slice untouched;
  MergeOperator::MergeOperationOutput out(value, untouched);
  const Slice key("key");
  const MergeOperator::MergeOperationInput in(key, base ? &existing : nullptr, slices, nullptr);
  require(rule.FullMergeV2(in, &out));
  require(untouched.data() == Slice().data());
  return value;
}

void check_record(std::string_view bytes, ttl::Instant now) {
  const std::optional<ttl::Record> record = ttl::parse(bytes);
  require(!record || !ttl::parse_operand(bytes));
  require(ttl::droppable(bytes, now) == (record && !ttl::live(*record, now)));
  if (!record) return;
  require(ttl::encode(*record) == bytes);
  if (record->kind == ValueKind::integer) {
    require(ttl::encode_integer(ttl::integer(*record), *record) == bytes);
  }
  const std::string touched = ttl::encode_touched(*record, record->written_at, now);
  const std::optional<ttl::Record> again = ttl::parse(touched);
  require(again && again->expires_at == now && again->payload == record->payload);
  require(!ttl::live(*again, now));
}

void check_operand(std::string_view bytes) {
  if (const auto operand = ttl::parse_operand(bytes)) require(ttl::encode(*operand) == bytes);
}

void check_filter(const std::string& bytes, ttl::Instant now) {
  using Filter = rocksdb::CompactionFilter;
  const auto dropped = std::make_shared<ttl::DropCount>(0);
  const ttl::ExpiryFilter filter(now, dropped);
  std::string unused;
  const auto decide = [&](Filter::ValueType type) {
    return filter.FilterV2(0, "key", type, bytes, &unused, &unused);
  };
  require(decide(Filter::ValueType::kMergeOperand) == Filter::Decision::kKeep);
  require(dropped->load() == 0);
  const bool drops = decide(Filter::ValueType::kValue) == Filter::Decision::kRemove;
  require(drops == ttl::droppable(bytes, now));
  require(dropped->load() == (drops ? 1u : 0u));
  require(unused.empty());
}

void check_groupings(const Input& input) {
  const std::string expected = fold(input.base, input.operands);
  require(merge(input.base, input.operands) == expected);
  for (std::size_t cut = 1; cut < input.operands.size(); ++cut) {
    const auto middle = input.operands.begin() + static_cast<std::ptrdiff_t>(cut);
    const std::vector<std::string> older(input.operands.begin(), middle);
    const std::vector<std::string> younger(middle, input.operands.end());
    require(fold(merge(input.base, older), younger) == expected);
    std::string joined;
    const std::deque<Slice> slices(older.begin(), older.end());
    if (!ttl::CounterMerge().PartialMergeMulti("key", slices, &joined, nullptr)) continue;
    std::vector<std::string> shorter{joined};
    shorter.insert(shorter.end(), younger.begin(), younger.end());
    require(merge(input.base, shorter) == expected);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_record(bytes, ttl::never_expires);
  check_operand(bytes);
  const Input input = cut(bytes);
  if (input.base) {
    check_record(*input.base, input.now);
    check_filter(*input.base, input.now);
  }
  for (const std::string& each : input.operands) {
    check_operand(each);
    check_filter(each, input.now);
  }
  check_groupings(input);
  return 0;
}
