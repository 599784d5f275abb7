// Django's local-memory cache: a bounded map in this process.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "backend/entry_index.h"
#include "process/callback_scope.h"
#include "process/mutex.h"
#include "ttl/clock.h"

namespace cairn {

/// Records in a map under one lock.  For tests, and as the yardstick of what a cache should answer.
/// When it is full the least recently used go first: get, set and incr are uses; touch, contains
/// and a failed add are not.
class MemoryBackend final : public Backend {
 public:
  MemoryBackend(std::string name, ClockSource clock);

  /// The clock as it was given: empty for the system's.
  const ClockSource& clock_source() const { return given_; }
  process::Rank rank() const { return rank_; }

  void check_caller() const override { process::CallbackScope::refuse_inside(rank_); }
  std::chrono::milliseconds wall() const override { return ttl::bounded(source_()).wall; }
  Instant now() const override { return clock_.now(); }
  std::optional<Found> read(std::string_view key) override;
  std::optional<Header> peek(std::string_view key) override;
  void read_many(std::span<const std::string_view> keys,
                 const std::function<void(std::size_t, Found)>& found,
                 const std::function<void(std::size_t)>& unreadable) override;
  std::vector<std::string> list_readable(std::string_view) override { return {}; }  // all can be
  Listing list(std::string_view first, std::string_view prefix, std::size_t limit) override;
  void write(std::string_view key, EncodedValue& value, Timeout timeout,
             const WriteMode& mode) override;
  bool write_if_absent(std::string_view key, EncodedValue& value, Timeout timeout,
                       const WriteMode& mode) override;
  bool write_if_same(std::string_view key, const std::optional<Found>& read,
                     const Replacement& replacement, const WriteMode& mode) override;
  void write_many(std::span<const Write> writes, Timeout timeout, const WriteMode& mode) override;
  bool touch(std::string_view key, Timeout timeout, const WriteMode& mode) override;
  bool erase(std::string_view key, const WriteMode& mode) override;
  std::size_t erase_many(std::span<const std::string_view> keys, const WriteMode& mode) override;
  bool move(std::string_view from, std::string_view to, const WriteMode& mode) override;
  Incremented increment(std::string_view key, const Step& step, const std::optional<Seed>& seed,
                        const WriteMode& mode) override;
  void increment_many(std::span<const std::pair<std::string, std::int64_t>> deltas,
                      const WriteMode& mode) override;
  void clear() override;
  std::uint64_t expire(const ExpireObserver& observer) override;
  std::uint64_t cull(const WriteMode& mode) override;
  Stats stats(const WriteMode& mode) override;

 private:
  using Lock = process::LockGuard<process::Mutex>;
  using Records = std::map<std::string, std::string, std::less<>>;

  std::optional<ttl::Record> live(std::string_view key, Instant now) const CAIRN_REQUIRES(mutex_);
  void put(std::string_view key, std::string_view record, Instant expires_at, Instant now,
           const WriteMode& mode) CAIRN_REQUIRES(mutex_);
  void replace(std::string& stored, std::string&& record) noexcept CAIRN_REQUIRES(mutex_);
  bool drop(std::string_view key) CAIRN_REQUIRES(mutex_);
  bool drop_record(std::string_view key) CAIRN_REQUIRES(mutex_);
  bool erase_live(std::string_view key, Instant now) CAIRN_REQUIRES(mutex_);
  std::size_t drop_all(const std::vector<std::string>& keys) CAIRN_REQUIRES(mutex_);
  std::size_t drop_expired(Instant now, std::size_t most) CAIRN_REQUIRES(mutex_);
  void sweep(Instant now) CAIRN_REQUIRES(mutex_);
  void make_room(std::string_view key, Instant now, const Bounds& bounds) CAIRN_REQUIRES(mutex_);

  const std::string name_;
  const ClockSource given_;
  const process::Rank rank_;
  const ClockSource source_;
  const ttl::Clock clock_;
  process::Mutex mutex_;
  Records records_ CAIRN_GUARDED_BY(mutex_);
  std::uint64_t bytes_ CAIRN_GUARDED_BY(mutex_) = 0;  // of keys and records
  EntryIndex index_ CAIRN_GUARDED_BY(mutex_);
  std::uint64_t expired_ CAIRN_GUARDED_BY(mutex_) = 0;
};

}  // namespace cairn
