#include "backend/rocksdb/rocksdb_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <cairn/error.h>
#include "store/border/status.h"

namespace cairn {

using store::Growth;
using store::Session;

RocksdbBackend::Writer::Writer(RocksdbBackend& backend, Intent intent, std::string_view verb,
                               const WriteMode& mode)
    : backend_(backend), mode_(mode) {
  Admission& admission = backend.admission_;
  if (mode.bounds.max_entries) admission.begin();
  for (;;) {
    counted_ = admission.counted_for_writer();
    std::optional<KeptOpen> open;  // that what is counted is still so when the session begins
    if (counted_) {
      turn_ = admission.turn();
      if (!admission.complete()) {
        open.emplace(backend.store_->store());
        admission.count_on();
      }
    }
    session_.emplace(backend.store_->store(), backend.family_, intent, verb);
    if (open) open->followed_by(*session_);
    // Somebody may have begun to count, or the store may have been reopened, in between.
    if (counted_ ? admission.current() : !admission.counted()) break;
    session_.reset();
    turn_.release();
  }
  if (counted_) admission.charge(*session_);
}

std::optional<HotRecords::Known> RocksdbBackend::Writer::known(std::string_view key) {
  std::optional<HotRecords::Known> known;
  if (!backend_.hot_) return known;
  const tier::Key hot = backend_.hot_.key(key);
  if (backend_.hot_.find(hot, known_, known) == HotRecords::Look::damaged) {
    backend_.drop_damaged(hot);
  }
  return known;
}

std::optional<ttl::Header> RocksdbBackend::Writer::known_header(std::string_view key) {
  std::optional<ttl::Header> header;
  if (!backend_.hot_) return header;
  const tier::Key hot = backend_.hot_.key(key);
  if (backend_.hot_.peek(hot, header) == HotRecords::Look::damaged) backend_.drop_damaged(hot);
  return header;
}

RocksdbBackend::Writer::Content RocksdbBackend::Writer::content(std::string_view key, Instant now) {
  if (const auto found = known(key)) {
    if (!ttl::live(found->record, now)) return {true, std::nullopt};
    return {true, found->record};
  }
  const std::optional<std::string_view> bytes = session_->get(key, pinned_);
  if (!bytes) return {false, std::nullopt};
  return {true, ttl::parse_live(*bytes, now)};
}

bool RocksdbBackend::Writer::has_live(std::string_view key, Instant now) {
  if (const auto header = known_header(key)) return ttl::live(*header, now);
  const tier::Key hot = backend_.hot_.key(key);
  std::optional<tier::RecordTier::Ticket> ticket;
  if (backend_.hot_) ticket = backend_.hot_.tier().ticket(hot);
  const std::optional<std::string_view> bytes = session_->get(key, pinned_);
  if (!bytes) return false;
  const std::optional<ttl::Record> record = ttl::parse_live(*bytes, now);
  if (record && ticket) backend_.hot_.fill(hot, *ticket, *bytes, *record, now);
  return record.has_value();
}

RocksdbBackend::Writer::Seen RocksdbBackend::Writer::look(std::string_view key, Instant now) try {
  if (const auto header = known_header(key)) {
    return ttl::live(*header, now) ? Seen::live : Seen::dead;
  }
  const std::optional<std::string_view> bytes = session_->get(key, pinned_);
  if (!bytes) return Seen::nothing;
  return ttl::parse_live(*bytes, now) ? Seen::live : Seen::dead;
} catch (const Error& error) {
  if (!store::unreadable(error)) throw;
  return Seen::dead;
}

// The count first, since it may find no memory: then nothing has changed.
void RocksdbBackend::Writer::put(std::string_view key, std::string_view record, Instant expires_at,
                                 Keep keep) {
  const bool fresh = stored(key, expires_at);
  try {
    change(key, Growth::grows, [&] { session_->put(key, record); },
           {.record = record, .expires_at = expires_at, .chain = 0, .keep = keep});
  } catch (...) {
    if (fresh) erased(key);
    throw;
  }
}

void RocksdbBackend::Writer::rewrite(std::string_view key, std::string_view record,
                                     Instant expires_at) {
  change(key, Growth::grows, [&] { session_->put(key, record); },
         {.record = record, .expires_at = expires_at, .chain = 0, .keep = Keep::always});
}

void RocksdbBackend::Writer::merge(std::string_view key, std::string_view operand,
                                   std::string_view record, Instant expires_at,
                                   std::size_t operands) {
  const auto chain =
      static_cast<HotRecords::Chain>(std::min<std::size_t>(operands, HotRecords::unknown_chain));
  change(key, Growth::grows, [&] { session_->merge(key, operand); },
         {.record = record, .expires_at = expires_at, .chain = chain, .keep = Keep::always});
}

void RocksdbBackend::Writer::erase(std::string_view key) {
  change(key, Growth::shrinks, [&] { session_->erase(key); }, {});
  erased(key);
}

// The one place where the engine's word on a key changes: before it the tier has forgotten the key,
// and if `edit` throws nobody knows what the engine has, and the tier has nothing.  A write that is
// refused before that leaves the tier as it is: what it has may be all that can still be read.
template <class Edit>
void RocksdbBackend::Writer::change(std::string_view key, Growth growth, const Edit& edit,
                                    const After& after) {
  if (!backend_.hot_) return edit();
  session_->check_writable(key, growth);
  tier::RecordTier::Change change(backend_.hot_.tier(), backend_.hot_.key(key));
  edit();
  if (after.record) change.store(*after.record, after.expires_at, after.chain, time_, after.keep);
}

void RocksdbBackend::Writer::Batch::put(std::string_view key, std::string_view record,
                                        Instant expires_at, Keep keep) {
  batch_.put(key, record);
  entries_.push_back({key, record, expires_at, keep});
}
void RocksdbBackend::Writer::Batch::put_aside(std::string_view key, std::string_view record) {
  batch_.put(key, record);
  entries_.push_back({key});
}
void RocksdbBackend::Writer::Batch::merge(std::string_view key, std::string_view operand) {
  batch_.merge(key, operand);
  entries_.push_back({key});
}
void RocksdbBackend::Writer::Batch::erase(std::string_view key) {
  batch_.erase(key);
  entries_.push_back({key});
}

// As change(), for several keys.
void RocksdbBackend::Writer::commit(Batch& batch) {
  std::vector<tier::RecordTier::Change> changes;
  if (backend_.hot_) {
    session_->check_writable(batch.batch_, backend_.family_.name);
    changes.reserve(batch.entries_.size());
    for (const Batch::Entry& each : batch.entries_) {
      changes.emplace_back(backend_.hot_.tier(), backend_.hot_.key(each.key));
    }
  }
  session_->commit(batch.batch_, backend_.family_.name);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Batch::Entry& each = batch.entries_[i];
    if (each.record) changes[i].store(*each.record, each.expires_at, 0, time_, each.keep);
  }
}

}  // namespace cairn
