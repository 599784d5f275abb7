#include "backend/rocksdb/rocksdb_store.h"

#include <new>
#include <utility>
#include <vector>

#include <cairn/error.h>
#include "backend/rocksdb/hot_records.h"
#include "backend/rocksdb/rocksdb_backend.h"
#include "backend/rocksdb/table_weight.h"
#include "backend/same_clock.h"
#include "backend/same_function.h"
#include "bytes/little_endian.h"
#include "process/callback_scope.h"
#include "process/fork_guard.h"
#include "process/process_end.h"
#include "store/border/job_threads.h"
#include "store/directory/directory.h"
#include "ttl/contents_collector.h"
#include "ttl/counter_merge.h"

namespace cairn {
namespace {

// Records may be so much later than the time that is stored, in ms.  Where there is a log the
// engine's own thread stores it every ten seconds.
constexpr ttl::Instant remembered_ahead = 10 * 60 * 1000;

// All but the clocks.
bool same(const StoreOptions& a, const StoreOptions& b) {
  return a.durability == b.durability && a.sync_interval == b.sync_interval &&
         a.memory_budget == b.memory_budget && a.record_memory == b.record_memory &&
         a.free_space_reserve == b.free_space_reserve && a.max_write_delay == b.max_write_delay &&
         a.reclaim_interval == b.reclaim_interval && a.on_damage == b.on_damage &&
         a.allow_shared == b.allow_shared && same_function(a.logger, b.logger) &&
         same_function(a.on_recovery, b.on_recovery) && same_function(a.on_health, b.on_health);
}

StoreOptions engine_options(StoreOptions options) {
  options.memory_budget = MemoryShares::of(options).engine;
  return options;
}

// Null: none is wanted, or there is no memory.
std::unique_ptr<tier::RecordTier> make_tier(const StoreOptions& options) {
  const std::uint64_t bytes = MemoryShares::of(options).records;
  if (bytes == 0) return nullptr;
  try {
    return std::make_unique<tier::RecordTier>(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// One of the user's is a callback, and inside an operation of that store.
ClockSource source_of(const ClockSource& asked, process::Rank rank) {
  if (!asked) return system_clock_reading;
  return [asked, rank] {
    const process::CallbackScope scope(store::JobThreads::holder(rank));
    return asked();
  };
}

}  // namespace

// Every store of the process, so that one directory is opened once.
struct RocksdbStore::Open {
  process::Mutex mutex;
  // By canonical path.
  std::map<std::filesystem::path, std::weak_ptr<RocksdbStore>> stores CAIRN_GUARDED_BY(mutex);

  static Open& instance() {
    static Open* const stores = new Open;  // outlives whatever else is static
    return *stores;
  }

  // The store of that path or, since a directory may be mounted in two places, the one that is open
  // in that very directory.  Device and inode alone would not do: a closed store's directory may be
  // gone, and its numbers another's.  What was passed over may be the last handle of its store,
  // which must not be closed under the lock; and so may one that nobody uses any more.
  std::shared_ptr<RocksdbStore> find(const std::filesystem::path& path,
                                     const store::DirectoryId& id,
                                     std::vector<std::shared_ptr<RocksdbStore>>& passed)
      CAIRN_REQUIRES(mutex) {
    std::erase_if(stores, [](const auto& each) { return each.second.expired(); });
    for (const auto& [known, slot] : stores) {
      std::shared_ptr<RocksdbStore> alive = slot.lock();
      const bool same = known == path || (alive && alive->store().open_in() == id);
      if (alive && same && !alive->left()) return alive;
      if (alive) passed.push_back(std::move(alive));
    }
    return nullptr;
  }
};

// Its options, its clock and the functions in them are the last user's, who may be gone.
bool RocksdbStore::left() { return used_.expired() && store_.closed(); }

std::shared_ptr<RocksdbStore> RocksdbStore::use() {
  std::shared_ptr<RocksdbStore> used = used_.lock();
  if (used) return used;
  used = std::shared_ptr<RocksdbStore>(
      this, [self = shared_from_this()](RocksdbStore*) mutable { self.reset(); });
  used_ = used;
  return used;
}

std::shared_ptr<RocksdbStore> RocksdbStore::at(const std::filesystem::path& directory,
                                               const StoreOptions& options) {
  process::ForkGuard::check();
  process::ProcessEnd::check();
  const store::DirectoryId id = store::prepare_directory(directory, store::sharing(options));
  // Relative paths mean what they mean here, whatever the program's directory is later.
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(directory, error);
  if (error) throw IoError("open " + quote(directory.native()) + ": " + error.message());

  Open& open = Open::instance();
  std::shared_ptr<RocksdbStore> fresh;
  std::vector<std::shared_ptr<RocksdbStore>> passed;
  process::UniqueLock lock(open.mutex);
  std::shared_ptr<RocksdbStore> found = open.find(path, id, passed);
  if (!found) {
    // Reads the clock, which may be the caller's, and open another store.
    lock.unlock();
    fresh.reset(new RocksdbStore(path, options));
    lock.lock();
    found = open.find(path, id, passed);
  }
  const bool made = !found;
  if (made) {
    found = fresh;
    open.stores[path] = found;
  }
  std::shared_ptr<RocksdbStore> used = found->use();
  lock.unlock();
  if (made) return used;
  if (!same(found->options_, options) ||
      !same_clock(found->options_.clock, options.clock, found->rank_)) {
    throw InvalidOption("location " + quote(directory.native()) +
                        " is in use in this process with other StoreOptions; give all its caches "
                        "the same");
  }
  return used;
}

RocksdbStore::RocksdbStore(const std::filesystem::path& directory, const StoreOptions& options)
    : options_(options),
      rank_(store::JobThreads::next_store_rank()),
      source_(source_of(options.clock, rank_)),
      clock_(std::make_shared<ttl::Clock>(source_)),
      tier_(make_tier(options)),
      store_(directory, engine_options(options), rules()) {
  const std::uint64_t wanted = MemoryShares::of(options).records;
  if (wanted > 0 && !tier_) {
    store_.logger().say("no memory for " + std::to_string(wanted) +
                        " bytes of hot records (StoreOptions::record_memory); the store does "
                        "without them");
  }
}

RocksdbStore::~RocksdbStore() = default;

store::Rules RocksdbStore::rules() {
  store::Rules rules;
  rules.rank = rank_;
  rules.owner = [this] { return weak_from_this().lock(); };
  rules.merge = std::make_shared<ttl::CounterMerge>();
  rules.filter = [this](const std::string& family) {
    return std::make_shared<ttl::ExpiryFilterFactory>(clock_, dropped(family));
  };
  rules.clock_time = [this] {
    std::string time(8, '\0');
    store_little_endian<8>(time.data(), clock_->now());
    return time;
  };
  rules.clock_not_before = [this](std::string_view time) -> store::Correction {
    remembered_until_.store(0);
    if (time.size() != 8) return {};
    const ttl::Instant last = load_little_endian<8>(time.data());
    // A clock that has gone on since in this process has no time before it to be told.
    if (last <= clock_->now() || clock_->resume(last)) {
      remembered(last);
      return {};
    }
    clock_mark_ignored_.store(true);
    store_.logger().say(
        "the time at which the store was last used is more than a day ahead of the "
        "wall clock, and is ignored");
    return [now = clock_->now(), last](std::string_view record) {
      return ttl::corrected(record, now, last);
    };
  };
  rules.collector = std::make_shared<ttl::ContentsCollectorFactory>(clock_);
  rules.weigh = [this](const rocksdb::UserCollectedProperties& properties) {
    return weigh(properties, clock_->removal_time());
  };
  rules.weigh_as_of_now = [this]() -> store::Weigh {
    return [time = clock_->removal_time()](const rocksdb::UserCollectedProperties& properties) {
      return weigh(properties, time, Doubtful::dead);
    };
  };
  rules.reclaimed = [this](const std::string& family, std::uint64_t freed, std::uint64_t written) {
    Reclaimed& sum = reclaimed(family);
    sum.freed.fetch_add(freed, std::memory_order_relaxed);
    sum.written.fetch_add(written, std::memory_order_relaxed);
    // The machine's clock: people compare it with their own.
    sum.last.store(system_clock_reading().wall.count(), std::memory_order_relaxed);
  };
  rules.engine_changed = [this] { forget_records(); };
  return rules;
}

void RocksdbStore::remembered(ttl::Instant time) {
  remembered_until_.store(
      time < ttl::never_expires - remembered_ahead ? time + remembered_ahead : ttl::never_expires,
      std::memory_order_release);
}

// Whoever comes meanwhile does it as well: nobody writes before it is done.
void RocksdbStore::remember_now(ttl::Instant time, store::Session& session) {
  if (session.remember_time()) remembered(time);
}

// Nothing of one engine is found while another is in use, or none: then another process may have
// the directory.
void RocksdbStore::forget_records() noexcept {
  if (!tier_) return;
  const process::LockGuard lock(mutex_);
  for (auto& [family, space] : spaces_) HotRecords::renew(*tier_, space);
}

std::atomic<tier::Space>& RocksdbStore::space(const std::string& family) {
  const process::LockGuard lock(mutex_);
  const auto [space, fresh] = spaces_.try_emplace(family, tier::no_space);
  if (fresh && tier_) HotRecords::renew(*tier_, space->second);
  return space->second;
}

Reclaimed& RocksdbStore::reclaimed(const std::string& family) {
  const process::LockGuard lock(mutex_);
  return reclaimed_[family];
}

std::shared_ptr<ttl::DropCount> RocksdbStore::dropped(const std::string& family) {
  const process::LockGuard lock(mutex_);
  std::shared_ptr<ttl::DropCount>& count = dropped_[family];
  if (!count) count = std::make_shared<ttl::DropCount>(0);
  return count;
}

std::shared_ptr<RocksdbBackend> RocksdbStore::backend(const std::string& family) {
  store::Family& keys = store_.family(family);
  const std::shared_ptr<ttl::DropCount> count = dropped(family);
  std::atomic<tier::Space>& records = space(family);
  const process::LockGuard lock(mutex_);
  std::weak_ptr<RocksdbBackend>& slot = backends_[family];
  std::shared_ptr<RocksdbBackend> found = slot.lock();
  if (!found) {
    found = std::make_shared<RocksdbBackend>(used_.lock(), keys, count, records);
    slot = found;
  }
  return found;
}

}  // namespace cairn
