// Where the rooms meet: a store on disk that applies our rules about records.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <cairn/options.h>
#include "backend/rocksdb/memory_shares.h"
#include "process/mutex.h"
#include "store/session.h"
#include "store/store.h"
#include "tier/record_tier.h"
#include "ttl/clock.h"
#include "ttl/expiry_filter.h"

namespace cairn {

class RocksdbBackend;

/// What the store has done by itself about a family's expired records.
struct Reclaimed {
  std::atomic<std::uint64_t> freed{0};    ///< bytes by which its tables became smaller
  std::atomic<std::uint64_t> written{0};  ///< bytes written for that
  std::atomic<std::int64_t> last{0};      ///< when it did so last, in ms since 1970; 0: never
};

/// One directory with its clock and its hot records, and the backends of its column families. There
/// is one per directory and process, whatever the directory is called.
class RocksdbStore : public std::enable_shared_from_this<RocksdbStore> {
 public:
  /// The store of a directory, which is made if it is not there; opens nothing.  Throws
  /// InvalidOption if it is in use with other options, and what preparing a directory throws.
  /// Whoever has what this returns uses the store; whatever else keeps it alive, as its own threads
  /// do for a moment after its last use (weak_from_this()), does not.
  static std::shared_ptr<RocksdbStore> at(const std::filesystem::path& directory,
                                          const StoreOptions& options);
  ~RocksdbStore();

  /// The backend of a column family: the same for everyone who asks while anyone has it.
  std::shared_ptr<RocksdbBackend> backend(const std::string& family);

  store::Store& store() { return store_; }
  /// As they were given: the store's own have the engine's share of the memory only.
  const StoreOptions& options() const { return options_; }
  const ttl::Clock& clock() const { return *clock_; }
  std::chrono::milliseconds wall() const { return ttl::bounded(source_()).wall; }
  /// Records of that family dropped by compaction filters.
  std::shared_ptr<ttl::DropCount> dropped(const std::string& family);
  /// Stays where it is.
  Reclaimed& reclaimed(const std::string& family);
  /// To be called before a record of that time is written.  The store remembers a time that is not
  /// long before it, so that the next opening can tell a record whose clock was ahead.  Costs a
  /// load, but for the first write and where the clock has jumped.
  void remember(ttl::Instant time, store::Session& session) {
    if (time >= remembered_until_.load(std::memory_order_acquire)) [[unlikely]]
      remember_now(time, session);
  }
  bool clock_mark_ignored() const { return clock_mark_ignored_.load(); }
  /// Null if the options want none, or there is no memory for it.
  tier::RecordTier* tier() const { return tier_.get(); }
  /// What the records of that family are found under in the tier.  It is another one whenever
  /// everything that the tier may have of the family has to be forgotten.
  std::atomic<tier::Space>& space(const std::string& family);
  /// Records that the tier had and that could not be understood.
  std::uint64_t damaged() const { return damaged_.load(std::memory_order_relaxed); }
  void count_damaged() { damaged_.fetch_add(1, std::memory_order_relaxed); }

 private:
  RocksdbStore(const std::filesystem::path& directory, const StoreOptions& options);
  struct Open;
  std::shared_ptr<RocksdbStore> use();
  bool left();
  store::Rules rules();
  void remember_now(ttl::Instant time, store::Session& session);
  void remembered(ttl::Instant time);
  void forget_records() noexcept;

  // Of those who use the store.  Set under Open's mutex, and while nobody does.
  std::weak_ptr<RocksdbStore> used_;
  const StoreOptions options_;
  const process::Rank rank_;
  const ClockSource source_;
  const std::shared_ptr<ttl::Clock> clock_;
  std::atomic<bool> clock_mark_ignored_{false};
  // Zero: nothing is.
  std::atomic<ttl::Instant> remembered_until_{0};
  process::Mutex mutex_;
  std::map<std::string, std::shared_ptr<ttl::DropCount>> dropped_ CAIRN_GUARDED_BY(mutex_);
  std::map<std::string, Reclaimed> reclaimed_ CAIRN_GUARDED_BY(mutex_);
  std::map<std::string, std::weak_ptr<RocksdbBackend>> backends_ CAIRN_GUARDED_BY(mutex_);
  // They stay where they are: backends have references.
  std::map<std::string, std::atomic<tier::Space>> spaces_ CAIRN_GUARDED_BY(mutex_);
  const std::unique_ptr<tier::RecordTier> tier_;
  std::atomic<std::uint64_t> damaged_{0};
  store::Store store_;
};

}  // namespace cairn
