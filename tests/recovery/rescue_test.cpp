// RocksDB loses a flush, and cannot be made to write out what is in memory only.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <cairn/caches.h>
#include "durability/faults/faulty_disk.h"
#include "recovery/busy_threads.h"
#include "store/border/engine_hooks.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

/// A store without a log, with values in tables and values in memory.
class Memory {
 public:
  Memory() {
    for (const char* key : {"kept", "changed", "removed"}) main().set(key, 1);
    main().set("counter", 10);
    caches_["other"].set("text", std::string("other"));
    caches_.close_all();  // into tables
    main().set("changed", 2);
    main().erase("removed");
    main().incr("counter", 5);
    main().set("new", std::string(100'000, 'n'));
  }

  // A flush of "main" is about to run when a compaction of "other" fails.
  void lose_a_flush(std::uint64_t failing_operation) {
    BusyThreads threads(rocksdb::Env::HIGH);
    const auto flush = std::async(std::launch::async, [this] { ignore([&] { main().sync(); }); });
    threads.wait_until_something_waits();
    disk_.arm({.operation = failing_operation, .kind = durability::FaultKind::io_for_good});
    ignore([&] { caches_["other"].compact(); });
    threads.release();
    flush.wait();
    disk_.clear();
  }
  void wait_until_healed() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (bool written = false; !written; std::this_thread::yield()) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "never healed";
      written = ignore([&] { main().set("after", 1); });
    }
  }
  void expect_all() {
    EXPECT_EQ(main().get<int>("kept"), 1);
    EXPECT_EQ(main().get<int>("changed"), 2);
    EXPECT_FALSE(main().contains("removed"));
    EXPECT_EQ(main().get<int>("counter"), 15);
    EXPECT_TRUE(main().get("new") == std::string(100'000, 'n'));
    EXPECT_EQ(main().get<int>("after"), 1);
    EXPECT_EQ(caches_["other"].get("text"), "other");
  }
  void close() { caches_.close_all(); }
  bool rescued() {
    const std::lock_guard lock(mutex_);
    return std::any_of(said_.begin(), said_.end(), [](const std::string& line) {
      return line.find("a flush that does not run") != std::string::npos;
    });
  }

 private:
  Cache& main() { return caches_["main"]; }

  // What the disk refuses.
  static bool ignore(const std::function<void()>& call) try {
    call();
    return true;
  } catch (const IoError&) {
    return false;
  }

  const TempDirectory directory_;
  durability::FaultyDisk disk_;
  const store::HookedDirectory hooked_{directory_ / "store", disk_.env()};
  std::mutex mutex_;
  std::vector<std::string> said_;
  Caches caches_{directory_ / "store",
                 {{"main", {.timeout = never}}, {"other", {.timeout = never}}},
                 {.durability = Durability::clean_close, .logger = [this](std::string_view line) {
                    const std::lock_guard lock(mutex_);
                    said_.emplace_back(line);
                  }}};
};

// Only where the compaction fails as it writes the MANIFEST, which is one of its last operations,
// does RocksDB lose the flush.
TEST(Rescue, KeepsWhatIsInMemoryOnly) {
  int rescued = 0;
  for (std::uint64_t operation = 1; operation <= 16; ++operation) {
    SCOPED_TRACE(operation);
    Memory memory;
    memory.lose_a_flush(operation);
    memory.wait_until_healed();
    memory.expect_all();
    memory.close();
    memory.expect_all();
    rescued += memory.rescued() ? 1 : 0;
  }
  EXPECT_GT(rescued, 0) << "RocksDB loses no flush: is all this still needed?";
}

}  // namespace
}  // namespace cairn::test
