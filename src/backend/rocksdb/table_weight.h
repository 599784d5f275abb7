// What tables hold, in the words of the store and of the user.
#pragma once

#include <rocksdb/table_properties.h>

#include <cstdint>
#include <optional>

#include <cairn/stats.h>
#include "store/engine/rules.h"
#include "ttl/record.h"

namespace cairn {

/// What records are taken for that may have expired or not, by what a table says of them.
enum class Doubtful { alive, dead };

/// By the contents that the table's properties tell of, as they are at that time; empty if they
/// tell of none.
std::optional<store::TableWeight> weigh(const rocksdb::UserCollectedProperties& properties,
                                        ttl::Instant now, Doubtful doubtful = Doubtful::alive);

/// Adds a table of that size on disk, as it is at that time.
void add_table(TableBytes& sum, const rocksdb::UserCollectedProperties& properties,
               std::uint64_t size, ttl::Instant now);

}  // namespace cairn
