#include "model/cache_subject.h"

#include <algorithm>
#include <map>

#include "model/unsynced_env.h"

namespace cairn::test {
namespace {

StoreOptions options(const FakeClock& clock, Durability durability) {
  return {.durability = durability,
          .memory_budget = 8u << 20,
          .reclaim_interval = std::chrono::milliseconds(0),  // only when it is asked for
          .clock = clock.source()};
}

}  // namespace

CacheSubject::CacheSubject(std::filesystem::path directory, const FakeClock& clock,
                           Durability durability)
    : directory_(std::move(directory)),
      hooked_(directory_, unsynced()),
      options_(options(clock, durability)) {
  open();
}

CacheSubject::~CacheSubject() = default;

void CacheSubject::open() {
  cache_.emplace(Cache::open(directory_, {}, options_));
  store_ = RocksdbStore::at(directory_, options_);
  work_.emplace(store_->store(), store_->store().family("default"));
}

void CacheSubject::close_whole() {
  before_ += work_->exercise();
  before_.dropped += store_->dropped("default")->load();
  before_.reclaimed += store_->reclaimed("default").freed.load();
  work_.reset();
  cache_.reset();
  store_.reset();
}

void CacheSubject::reopen(bool whole) {
  if (whole) {
    close_whole();
    open();
  } else {
    cache_->close();
  }
  ++before_.reopens;
}

Exercise CacheSubject::exercise() {
  Exercise total = before_;
  total += work_->exercise();
  total.dropped += store_->dropped("default")->load();
  total.reclaimed += store_->reclaimed("default").freed.load();
  return total;
}

std::optional<Seen> CacheSubject::read_from(Cache& cache, const Key& key) {
  std::optional<Any> value = cache.get<Any>(key.name, ReadOptions{.version = key.version});
  const std::optional<Timeout> left = cache.ttl(key.name, {.version = key.version});
  const bool there = cache.contains(key.name, {.version = key.version});
  if (value.has_value() != left.has_value() || value.has_value() != there) {
    throw std::runtime_error("get, ttl and contains disagree about " + key.name);
  }
  if (!value) return std::nullopt;
  return Seen{*std::move(value), *left};
}

void CacheSubject::set(const Key& key, const Any& value, Timeout timeout) {
  cache_->set(key.name, value, {.timeout = timeout, .version = key.version});
}
bool CacheSubject::add(const Key& key, const Any& value, Timeout timeout) {
  return cache_->add(key.name, value, {.timeout = timeout, .version = key.version});
}
bool CacheSubject::touch(const Key& key, Timeout timeout) {
  return cache_->touch(key.name, {.timeout = timeout, .version = key.version});
}

Incremented CacheSubject::incr(const Key& key, const Step& step,
                               const std::optional<Seed>& seed) try {
  IncrOptions how{.version = key.version};
  if (seed) {
    how.initial = seed->initial;
    how.timeout = seed->timeout;
  }
  return {Incremented::Outcome::done, step.direction == Direction::down
                                          ? cache_->decr(key.name, step.amount, how)
                                          : cache_->incr(key.name, step.amount, how)};
} catch (const KeyNotFound&) {
  return {Incremented::Outcome::missing};
} catch (const WrongType&) {
  const auto value = cache_->get<Any>(key.name, ReadOptions{.version = key.version});
  return {Incremented::Outcome::not_an_integer, 0, value ? value->kind : ValueKind::nothing};
} catch (const Overflow&) {
  return {Incremented::Outcome::overflow};
}

void CacheSubject::incr_many(const Deltas& deltas) {
  std::map<std::int64_t, std::vector<std::pair<std::string, std::int64_t>>> by_version;
  for (const auto& [key, delta] : deltas) by_version[key.version].emplace_back(key.name, delta);
  for (const auto& [version, some] : by_version) cache_->incr_many(some, {.version = version});
}

bool CacheSubject::erase(const Key& key) {
  return cache_->erase(key.name, {.version = key.version});
}
void CacheSubject::clear() { cache_->clear(); }

std::optional<Any> CacheSubject::pop(const Key& key) {
  return cache_->pop<Any>(key.name, {.version = key.version});
}

std::optional<Any> CacheSubject::update(const Key& key, const Change& change,
                                        const std::optional<Timeout>& timeout) {
  return cache_->update<Any>(key.name,
                             [&](const std::optional<Any>& value) { return change(value); },
                             {.timeout = timeout, .version = key.version});
}

bool CacheSubject::move_version(const Key& key, std::int64_t delta) try {
  return delta > 0 ? cache_->incr_version(key.name, delta, {.version = key.version}) ==
                         key.version + delta
                   : cache_->decr_version(key.name, -delta, {.version = key.version}) ==
                         key.version + delta;
} catch (const KeyNotFound&) {
  return false;
}

void CacheSubject::set_many(const Values& values, std::int64_t version, Timeout timeout) {
  cache_->set_many(values, {.timeout = timeout, .version = version});
}

std::size_t CacheSubject::erase_many(const std::vector<std::string>& names, std::int64_t version) {
  return cache_->erase_many(names, {.version = version});
}

std::vector<std::pair<std::string, Any>> CacheSubject::get_many(
    const std::vector<std::string>& names, std::int64_t version) {
  const auto found = cache_->get_many<Any>(names, {.version = version});
  std::vector<std::pair<std::string, Any>> sorted(found.begin(), found.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return sorted;
}

std::vector<std::string> CacheSubject::keys(std::int64_t version) {
  return cache_->keys({}, {.version = version});
}

std::vector<std::optional<Seen>> CacheSubject::read_from_checkpoint(const std::vector<Key>& keys) {
  const std::filesystem::path copy = directory_.native() + ".copy" + std::to_string(++checkpoints_);
  cache_->checkpoint(copy);
  std::vector<std::optional<Seen>> seen;
  {
    const store::HookedDirectory hooked(copy, unsynced());
    Cache other = Cache::open(copy, {}, options_);
    for (const Key& key : keys) seen.push_back(read_from(other, key));
  }
  std::filesystem::remove_all(copy);
  return seen;
}

void CacheSubject::compact(const Key& first, const Key& last) {
  work_->compact(cache_->make_key(first.name, first.version),
                 cache_->make_key(last.name, last.version));
}

void CacheSubject::expire() {
  const std::uint64_t before = work_->operands_in_files();
  // Whole, by half, and with everything that need not be.
  int calls = 0;
  switch (++expirings_ % 3) {
    case 0:
      cache_->compact();
      break;
    case 1:
      cache_->expire([&](const ExpireProgress&) { return ++calls < expirings_ % 5; });
      break;
    default:
      cache_->expire();
  }
  const std::uint64_t after = work_->operands_in_files();
  work_->exercise().operands_merged += before > after ? before - after : 0;
  ++work_->exercise().compactions;
}

}  // namespace cairn::test
