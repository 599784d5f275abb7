// A directory with a store in it, open or closed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/options.h>
#include "store/directory/directory.h"
#include "store/engine/engine.h"
#include "store/health/healer.h"
#include "store/health/health_monitor.h"
#include "store/locks/gate.h"
#include "store/locks/stripes.h"
#include "store/rescue.h"

namespace cairn::store {

/// The keys of one column family, whichever generation of it is in use.  Belongs to a Store.
struct Family {
  const std::string name;
  const std::size_t seed;  // tells its keys from other families' in the stripes
  /// Null while the store is closed or the family is not made.  Guarded by the store's gate.
  Engine::Handle handle = {};
};

/// Lives as long as anyone may want the directory.  The engine inside is open while there are
/// handles, and opens by itself when an operation finds it closed.  Safe for threads.
class Store {
 public:
  Store(std::filesystem::path directory, StoreOptions options, Rules rules);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::filesystem::path& directory() const { return directory_; }
  const StoreOptions& options() const { return options_; }
  Logger& logger() { return *logger_; }
  const HealthMonitor& monitor() const { return monitor_; }
  /// What the last opening found.
  RecoveryReport recovery() const;

  /// One more handle uses the store; opens it.  Throws what opening throws.
  void attach();
  /// One handle less; the last closes the engine.
  void detach() noexcept;

  /// The family of that name, which need not exist on disk.  The reference stays valid.
  Family& family(const std::string& name);

  /// Replaces the family by an empty one.  `emptied` runs at the moment when nobody is inside.
  void clear(Family& family, const std::function<void()>& emptied);

  /// Runs `work` while nobody else is inside, the engine being open; `work` may read (Session).
  void exclusively(const std::function<void()>& work);

  /// Marks the calling thread as inside an operation: it may read, and writes are refused.
  process::UpdateScope update_scope() const { return process::UpdateScope(&gate_); }
  /// The directory that the open engine is in; empty if it is closed.
  std::optional<DirectoryId> open_in() const;
  /// How often the engine has been opened: what was read of one opening may not hold in the next.
  std::uint64_t openings() const noexcept { return openings_.load(); }

 private:
  friend class Session;

  /// Enters for one operation, opening the engine if it is closed.
  Gate::Pass enter();
  /// After an operation: closes an engine that was opened when every handle had gone.
  void left() noexcept {
    if (handles_.load(std::memory_order_relaxed) == 0) close_if_unused();
  }
  /// Makes the family on disk.  Call without a pass.
  void create(Family& family);
  void open();
  void close_if_unused() noexcept;
  void close_elsewhere() noexcept;
  std::unique_ptr<Engine> make_engine();
  void lock_directory();
  /// Which directory that is: damage may have put a new one in its place.
  void identify();
  // With the gate shut: puts an engine in use, or takes it out of use.
  void install(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> take_engine() noexcept;
  void keep(const RecoveryReport& report);
  /// What the healer does.
  Attempt mend();
  Attempt reopen();
  void rescue();
  void spare_damaged();

  const std::filesystem::path directory_;
  const StoreOptions options_;
  const Rules rules_;
  const std::shared_ptr<Logger> logger_;
  HealthMonitor monitor_;

  Gate gate_;
  Stripes stripes_;
  std::unique_ptr<DirectoryLock> lock_;  // guarded by lifecycle_; kept while the engine is replaced
  std::unique_ptr<Engine> engine_;       // guarded by gate_
  std::unique_ptr<Healer> healer_;       // guarded by lifecycle_; there from open to close
  int unwritten_ = 0;                    // guarded by lifecycle_
  std::optional<Rescue> rescued_;  // guarded by lifecycle_; until there is an engine to take it
  // Apart from the gate, so that asking waits for nobody.
  mutable std::mutex told_mutex_;
  std::optional<DirectoryId> id_;
  RecoveryReport recovery_;
  std::atomic<std::size_t> handles_{0};
  std::atomic<std::uint64_t> openings_{0};

  // The order in which locks are taken: a backend's turn, lifecycle_, the gate, and then
  // families_mutex_ or stripes.  No lock of a handle or of the registry of caches is held
  // meanwhile.
  std::mutex lifecycle_;  // opening, closing, making and clearing take turns
  std::map<std::string, std::unique_ptr<Family>> families_;  // guarded by families_mutex_
  std::mutex families_mutex_;
};

}  // namespace cairn::store
