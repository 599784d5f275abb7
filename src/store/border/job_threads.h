// The threads in which RocksDB flushes and compacts.
#pragma once

#include <rocksdb/env.h>

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "process/callback_scope.h"
#include "process/mutex.h"
#include "process/process_end.h"

namespace cairn::store {

/// Threads for flushes and one for compactions, which all stores of the process share.
///
/// RocksDB's own would do but for three things: they are started in the middle of opening, where a
/// lack of threads leaves the database locked for ever; at exit() RocksDB joins them, and a process
/// that is ended by one of them (its logger calls exit()) would wait for itself; and nobody could
/// say whether they still work for a database that was given up.
class JobThreads final : public process::ProcessEnd::Participant {
 public:
  using Priority = rocksdb::Env::Priority;

  /// A job of RocksDB's, and who takes it back if it has not begun.
  struct Job {
    void (*work)(void*) = nullptr;
    void* argument = nullptr;
    void* tag = nullptr;
    void (*taken_back)(void*) = nullptr;
    const void* owner = nullptr;  ///< whoever may ask for it: unschedule_all(), working_for()
  };

  static JobThreads& instance();

  /// A flush waits for the disk three times, and several share these waits: a thousand small ones
  /// take a tenth of the time (docs/performance.md).
  static constexpr int most_flushes = 4;

  /// Sees to it that there is a thread for each priority.  Throws IoError if there is none to be
  /// had; what is there already stays.
  void start();
  /// Sees to it that there are threads for `most_flushes`, or as many as are to be had.
  void start_flushes() noexcept;
  void schedule(const Job& job, Priority priority);
  /// Takes back what has not begun, and returns how many jobs that was.
  int unschedule(void* tag, Priority priority);
  /// Takes back all that has not begun, and waits until then for the rest; false if that takes
  /// longer.
  bool drain(const void* owner, process::ProcessEnd::Time until);
  unsigned waiting(Priority priority) const;

  /// The owner of the job that the calling thread runs; null in any other thread.
  static const void* working_for() noexcept { return working_for_; }

  /// Lower than every store's: each may wait for a job of its own, behind any other's.
  static process::Rank rank() noexcept;
  static process::Rank next_store_rank() noexcept;
  /// Whose locks the calling thread holds in a function that a store calls under its own.
  static process::Rank holder(process::Rank store) noexcept {
    return working_for_ != nullptr ? rank() : store;
  }

  void at_end(const process::ProcessEnd::Circumstances& end) noexcept override;

 private:
  struct Worker {
    std::thread thread = {};
    const void* busy_for = nullptr;
    bool ended = false;
  };
  struct Lane {
    const char* name;
    std::list<Job> queue = {};
    std::array<Worker, most_flushes> workers = {};  // the first of them, until start_flushes()
  };

  JobThreads();
  static std::size_t lane_of(Priority priority) {
    return priority == Priority::HIGH ? flushes : compactions;
  }
  void begin(Lane& lane, Worker& worker) CAIRN_REQUIRES(mutex_);
  void run(Lane& lane, Worker& worker);
  template <class Which>
  int take_back(Lane& lane, const Which& which);

  static constexpr std::size_t flushes = 0;
  static constexpr std::size_t compactions = 1;
  static thread_local const void* working_for_;

  mutable process::Mutex mutex_;
  process::Condition changed_;
  std::array<Lane, 2> lanes_ CAIRN_GUARDED_BY(mutex_) = {Lane{"cairn:flush"},
                                                         Lane{"cairn:compact"}};
  // So that a job can be queued when there is no memory: RocksDB holds its mutex meanwhile.
  std::list<Job> spare_ CAIRN_GUARDED_BY(mutex_);
  bool stopping_ CAIRN_GUARDED_BY(mutex_) = false;
};

/// An environment like `base` whose jobs run in JobThreads.
class JobEnv : public rocksdb::EnvWrapper {
 public:
  explicit JobEnv(rocksdb::Env* base) : EnvWrapper(base) {}
  explicit JobEnv(std::unique_ptr<rocksdb::Env> base) : EnvWrapper(std::move(base)) {}
  /// RocksDB's default environment with our threads.
  static JobEnv& of_process();

  /// Parts from a database that nobody can close, since an exception has crossed RocksDB: it is
  /// given no thread and holds no lock any more.  False if a thread has not come back from it by
  /// that time; then the lock stays.  From then on the environment must live for ever, as the
  /// database does.
  virtual bool give_up(process::ProcessEnd::Time until) noexcept;
  bool given_up() const noexcept { return given_up_.load(); }

  void Schedule(void (*work)(void*), void* argument, Priority priority, void* tag,
                void (*taken_back)(void*)) override;
  int UnSchedule(void* tag, Priority priority) override;
  unsigned int GetThreadPoolQueueLen(Priority priority) const override;
  void SetBackgroundThreads(int number, Priority priority) override;
  void IncBackgroundThreadsIfNeeded(int number, Priority priority) override;
  /// One of each kind, and none that would be for the last level only.
  int GetBackgroundThreads(Priority priority) override;
  int ReserveThreads(int, Priority) override { return 0; }
  int ReleaseThreads(int, Priority) override { return 0; }

 private:
  std::atomic<bool> given_up_{false};
};

}  // namespace cairn::store
