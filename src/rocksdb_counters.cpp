// Counters of the RocksDB backend: merge operands on short chains.
#include <string_view>
#include <vector>

#include "counter_rules.h"
#include "rocksdb_writer.h"
#include "ttl/fold.h"
#include "ttl/operand.h"

namespace cairn {

using store::Chain;
using store::Pinned;
using store::Session;

namespace {

// With this many operands above a counter's last full record incr writes a full one, so that
// neither reading nor adding costs more after a million increments than after ten.
constexpr std::size_t longest_chain = 16;

}  // namespace

Added RocksdbBackend::add(std::string_view key, const Step& step, const std::optional<Seed>& seed,
                          const WriteMode& mode) {
  Writer writer(*this, "incr", mode);
  Added added;
  {
    const auto lock = writer.lock(key);
    added = add_to_chain(writer, key, step, seed);
  }
  if (added.outcome == Added::Outcome::done) writer.settle(key);
  return added;
}

// Requires the key's stripe.
Added RocksdbBackend::add_to_chain(Writer& writer, std::string_view key, const Step& step,
                                   const std::optional<Seed>& seed) {
  Session& session = writer.session();
  Pinned pinned;
  Chain chain = session.chain(key);
  std::optional<std::string_view> base;
  if (chain.too_long) {
    base = session.get(key, pinned);  // folded by the merge operator, by the same rule
  } else if (!chain.links.empty() && !ttl::parse_operand(chain.links.front())) {
    base = chain.links.front();
    chain.links = chain.links.subspan(1);
  }
  ttl::Fold fold(base);
  for (const std::string_view operand : chain.links) fold.add(operand);

  const Instant time = now();
  const ttl::Record* record = fold.record();
  if (record != nullptr && !ttl::live(*record, time)) record = nullptr;
  const Added added = step_from(record, fold.value(), step, seed);
  if (added.outcome != Added::Outcome::done) return added;

  if (record == nullptr) {
    if (!seed->timeout.keeps()) return added;
    const Instant expires_at = ttl::deadline(time, seed->timeout);
    writer.make_room(key);
    writer.put(key, ttl::encode_integer(added.value, time, expires_at), expires_at);
  } else if (chain.too_long || chain.links.size() >= longest_chain) {
    writer.put(key, ttl::encode_integer(added.value, record->written_at, record->expires_at),
               record->expires_at);
  } else if (step.amount != 0) {
    session.merge(key, ttl::encode(ttl::Operand{time, step.delta()}));
    writer.used(key);
  }
  return added;
}

void RocksdbBackend::add_many(std::span<const std::pair<std::string, std::int64_t>> deltas,
                              const WriteMode& mode) {
  if (deltas.empty()) return;
  Writer writer(*this, "incr_many", mode);
  std::vector<std::string_view> keys;
  for (const auto& [key, delta] : deltas) keys.push_back(key);
  {
    const auto locks = writer.lock_all(keys);
    const Instant time = now();
    store::Batch batch = writer.session().batch();
    for (const auto& [key, delta] : deltas)
      batch.merge(key, ttl::encode(ttl::Operand{time, delta}));
    writer.session().write(batch, family_.name);
    for (const std::string_view key : keys) writer.used(key);
  }
  writer.settle(family_.name);
}

}  // namespace cairn
