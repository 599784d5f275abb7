#include "ttl/table_contents.h"

#include <algorithm>
#include <limits>

#include "bytes/little_endian.h"

namespace cairn::ttl {
namespace {

constexpr char contents_version = 2;
constexpr std::size_t sums = 5;
constexpr std::size_t sums_at = 1;
constexpr std::size_t oldest_at = sums_at + 8 * sums;
constexpr std::size_t count_at = oldest_at + 8;
constexpr std::size_t buckets_at = count_at + 1;
constexpr std::size_t bucket_size = 24;

std::array<std::uint64_t, sums> sums_of(const TableContents& contents) {
  return {contents.lasting, contents.empty, contents.unreadable, contents.operands,
          contents.erasures};
}

// False if that is more than can be counted.
bool add(std::uint64_t& sum, std::uint64_t more) {
  if (more > std::numeric_limits<std::uint64_t>::max() - sum) return false;
  sum += more;
  return true;
}

}  // namespace

std::uint64_t TableContents::total() const noexcept {
  std::uint64_t sum = lasting + empty + unreadable + operands + erasures;
  for (const Bucket& each : expiring) sum += each.bytes;
  return sum;
}

std::string encode(const TableContents& contents) {
  std::string bytes(buckets_at + bucket_size * contents.expiring.size(), '\0');
  bytes[0] = contents_version;
  char* at = bytes.data() + sums_at;
  for (const std::uint64_t sum : sums_of(contents)) {
    store_little_endian<8>(at, sum);
    at += 8;
  }
  store_little_endian<8>(at, contents.oldest);
  at += 8;
  *at++ = static_cast<char>(contents.expiring.size());
  for (const TableContents::Bucket& each : contents.expiring) {
    store_little_endian<8>(at, each.first);
    store_little_endian<8>(at + 8, each.last);
    store_little_endian<8>(at + 16, each.bytes);
    at += bucket_size;
  }
  return bytes;
}

std::optional<TableContents> parse_contents(std::string_view bytes) {
  if (bytes.size() < buckets_at || bytes[0] != contents_version) return std::nullopt;
  const std::size_t count = static_cast<unsigned char>(bytes[count_at]);
  if (count > ExpiryHistogram::most_buckets || bytes.size() != buckets_at + bucket_size * count) {
    return std::nullopt;
  }
  const char* at = bytes.data() + sums_at;
  TableContents contents;
  std::uint64_t total = 0;
  for (std::uint64_t* const sum : {&contents.lasting, &contents.empty, &contents.unreadable,
                                   &contents.operands, &contents.erasures}) {
    *sum = load_little_endian<8>(at);
    if (!add(total, *sum)) return std::nullopt;
    at += 8;
  }
  contents.oldest = load_little_endian<8>(bytes.data() + oldest_at);
  at = bytes.data() + buckets_at;
  for (std::size_t i = 0; i < count; ++i, at += bucket_size) {
    const TableContents::Bucket bucket{load_little_endian<8>(at), load_little_endian<8>(at + 8),
                                       load_little_endian<8>(at + 16)};
    const bool in_order =
        bucket.first <= bucket.last && (i == 0 || contents.expiring.back().last < bucket.first);
    if (!in_order || !add(total, bucket.bytes)) return std::nullopt;
    contents.expiring.push_back(bucket);
  }
  return contents;
}

void ContentsCount::add_value(std::size_t key_bytes, std::string_view value) noexcept {
  const std::uint64_t bytes = key_bytes + value.size();
  const std::optional<Record> record = parse(value);
  if (!record) {
    unreadable_ += bytes;
  } else if (record->kind == ValueKind::nothing) {
    empty_ += bytes;
    return;
  } else if (record->expires_at == never_expires) {
    lasting_ += bytes;
  } else {
    expiring_.add(record->expires_at, bytes);
  }
  if (record) oldest_ = std::min(oldest_, record->written_at);
}

TableContents ContentsCount::contents() const {
  TableContents contents{.lasting = lasting_,
                         .empty = empty_,
                         .unreadable = unreadable_,
                         .operands = operands_,
                         .erasures = erasures_,
                         .oldest = oldest_};
  for (const ExpiryHistogram::Bucket& each : expiring_.buckets()) {
    contents.expiring.push_back({each.first, each.last, each.bytes});
  }
  return contents;
}

}  // namespace cairn::ttl
