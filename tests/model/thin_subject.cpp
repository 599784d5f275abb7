#include "model/thin_subject.h"

#include <cairn/key.h>
#include "backend/counter_rules.h"
#include "backend/rocksdb/table_weight.h"
#include "model/unsynced_env.h"
#include "ttl/contents_collector.h"
#include "ttl/counter_merge.h"
#include "ttl/fold.h"
#include "ttl/operand.h"

namespace cairn::test {

using store::Session;

namespace {

std::string full(const Key& key) { return make_key(key.name, {}, key.version); }

StoreOptions options(const FakeClock& clock) {
  return {.durability = Durability::process_crash,
          .memory_budget = 8u << 20,
          .reclaim_interval = std::chrono::milliseconds(0),
          .clock = clock.source()};
}

}  // namespace

ThinRules ThinRules::real() {
  return {std::make_shared<ttl::CounterMerge>(), [](auto clock, auto dropped) {
            return std::make_shared<ttl::ExpiryFilterFactory>(std::move(clock), std::move(dropped));
          }};
}

ThinSubject::ThinSubject(const std::filesystem::path& directory, const FakeClock& clock,
                         ThinRules rules)
    : rules_(std::move(rules)),
      clock_(std::make_shared<ttl::Clock>(clock.source())),
      hooked_(directory, unsynced()),
      store_(directory, options(clock), store_rules()),
      family_(store_.family("thin")),
      work_(store_, family_) {
  store_.attach();
}

ThinSubject::~ThinSubject() { store_.detach(); }

store::Rules ThinSubject::store_rules() const {
  return {.merge = rules_.merge,
          .filter = [this](const std::string&) { return rules_.filter(clock_, dropped_); },
          .clock_time = [] { return std::string(); },
          .clock_not_before = [](std::string_view) { return store::Correction(); },
          .collector = std::make_shared<ttl::ContentsCollectorFactory>(clock_),
          .weigh =
              [this](const rocksdb::UserCollectedProperties& properties) {
                return weigh(properties, clock_->removal_time());
              }};
}

void ThinSubject::reopen(bool) {
  store_.detach();
  store_.attach();
  ++reopens_;
}

Exercise ThinSubject::exercise() {
  Exercise all = work_.exercise();
  all.reopens = reopens_;
  all.dropped = dropped_->load();
  return all;
}

std::optional<ThinSubject::Found> ThinSubject::live(const Session& session,
                                                    const std::string& key) const {
  store::Pinned pinned;
  const std::optional<std::string_view> bytes = session.get(key, pinned);
  if (!bytes) return std::nullopt;
  const std::optional<ttl::Record> record = ttl::parse(*bytes);
  if (!record || !ttl::live(*record, clock_->now())) return std::nullopt;
  return Found{*record, std::string(record->payload)};
}

void ThinSubject::put(Session& session, const std::string& key, const Any& value,
                      ttl::Instant expires_at) const {
  session.put(key, ttl::encode({value.kind, clock_->now(), expires_at, value.payload}));
}

std::optional<Seen> ThinSubject::read(const Key& key) {
  const Session session(store_, family_, Session::Intent::read, "get");
  const std::optional<Found> found = live(session, full(key));
  if (!found) return std::nullopt;
  const ttl::Instant expires_at = found->record.expires_at;
  return Seen{{found->record.kind, found->payload},
              expires_at == ttl::never_expires
                  ? never
                  : Timeout(std::chrono::milliseconds(expires_at - clock_->now()))};
}

void ThinSubject::set(const Key& key, const Any& value, Timeout timeout) {
  Session session(store_, family_, Session::Intent::write, "set");
  if (timeout.keeps()) {
    put(session, full(key), value, ttl::deadline(clock_->now(), timeout));
  } else {
    session.erase(full(key));
  }
}

bool ThinSubject::add(const Key& key, const Any& value, Timeout timeout) {
  Session session(store_, family_, Session::Intent::write, "add");
  if (live(session, full(key))) return false;
  if (timeout.keeps()) put(session, full(key), value, ttl::deadline(clock_->now(), timeout));
  return true;
}

bool ThinSubject::touch(const Key& key, Timeout timeout) {
  Session session(store_, family_, Session::Intent::write, "touch");
  const std::optional<Found> found = live(session, full(key));
  if (!found) return false;
  if (!timeout.keeps()) {
    session.erase(full(key));
    return true;
  }
  const ttl::Instant expires_at = ttl::deadline(clock_->now(), timeout);
  if (rules_.touch_by_merge) {
    std::string operand =
        ttl::encode(ttl::Operand{clock_->now(), static_cast<std::int64_t>(expires_at)});
    operand[0] = touch_tag;
    session.merge(full(key), operand);
  } else {
    put(session, full(key), {found->record.kind, found->payload}, expires_at);
  }
  return true;
}

Incremented ThinSubject::incr(const Key& key, const Step& step, const std::optional<Seed>& seed) {
  Session session(store_, family_, Session::Intent::write, "incr");
  const std::optional<Found> found = live(session, full(key));
  std::int64_t value = 0;
  if (found && found->record.kind == ValueKind::integer) {
    value = Any{ValueKind::integer, found->payload}.number();
  }
  const Incremented added = step_from(found ? &found->record : nullptr, value, step, seed);
  if (added.outcome != Incremented::Outcome::done) return added;
  if (found) {
    session.merge(full(key), ttl::encode(ttl::Operand{clock_->now(), step.delta()}));
  } else if (seed->timeout.keeps()) {
    put(session, full(key), Any::of(added.value), ttl::deadline(clock_->now(), seed->timeout));
  }
  return added;
}

void ThinSubject::incr_many(const Deltas& deltas) {
  Session session(store_, family_, Session::Intent::write, "incr_many");
  store::Batch batch = session.batch();
  for (const auto& [key, delta] : deltas) {
    batch.merge(full(key), ttl::encode(ttl::Operand{clock_->now(), delta}));
  }
  session.commit(batch, "incr_many");
}

bool ThinSubject::erase(const Key& key) {
  Session session(store_, family_, Session::Intent::write, "erase");
  const bool was_live = live(session, full(key)).has_value();
  session.erase(full(key));
  return was_live;
}

void ThinSubject::clear() {
  store_.clear(family_, [] {});
}

void ThinSubject::compact(const Key& first, const Key& last) {
  work_.compact(full(first), full(last));
}

}  // namespace cairn::test
