// A record tier before a backend that has none: as RocksdbBackend has one, or with one mistake.
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>

#include "backend/rocksdb/rocksdb_backend.h"
#include "durability/linearizability/on_backend.h"
#include "tier/record_tier.h"

namespace cairn::test::durability {

enum class Mistake {
  none,
  fill_without_check,     ///< what was read is kept, whoever has written meanwhile
  stored_before_written,  ///< the new record is there before the engine has it
  clear_keeps,            ///< clear() leaves what the tier has
  expiry_at_insertion,    ///< what lives when it is kept is thought to live for ever
  reused_under_reader,    ///< a reader does not look again whether what it copied was still there
};

/// Only get looks into the tier; everything else asks the backend.
class Fronted {
 public:
  /// `options` have no record memory.  The family exists.
  Fronted(const std::filesystem::path& directory, const StoreOptions& options, Timeout timeout,
          Mistake mistake)
      : store_(RocksdbStore::at(directory, options)),
        backend_(store_->backend("default")),
        timeout_(timeout),
        mistake_(mistake) {}

  Outcome perform(std::string_view key, const Operation& operation) {
    if (operation.action == Action::get) return outcome(get(key));
    if (operation.action == Action::clear) return clear(operation);
    // Whoever asks the backend does not see it cleared while get still finds what the tier has.
    const std::shared_lock inside(gate_);
    if (operation.action == Action::contains) return durability::perform(*backend_, key, operation);
    const std::lock_guard turn(turn_of(key));
    const bool sets = operation.action == Action::set;
    const tier::Key name = tier::key(space_, key);
    const ttl::Instant time = backend_->now();
    const ttl::Instant expires_at = ttl::deadline(time, timeout_);
    const std::string record = ttl::encode_integer(operation.argument, time, expires_at);
    tier::RecordTier::Change change(tier_, name);
    if (sets && mistake_ == Mistake::stored_before_written) {
      change.store(record, expires_at, 0, 0);
      pause();
    }
    const Outcome result = durability::perform(*backend_, key, operation, timeout_);
    if (sets && mistake_ != Mistake::stored_before_written) {
      change.store(record, expires_at, 0, 0);
    }
    return result;
  }

  /// What else is read and kept: other keys, so many that all of the memory is used again soon, and
  /// so few that they come again while they are remembered.
  void churn(int times) {
    churning_ = true;
    for (int i = 0; i < times; ++i) {
      const std::string record = ttl::encode_integer(churned_, 1, ttl::never_expires);
      const std::string other = "other " + std::to_string(churned_++ % 1500);
      const tier::Key name = tier::key(space_, other);
      tier_.fill(name, tier_.ticket(name), record, ttl::never_expires, 0, 0);
    }
    churning_ = false;
  }

 private:
  std::optional<std::int64_t> get(std::string_view key) {
    const tier::Key name = tier::key(space_, key);
    if (const auto found = find(name)) {
      if (mistake_ == Mistake::expiry_at_insertion || ttl::live(*found, backend_->now())) {
        return ttl::integer(*found);
      }
      return std::nullopt;
    }
    const std::shared_lock inside(gate_);
    const tier::Key now = tier::key(space_, key);
    const tier::RecordTier::Ticket ticket = tier_.ticket(now);
    const std::optional<Found> found = backend_->read(key);
    if (!found) return std::nullopt;
    pause();
    const std::string record =
        ttl::encode_integer(*number(found), found->written_at, found->expires_at);
    if (mistake_ == Mistake::fill_without_check) {
      tier::RecordTier::Change(tier_, now).store(record, found->expires_at, 0, 0);
    } else {
      tier_.fill(now, ticket, record, found->expires_at, 0, 0);
    }
    return number(found);
  }

  std::optional<ttl::Record> find(const tier::Key& name) {
    thread_local std::string bytes;
    if (mistake_ != Mistake::reused_under_reader) {
      if (!tier_.find(name, bytes)) return std::nullopt;
      return ttl::parse(bytes);
    }
    const tier::Look look = tier_.look(name);
    if (!look) return std::nullopt;
    const std::int64_t then = churned_ + 6000;
    while (churning_ && churned_ < then) std::this_thread::yield();
    bytes.resize(ttl::header_size + 8);
    look.copy(0, bytes);
    // Whatever it is now: nothing else would tell that it is another's.
    return ttl::Record{ValueKind::integer, 0, ttl::never_expires,
                       std::string_view(bytes).substr(ttl::header_size)};
  }

  Outcome clear(const Operation& operation) {
    const std::lock_guard alone(gate_);
    durability::perform(*backend_, {}, operation);
    if (mistake_ != Mistake::clear_keeps) space_ = tier_.new_space();
    return {};
  }

  // Others come first, if there are any.
  static void pause() {
    for (int i = 0; i < 4; ++i) std::this_thread::yield();
  }

  std::mutex& turn_of(std::string_view key) {
    return turns_[std::hash<std::string_view>{}(key) % turns_.size()];
  }

  const std::shared_ptr<RocksdbStore> store_;
  const std::shared_ptr<RocksdbBackend> backend_;
  const Timeout timeout_;
  const Mistake mistake_;
  tier::RecordTier tier_{tier::RecordTier::least_bytes};
  std::atomic<tier::Space> space_{tier_.new_space()};
  std::shared_mutex gate_;
  std::array<std::mutex, 64> turns_;
  std::atomic<std::int64_t> churned_{0};
  std::atomic<bool> churning_{false};
};

}  // namespace cairn::test::durability
