// Counters of the RocksDB backend: merge operands on short chains.
#include <map>
#include <random>
#include <string_view>
#include <vector>

#include <cairn/error.h>
#include "backend/counter_rules.h"
#include "backend/rocksdb/rocksdb_writer.h"
#include "store/border/status.h"
#include "ttl/fold.h"
#include "ttl/operand.h"

namespace cairn {

using store::Chain;
using store::Pinned;
using store::Session;
using Keep = tier::RecordTier::Keep;

namespace {

// With this many operands above a counter's last full record incr writes a full one, so that
// neither reading nor adding costs more after a million increments than after ten.  Few, because
// reading a chain whose full record is in a table costs more than the bytes that operands save.
constexpr std::size_t longest_chain = 4;

// One blind increment in so many looks at its chain.
constexpr unsigned blind_between_looks = 16;

// What lies under a key, read without the engine folding it.
struct Counter {
  ttl::Fold fold;
  std::size_t operands;  // above the last full record; many if there are too many to tell
  bool exists;
};

// Requires the key's stripe; `pinned` must outlive what is returned.
Counter read_counter(const Session& session, std::string_view key, Pinned& pinned) {
  const Chain chain = session.chain(key);
  if (chain.too_long) {
    // Folded by the merge operator, by the same rule.
    return {ttl::Fold(session.get(key, pinned)), Chain::longest, true};
  }
  auto links = chain.links;
  std::optional<std::string_view> base;
  if (!links.empty() && !ttl::parse_operand(links.front())) {
    base = links.front();
    links = links.subspan(1);
  }
  ttl::Fold fold(base);
  for (const std::string_view operand : links) fold.apply(operand);
  return {fold, links.size(), !chain.links.empty()};
}

// True once in `blind_between_looks` calls on average.  By chance, because anything regular could
// meet a caller that is regular too, and pass over the same counter every time.
bool time_to_fold() {
  thread_local std::minstd_rand random(std::random_device{}());
  return random() % blind_between_looks == 0;
}

// Blind increments read nothing, so nobody sees their chains grow.  Now and then one of them looks,
// and leaves a full record, or nothing where there is no counter.  False: add the operand instead,
// also where the disk or a checksum refuses the counter, which the caller did not ask to be read.
template <class Batch>
bool fold_into(const Session& session, Batch& batch, std::string_view key,
               const ttl::Operand& operand) try {
  Pinned pinned;
  Counter counter = read_counter(session, key, pinned);
  if (counter.operands == 0 && counter.exists) return false;
  counter.fold.apply(ttl::encode(operand));
  if (counter.fold.alive()) {
    batch.put_aside(key, counter.fold.bytes());
  } else if (counter.exists) {
    batch.erase(key);
  }
  return true;
} catch (const Error& error) {
  if (!store::unreadable(error)) throw;
  return false;
}

}  // namespace

Incremented RocksdbBackend::increment(std::string_view key, const Step& step,
                                      const std::optional<Seed>& seed, const WriteMode& mode) {
  const Intent intent = seed && seed->timeout.keeps() ? Intent::write : Intent::change;
  return change(key, mode, intent, "incr", [&](Writer& writer, Instant time) {
    return increment_chain(writer, time, key, step, seed);
  });
}

// Requires the key's stripe.
Incremented RocksdbBackend::increment_chain(Writer& writer, Instant time, std::string_view key,
                                            const Step& step, const std::optional<Seed>& seed) {
  Pinned pinned;
  const std::optional<HotRecords::Known> known = writer.known(key);
  const Counter counter = known
                              ? Counter{ttl::Fold(known->bytes, known->record), known->chain, true}
                              : read_counter(writer.session(), key, pinned);
  const ttl::Record* record = counter.fold.record();
  if (record != nullptr && !ttl::live(*record, time)) record = nullptr;
  const Incremented result = step_from(record, counter.fold.value(), step, seed);
  if (result.outcome != Incremented::Outcome::done) return result;

  if (record == nullptr) {
    if (!seed->timeout.keeps()) return result;
    const Instant expires_at = ttl::deadline(time, seed->timeout);
    writer.make_room(key);
    writer.put(key, ttl::encode_integer(result.value, time, expires_at), expires_at, Keep::always);
    return result;
  }
  char bytes[ttl::longest_integer_record];
  const std::string_view changed = ttl::encode_integer(result.value, *record, bytes);
  if (counter.operands >= longest_chain) {
    writer.put(key, changed, record->expires_at, Keep::always);
  } else if (step.amount != 0) {
    char operand[ttl::operand_size];
    ttl::encode(ttl::Operand{time, step.delta()}, operand);
    writer.merge(key, {operand, sizeof operand}, changed, record->expires_at, counter.operands + 1);
    writer.used(key);
  }
  return result;
}

void RocksdbBackend::increment_many(std::span<const std::pair<std::string, std::int64_t>> deltas,
                                    const WriteMode& mode) {
  if (deltas.empty()) return;
  // Each key once: a fold below must see all that the batch does to its counter.
  std::map<std::string_view, std::int64_t> sums;
  for (const auto& [key, delta] : deltas) {
    std::int64_t& sum = sums[key];
    sum = ttl::wrapping_add(sum, delta);
  }
  std::vector<std::string_view> keys;
  keys.reserve(sums.size());
  for (const auto& [key, sum] : sums) keys.push_back(key);

  change_all(keys, mode, Intent::change, "incr_many", [&](Writer& writer, Instant time) {
    if (!writer.session().made()) return true;
    Writer::Batch batch = writer.batch(sums.size());
    for (const auto& [key, sum] : sums) {
      const ttl::Operand operand{time, sum};
      if (!time_to_fold() || !fold_into(writer.session(), batch, key, operand)) {
        batch.merge(key, ttl::encode(operand));
      }
    }
    writer.commit(batch);
    for (const std::string_view key : keys) writer.used(key);
    return true;
  });
}

}  // namespace cairn
