// A machine whose clocks are turned, and which is switched off, with a cache on it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include <cairn/cache.h>
#include "backend/rocksdb/rocksdb_store.h"
#include "store/border/engine_hooks.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace cairn::test::durability {

class Machine {
 public:
  explicit Machine(Durability durability);
  ~Machine();

  Cache& cache() { return *cache_; }
  const ttl::Clock& clock() const { return store_->clock(); }

  void pass(std::int64_t ms) { clock_->advance(std::chrono::milliseconds(ms)); }
  void jump(std::int64_t ms) { clock_->jump_wall(std::chrono::milliseconds(ms)); }

  enum class End {
    closed,
    killed,          ///< what the process had written is there, and it ran no destructor
    killed_no_mark,  ///< and the store does not know its time: the clock's safeguard is gone
  };
  /// The process ends, and another begins after a boot, with the wall clock at `wall`.
  void restart(End end, std::int64_t wall);
  /// The time that the store had reached as it was written down when it was opened.
  std::int64_t mark() const;
  /// The one that the process before this one had left.
  std::int64_t mark_left() const { return mark_left_; }

  /// The handle is closed and with it the store, in one process; the next use opens it.
  void reopen() { cache_->close(); }
  void flush();

 private:
  void open();
  void copy_alive(const std::filesystem::path& to);
  template <class Work>
  void with_engine(Work work) const;

  const TempDirectory directory_;
  const Durability durability_;
  int processes_ = 0;
  std::filesystem::path path_;
  std::unique_ptr<FakeClock> clock_ = std::make_unique<FakeClock>();
  std::optional<store::HookedDirectory> hooked_;
  std::optional<Cache> cache_;
  std::shared_ptr<RocksdbStore> store_;
  std::int64_t mark_left_ = 0;
};

}  // namespace cairn::test::durability
