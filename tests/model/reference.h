// The model: a cache as simple as it can be written, without an engine, without compaction.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>

#include "model/subject.h"
#include "support/fake_clock.h"

namespace cairn::test {

/// The store's clock by its definition, in whole numbers.
class ReferenceClock {
 public:
  explicit ReferenceClock(FakeClock clock) : clock_(std::move(clock)), last_(clock_.wall()) {}
  ttl::Instant now() const { return static_cast<ttl::Instant>(last_.count()); }
  std::chrono::milliseconds ahead_of_wall() const { return last_ - clock_.wall(); }

  void advance(std::chrono::milliseconds by) {
    clock_.advance(by);
    last_ = std::max(last_ + by, clock_.wall());
  }
  void jump_wall(std::chrono::milliseconds by) {
    clock_.jump_wall(by);
    last_ = std::max(last_, clock_.wall());
  }

 private:
  FakeClock clock_;
  std::chrono::milliseconds last_;
};

class Reference {
 public:
  explicit Reference(const ReferenceClock& clock) : clock_(clock) {}

  static constexpr Timeout default_timeout = std::chrono::seconds(300);

  std::optional<Any> value(const Key& key) const {
    const Entry* const entry = live(key);
    return entry ? std::optional(entry->value) : std::nullopt;
  }
  std::optional<Seen> read(const Key& key) const {
    const Entry* const entry = live(key);
    if (!entry) return std::nullopt;
    if (entry->expires_at == forever) return Seen{entry->value, never};
    return Seen{entry->value, std::chrono::milliseconds(entry->expires_at - clock_.now())};
  }

  void set(const Key& key, const Any& value, Timeout timeout) {
    if (timeout.keeps()) {
      entries_.insert_or_assign(key, Entry{value, deadline(timeout)});
    } else {
      entries_.erase(key);
    }
  }
  bool add(const Key& key, const Any& value, Timeout timeout) {
    if (live(key)) return false;
    if (timeout.keeps()) set(key, value, timeout);
    return true;
  }
  bool touch(const Key& key, Timeout timeout) {
    const std::optional<Any> value_now = value(key);
    if (value_now) set(key, *value_now, timeout);
    return value_now.has_value();
  }
  Incremented incr(const Key& key, const Step& step, const std::optional<Seed>& seed) {
    const Entry* const entry = live(key);
    if (!entry && !seed) return {Incremented::Outcome::missing};
    if (entry && entry->value.kind != ValueKind::integer) {
      return {Incremented::Outcome::not_an_integer, 0, entry->value.kind};
    }
    constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();
    const std::int64_t value = entry ? entry->value.number() : seed->initial;
    const std::int64_t by = step.amount;
    const bool fits = step.direction == Direction::down
                          ? (by > 0 ? value >= min + by : value <= max + by)
                          : (by > 0 ? value <= max - by : value >= min - by);
    if (!fits) return {Incremented::Outcome::overflow};
    const std::int64_t result = step.direction == Direction::down ? value - by : value + by;
    if (entry) {
      entries_.at(key).value = Any::of(result);
    } else if (seed->timeout.keeps()) {
      set(key, Any::of(result), seed->timeout);
    }
    return {Incremented::Outcome::done, result};
  }
  void incr_many(const Subject::Deltas& deltas) {
    for (const auto& [key, delta] : deltas) {
      const Entry* const entry = live(key);
      if (!entry || entry->value.kind != ValueKind::integer) continue;
      const std::uint64_t sum =
          static_cast<std::uint64_t>(entry->value.number()) + static_cast<std::uint64_t>(delta);
      entries_.at(key).value = Any::of(static_cast<std::int64_t>(sum));
    }
  }
  bool erase(const Key& key) {
    const bool was_live = live(key) != nullptr;
    entries_.erase(key);
    return was_live;
  }
  void clear() { entries_.clear(); }

  std::optional<Any> update(const Key& key, const Subject::Change& change,
                            const std::optional<Timeout>& timeout) {
    const Entry* const entry = live(key);
    const std::optional<Any> changed = change(value(key));
    if (!changed) {
      entries_.erase(key);
    } else if (entry && !timeout) {
      entries_.at(key).value = *changed;
    } else {
      set(key, *changed, timeout.value_or(default_timeout));
    }
    return changed;
  }
  bool move_version(const Key& key, std::int64_t delta) {
    const Entry* const entry = live(key);
    if (!entry) return false;
    const Entry moved = *entry;
    entries_.erase(key);
    entries_.insert_or_assign(Key{key.name, key.version + delta}, moved);
    return true;
  }

 private:
  struct Entry {
    Any value;
    ttl::Instant expires_at;
  };
  static constexpr ttl::Instant forever = ~ttl::Instant{0};

  ttl::Instant deadline(Timeout timeout) const {
    if (timeout.is_never()) return forever;
    return clock_.now() + static_cast<ttl::Instant>(timeout.duration().count());
  }
  const Entry* live(const Key& key) const {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    return found->second.expires_at > clock_.now() ? &found->second : nullptr;
  }

  const ReferenceClock& clock_;
  std::map<Key, Entry> entries_;
};

}  // namespace cairn::test
