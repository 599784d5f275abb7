#include "backend/rocksdb/table_weight.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "ttl/contents_collector.h"

namespace cairn {
namespace {

// Centuries are long enough, and can be counted.
std::chrono::milliseconds bounded(ttl::Instant ms) {
  constexpr ttl::Instant longest = ttl::Instant{1} << 48;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(ms, longest)));
}

// Of a bucket that has expired by half, if it does so evenly.
std::uint64_t part(const ttl::TableContents::Bucket& bucket, ttl::Instant now) {
  const double share = static_cast<double>(now - bucket.first + 1) /
                       static_cast<double>(bucket.last - bucket.first + 1);
  const auto bytes = static_cast<std::uint64_t>(share * static_cast<double>(bucket.bytes));
  return std::clamp<std::uint64_t>(bytes, 1, std::max<std::uint64_t>(bucket.bytes, 1));
}

}  // namespace

std::optional<store::TableWeight> weigh(const rocksdb::UserCollectedProperties& properties,
                                        ttl::Instant now, Doubtful doubtful) {
  const std::optional<ttl::TableContents> contents = ttl::contents_of(properties);
  if (!contents) return std::nullopt;
  store::TableWeight weight{.overlays = contents->erasures + contents->operands,
                            .operands = contents->operands,
                            .total = contents->total()};
  if (contents->empty > 0) weight.dead.push_back({bounded(now), contents->empty});
  for (const ttl::TableContents::Bucket& each : contents->expiring) {
    if (!ttl::expired(each.last, now)) {
      weight.next = bounded(each.last - now);
      if (doubtful == Doubtful::dead && ttl::expired(each.first, now)) {
        weight.dead.push_back({bounded(0), part(each, now)});
      }
      break;
    }
    weight.dead.push_back({bounded(now - each.last), each.bytes});
  }
  return weight;
}

void add_table(TableBytes& sum, const rocksdb::UserCollectedProperties& properties,
               std::uint64_t size, ttl::Instant now) {
  const std::optional<ttl::TableContents> contents = ttl::contents_of(properties);
  if (!contents) {
    sum.unknown += size;
    return;
  }
  sum.lasting += contents->lasting;
  sum.live += contents->lasting + contents->operands + contents->unreadable;
  sum.expired += contents->empty + contents->erasures;
  sum.empty += contents->empty + contents->erasures;
  if (contents->oldest != ttl::never_expires) {
    const std::chrono::sys_time<std::chrono::milliseconds> oldest(bounded(contents->oldest));
    sum.oldest = std::min(sum.oldest.value_or(oldest), oldest);
  }
  for (const ttl::TableContents::Bucket& each : contents->expiring) {
    (ttl::expired(each.last, now) ? sum.expired : sum.live) += each.bytes;
  }
}

}  // namespace cairn
