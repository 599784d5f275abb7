// A cache and its clock by their rules, in whole milliseconds since 1970: no engine, no compaction.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include <cairn/timeout.h>
#include "model/any.h"

namespace cairn::test::durability {

/// The rules of src/ttl/clock.h, written down a second time.
class ModelClock {
 public:
  static constexpr std::int64_t hour = 60 * 60 * 1000;

  /// A process begins, with nothing but the wall clock.
  void start(std::int64_t wall) {
    wall_ = now_ = wall;
    jumped_from_ = grace_until_ = 0;
    reaped_ = now_;
  }
  /// It finds the time that the store had reached; false if that is not believed.
  bool resume(std::int64_t mark) {
    if (mark > wall_ + 24 * hour) return false;
    now_ = std::max(now_, mark);
    reap();
    return true;
  }
  void pass(std::int64_t by) {
    wall_ += by;
    now_ += by;
    reap();
  }
  void jump(std::int64_t by) {
    wall_ += by;
    if (wall_ <= now_) return;
    if (wall_ - now_ >= 60'000) {
      if (grace_until_ <= now_) jumped_from_ = now_;
      grace_until_ = wall_ + hour;
    }
    now_ = wall_;
    reap();
  }

  std::int64_t now() const { return now_; }
  std::int64_t wall() const { return wall_; }
  /// What compaction judges by.
  std::int64_t removal() const { return now_ < grace_until_ ? std::min(now_, jumped_from_) : now_; }
  /// The latest that it may have judged by since the process began.
  std::int64_t reaped() const { return reaped_; }

 private:
  void reap() { reaped_ = std::max(reaped_, removal()); }

  std::int64_t wall_ = 0;
  std::int64_t now_ = 0;
  std::int64_t jumped_from_ = 0;
  std::int64_t grace_until_ = 0;
  std::int64_t reaped_ = 0;
};

class ModelCache {
 public:
  struct Seen {
    Any value;
    Timeout ttl;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  using Changed = std::optional<Any>;

  static constexpr std::int64_t default_timeout = 300'000;

  explicit ModelCache(const ModelClock& clock) : clock_(clock) {}

  std::optional<Seen> read(const std::string& key) const {
    const Entry* const entry = live(key);
    if (entry == nullptr) return std::nullopt;
    if (entry->expires_at == forever) return Seen{entry->value, never};
    return Seen{entry->value, std::chrono::milliseconds(entry->expires_at - clock_.now())};
  }
  void set(const std::string& key, const Any& value, Timeout timeout) {
    if (timeout.keeps()) {
      entries_.insert_or_assign(key, Entry{value, deadline(timeout), clock_.now()});
    } else {
      entries_.erase(key);
    }
  }
  bool add(const std::string& key, const Any& value, Timeout timeout) {
    if (live(key) != nullptr) return false;
    if (timeout.keeps()) set(key, value, timeout);
    return true;
  }
  bool touch(const std::string& key, Timeout timeout) {
    const Entry* const entry = live(key);
    const bool there = entry != nullptr;
    if (!timeout.keeps()) {
      entries_.erase(key);
    } else if (there) {
      entries_.at(key).expires_at = deadline(timeout);
      entries_.at(key).touched_at = clock_.now();
    }
    return there;
  }
  /// Empty: there is no counter.
  std::optional<std::int64_t> incr(const std::string& key, std::int64_t by,
                                   std::optional<std::int64_t> initial, Timeout timeout) {
    const Entry* const entry = live(key);
    if (entry == nullptr && !initial) return std::nullopt;
    const std::int64_t sum = (entry != nullptr ? entry->value.number() : *initial) + by;
    if (entry != nullptr) {
      entries_.at(key).value = Any::of(sum);
    } else if (timeout.keeps()) {
      set(key, Any::of(sum), timeout);
    }
    return sum;
  }
  void incr_blindly(const std::string& key, std::int64_t by) {
    const Entry* const entry = live(key);
    if (entry == nullptr) {
      entries_.erase(key);  // what has expired stays so once something was added to it
    } else if (entry->value.kind == ValueKind::integer) {
      entries_.at(key).value = Any::of(entry->value.number() + by);
    }
  }
  bool erase(const std::string& key) {
    const bool there = live(key) != nullptr;
    entries_.erase(key);
    return there;
  }
  std::optional<Any> pop(const std::string& key) {
    const Entry* const entry = live(key);
    if (entry == nullptr) return std::nullopt;
    Any value = entry->value;
    entries_.erase(key);
    return value;
  }
  void update(const std::string& key, const Any& value, std::optional<Timeout> timeout) {
    if (live(key) != nullptr && !timeout) {
      entries_.at(key).value = value;
      entries_.at(key).written_at = clock_.now();
    } else {
      set(key, value, timeout.value_or(std::chrono::milliseconds(default_timeout)));
    }
  }

  bool is_integer(const std::string& key) const {
    const Entry* const entry = live(key);
    return entry != nullptr && entry->value.kind == ValueKind::integer;
  }
  /// There is an entry, and it has expired.
  bool expired(const std::string& key) const {
    return entries_.contains(key) && live(key) == nullptr;
  }
  std::optional<std::int64_t> expiry(const std::string& key) const {
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.expires_at == forever) return std::nullopt;
    return found->second.expires_at;
  }

  /// The process ends.  If the next one's clock is behind this one's, what had expired may live
  /// again, or compaction may have taken it.
  void end_of_process() {
    for (auto& [key, entry] : entries_) entry.unsure |= entry.expires_at <= clock_.reaped();
  }
  /// The clock was ahead, until `last`: what it wrote or touched lives as long as it had left to
  /// live.
  void correct(std::int64_t last) {
    for (auto at = entries_.begin(); at != entries_.end();) {
      Entry& entry = at->second;
      const std::int64_t newest = std::max(entry.written_at, entry.touched_at);
      const std::int64_t known = std::max(newest, last);
      const bool ahead = newest > clock_.now();
      if (ahead && entry.expires_at <= known) {
        at = entries_.erase(at);
        continue;
      }
      if (ahead && entry.expires_at != forever) {
        entry.expires_at = clock_.now() + (entry.expires_at - known);
      }
      entry.written_at = std::min(entry.written_at, clock_.now());
      entry.touched_at = std::min(entry.touched_at, clock_.now());
      ++at;
    }
  }
  /// Whether a key that lives by the clock may be gone all the same; asking settles it.
  bool may_be_gone(const std::string& key, bool found) {
    const auto at = entries_.find(key);
    if (at == entries_.end() || !at->second.unsure || live(key) == nullptr) return false;
    at->second.unsure = false;
    if (!found) entries_.erase(at);
    return !found;
  }

 private:
  static constexpr std::int64_t forever = std::numeric_limits<std::int64_t>::max();
  struct Entry {
    Any value;
    std::int64_t expires_at;
    std::int64_t written_at;
    std::int64_t touched_at = 0;
    bool unsure = false;
  };

  // Timeouts that could not be added are not used here.
  std::int64_t deadline(Timeout timeout) const {
    return timeout.is_never() ? forever : clock_.now() + timeout.duration().count();
  }
  const Entry* live(const std::string& key) const {
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.expires_at <= clock_.now()) return nullptr;
    return &found->second;
  }

  const ModelClock& clock_;
  std::map<std::string, Entry> entries_;
};

}  // namespace cairn::test::durability
