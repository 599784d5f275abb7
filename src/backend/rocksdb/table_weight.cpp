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

}  // namespace

std::optional<store::TableWeight> weigh(const rocksdb::UserCollectedProperties& properties,
                                        ttl::Instant now) {
  const std::optional<ttl::TableContents> contents = ttl::contents_of(properties);
  if (!contents) return std::nullopt;
  store::TableWeight weight{.overlays = contents->erasures + contents->operands,
                            .total = contents->total()};
  if (contents->empty > 0) weight.dead.push_back({bounded(now), contents->empty});
  for (const ttl::TableContents::Bucket& each : contents->expiring) {
    if (!ttl::expired(each.last, now)) {
      weight.next = bounded(each.last - now);
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
  for (const ttl::TableContents::Bucket& each : contents->expiring) {
    (ttl::expired(each.last, now) ? sum.expired : sum.live) += each.bytes;
  }
}

}  // namespace cairn
