// A store in its directory, open or closed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <cairn/options.h>
#include "process/callback_scope.h"
#include "process/mutex.h"
#include "process/process_end.h"
#include "process/update_scope.h"
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
  /// Null while the store is closed or the family is not made.  Guarded by the store's gate, which
  /// the analysis cannot reach from here.
  Engine::Handle handle = {};
};

/// Lives as long as anyone may want the directory.  The engine inside is open while there are
/// handles, and opens by itself when an operation finds it closed.  Safe for threads.
class Store final : public process::ProcessEnd::Participant {
 public:
  Store(std::filesystem::path directory, StoreOptions options, Rules rules);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::filesystem::path& directory() const { return directory_; }
  const StoreOptions& options() const { return options_; }
  Logger& logger() { return *logger_; }
  const HealthMonitor& monitor() const { return monitor_; }
  /// The findings of the last opening.
  RecoveryReport recovery() const;

  /// One more handle uses the store; opens it.  Throws the errors of opening (cairn/caches.h).
  void attach();
  /// One handle less; the last closes the engine.
  void detach() noexcept;
  /// One handle less; the last leaves it to the next operation to close the engine.
  void detach_later() noexcept { handles_.fetch_sub(1); }

  /// Refuses a use from inside the clock or the logger, which may be called under any lock here.
  void check_caller() const { process::CallbackScope::refuse_inside(rules_.rank); }

  /// The family of that name, which need not exist on disk.  The reference stays valid.
  Family& family(const std::string& name);

  /// Replaces the family by an empty one.  `emptied` runs at the moment when nobody is inside.
  void clear(Family& family, const std::function<void()>& emptied);

  /// Returns when every operation that keeps the gate, and has begun before, has left.
  void wait_for_those_inside();

  /// Whether nothing is open, and nobody is opening or closing it.
  bool closed() noexcept CAIRN_EXCLUDES(lifecycle_);
  /// The directory that the open engine is in; empty if it is closed.
  std::optional<DirectoryId> open_in() const;
  /// Closes the store for good, whoever has it.  Where somebody is inside and does not leave in
  /// time, it is left as a crash would leave it, but for what can be written out.
  void at_end(const process::ProcessEnd::Circumstances& end) noexcept override;

  /// How often the engine has been opened: nothing that was read in one opening need hold in the
  /// next.
  std::uint64_t openings() const noexcept { return openings_.load(); }

 private:
  friend class Session;

  /// Enters for one operation, opening the engine if it is closed.  Not checked inside, since an
  /// Entry is not tied to a scope.
  Gate::Entry enter() CAIRN_EXCLUDES(lifecycle_, gate_) CAIRN_NO_THREAD_SAFETY_ANALYSIS;
  /// Only the holder of lifecycle_ replaces the engine, so it may look at it without the gate.
  Engine* engine_in_use() const CAIRN_REQUIRES(lifecycle_) CAIRN_NO_THREAD_SAFETY_ANALYSIS {
    return engine_.get();
  }
  /// After an operation: closes an engine that was opened when every handle had gone.
  void leave() noexcept {
    if (handles_.load(std::memory_order_relaxed) == 0) close_if_unused();
  }
  /// Makes the family on disk.
  void create(Family& family) CAIRN_EXCLUDES(lifecycle_, gate_);
  void open() CAIRN_EXCLUDES(lifecycle_, gate_);
  void open_once() CAIRN_EXCLUDES(lifecycle_, gate_);
  /// Calls on_recovery, without a lock, for what has not been told yet.
  void tell_recoveries() noexcept CAIRN_EXCLUDES(lifecycle_, gate_, told_mutex_);
  void close_if_unused() noexcept CAIRN_EXCLUDES(lifecycle_, gate_);
  void close_elsewhere() noexcept;
  /// The healer of the engine that was closed, which is still to end; null if none was.
  std::unique_ptr<Healer> close_engine_if_unused() noexcept CAIRN_EXCLUDES(lifecycle_, gate_);
  bool close_at_end(const process::ProcessEnd::Circumstances& end) noexcept
      CAIRN_NO_THREAD_SAFETY_ANALYSIS;
  std::unique_ptr<Engine> make_engine() CAIRN_REQUIRES(lifecycle_);
  void lock_directory() CAIRN_REQUIRES(lifecycle_);
  /// Notes the identity of the directory: damage may have put a new one in its place.
  void identify() CAIRN_REQUIRES(lifecycle_);
  /// Puts an engine in use.
  void install(std::unique_ptr<Engine> engine) CAIRN_REQUIRES(lifecycle_, gate_);
  /// Takes the engine out of use.
  std::unique_ptr<Engine> take_engine() noexcept CAIRN_REQUIRES(lifecycle_, gate_);
  void publish(const RecoveryReport& report) CAIRN_EXCLUDES(told_mutex_);
  [[noreturn]] void raise_opening() const;
  /// Closes the database; if it was abandoned, parts with it.
  void destroy(std::unique_ptr<Engine> engine) noexcept;
  // Called by the healer.  heal() decides; the others are its means.
  Attempt heal() CAIRN_EXCLUDES(lifecycle_);
  Attempt replace_engine() CAIRN_REQUIRES(lifecycle_);
  Attempt reopen() CAIRN_REQUIRES(lifecycle_) CAIRN_EXCLUDES(gate_);
  void rescue() CAIRN_REQUIRES(lifecycle_);
  void stop_compacting_damaged() CAIRN_REQUIRES(lifecycle_);

  const std::filesystem::path directory_;
  const StoreOptions options_;
  const Rules rules_;
  const std::shared_ptr<Logger> logger_;
  HealthMonitor monitor_;

  Gate gate_;
  Stripes stripes_;
  // Kept while the engine is replaced.
  std::unique_ptr<DirectoryLock> lock_ CAIRN_GUARDED_BY(lifecycle_);
  std::unique_ptr<Engine> engine_ CAIRN_GUARDED_BY(gate_);
  // There from open to close.
  std::unique_ptr<Healer> healer_ CAIRN_GUARDED_BY(lifecycle_);
  int unwritten_ CAIRN_GUARDED_BY(lifecycle_) = 0;
  // Until there is an engine to take it.
  std::optional<Rescue> rescued_ CAIRN_GUARDED_BY(lifecycle_);
  // Apart from the gate, so that asking waits for nobody.
  mutable process::Mutex told_mutex_;
  std::optional<DirectoryId> id_ CAIRN_GUARDED_BY(told_mutex_);
  RecoveryReport recovery_ CAIRN_GUARDED_BY(told_mutex_);
  std::vector<RecoveryReport> untold_ CAIRN_GUARDED_BY(told_mutex_);  // for on_recovery
  std::atomic<std::size_t> handles_{0};
  std::atomic<std::thread::id> closed_by_{};  // while the last handle's thread closes the engine
  std::atomic<std::uint64_t> openings_{0};

  // The order in which locks are taken: a backend's turn, lifecycle_, the gate, and then
  // families_mutex_ or stripes.  No lock of a handle or of the registry of caches is held
  // meanwhile.
  process::Mutex lifecycle_;  // opening, closing, making and clearing take turns
  process::Mutex families_mutex_;
  std::map<std::string, std::unique_ptr<Family>> families_ CAIRN_GUARDED_BY(families_mutex_);
};

}  // namespace cairn::store
