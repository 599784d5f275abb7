// What keeps records in memory: the tier, and what one would write otherwise.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tier/record_tier.h"

namespace bench {

// Each subject has
//   static constexpr const char* name
//   bool find(std::string_view key, std::string& record)   a copy
//   void store(std::string_view key, std::string_view record)

inline constexpr std::size_t shard_count = 64;

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const noexcept {
    return std::hash<std::string_view>{}(key);
  }
};

class Tier {
 public:
  static constexpr const char* name = "tier";

  explicit Tier(std::size_t bytes) : tier_(bytes), space_(tier_.new_space()) {}

  bool find(std::string_view key, std::string& record) {
    return tier_.find(cairn::tier::key(space_, key), record).has_value();
  }
  void store(std::string_view key, std::string_view record) {
    cairn::tier::RecordTier::Change(tier_, cairn::tier::key(space_, key))
        .store(record, cairn::tier::never_expires, 0, 1);
  }
  void fill(std::string_view bytes, std::string_view record) {
    const cairn::tier::Key key = cairn::tier::key(space_, bytes);
    tier_.fill(key, tier_.ticket(key), record, cairn::tier::never_expires, 0, 1);
  }
  std::size_t find_many(const std::vector<std::string_view>& names, std::string& record) {
    keys_.clear();
    for (const std::string_view each : names) keys_.push_back(cairn::tier::key(space_, each));
    tier_.prefetch(keys_);
    std::size_t found = 0;
    for (const cairn::tier::Key& key : keys_) found += tier_.find(key, record).has_value() ? 1 : 0;
    return found;
  }

 private:
  cairn::tier::RecordTier tier_;
  cairn::tier::Space space_;
  std::vector<cairn::tier::Key> keys_;  // of the only thread that finds many
};

/// The usual bound: a map with a mutex, 64 times.  Holds everything for ever.
class Maps {
 public:
  static constexpr const char* name = "maps";

  bool find(std::string_view key, std::string& record) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.records.find(key);
    if (found == shard.records.end()) return false;
    record = found->second;
    return true;
  }
  void store(std::string_view key, std::string_view record) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.records.find(key);
    if (found != shard.records.end()) {
      found->second = record;
    } else {
      shard.records.emplace(key, record);
    }
  }

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::string, Hash, std::equal_to<>> records;
  };
  Shard& shard_of(std::string_view key) { return shards_[Hash{}(key) >> 48 & (shard_count - 1)]; }

  std::array<Shard, shard_count> shards_;
};

/// A CLOCK cache as in many libraries: readers share the shard's lock and set a bit.
class SharedClock {
 public:
  static constexpr const char* name = "shared clock";

  bool find(std::string_view key, std::string& record) {
    Shard& shard = shard_of(key);
    const std::shared_lock lock(shard.mutex);
    const auto found = shard.records.find(key);
    if (found == shard.records.end()) return false;
    if (!found->second->used.load(std::memory_order_relaxed)) {
      found->second->used.store(true, std::memory_order_relaxed);
    }
    record = found->second->record;
    return true;
  }
  void store(std::string_view key, std::string_view record) {
    Shard& shard = shard_of(key);
    const std::unique_lock lock(shard.mutex);
    const auto found = shard.records.find(key);
    if (found != shard.records.end()) {
      found->second->record = record;
    } else {
      shard.records.emplace(key, std::make_unique<Entry>(record));
    }
  }

 private:
  struct Entry {
    explicit Entry(std::string_view bytes) : record(bytes) {}
    std::string record;
    std::atomic<bool> used{false};
  };
  struct alignas(64) Shard {
    std::shared_mutex mutex;
    std::unordered_map<std::string, std::unique_ptr<Entry>, Hash, std::equal_to<>> records;
  };
  Shard& shard_of(std::string_view key) { return shards_[Hash{}(key) >> 48 & (shard_count - 1)]; }

  std::array<Shard, shard_count> shards_;
};

/// Open addressing: hash and pointer to one allocation with key and record, under a lock that
/// spins.  The table is made for as many as there will be.
class OpenTable {
 public:
  static constexpr const char* name = "open table";

  explicit OpenTable(std::size_t count) {
    for (Shard& shard : shards_) shard.slots.resize(2 * count / shard_count + 64);
  }

  bool find(std::string_view key, std::string& record) {
    const std::size_t hash = Hash{}(key);
    Shard& shard = shard_of(hash);
    const std::lock_guard lock(shard);
    const Slot& slot = shard.slot(hash, key);
    if (!slot.entry) return false;
    record.assign(slot.entry.get() + slot.key_size, slot.size);
    return true;
  }
  void store(std::string_view key, std::string_view record) {
    const std::size_t hash = Hash{}(key);
    std::unique_ptr<char[]> entry(new char[key.size() + record.size()]);
    key.copy(entry.get(), key.size());
    record.copy(entry.get() + key.size(), record.size());
    Shard& shard = shard_of(hash);
    const std::lock_guard lock(shard);
    Slot& slot = shard.slot(hash, key);
    slot.hash = hash;
    slot.key_size = static_cast<std::uint32_t>(key.size());
    slot.size = static_cast<std::uint32_t>(record.size());
    std::swap(slot.entry, entry);
  }

 private:
  struct Slot {
    std::size_t hash = 0;
    std::uint32_t key_size = 0;
    std::uint32_t size = 0;
    std::unique_ptr<char[]> entry;
  };
  struct alignas(64) Shard {
    std::atomic<bool> locked{false};
    std::vector<Slot> slots;

    void lock() {
      while (locked.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
    }
    void unlock() { locked.store(false, std::memory_order_release); }
    Slot& slot(std::size_t hash, std::string_view key) {
      for (std::size_t i = (hash & 0xffffffffffff) % slots.size();; i = (i + 1) % slots.size()) {
        Slot& each = slots[i];
        if (!each.entry) return each;
        if (each.hash == hash && std::string_view(each.entry.get(), each.key_size) == key) {
          return each;
        }
      }
    }
  };
  Shard& shard_of(std::size_t hash) { return shards_[hash >> 48 & (shard_count - 1)]; }

  std::array<Shard, shard_count> shards_;
};

}  // namespace bench
