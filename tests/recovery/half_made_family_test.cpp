// A column family whose creation fails after RocksDB has put it into the MANIFEST.
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include <cairn/caches.h>
#include "store/border/engine_hooks.h"
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

// RocksDB looks for the directory of a new family last.
class NoDirectory : public rocksdb::EnvWrapper {
 public:
  NoDirectory() : EnvWrapper(rocksdb::Env::Default()) {}
  rocksdb::Status FileExists(const std::string& name) override {
    if (name == directory && fail.exchange(false)) return rocksdb::Status::IOError(name, "gone");
    return EnvWrapper::FileExists(name);
  }
  std::string directory;
  std::atomic<bool> fail{false};
};

class HalfMadeFamily : public testing::Test {
 protected:
  HalfMadeFamily() { env_.directory = (directory_ / "store").native(); }
  CacheOptions forever() const { return {.timeout = never}; }
  StoreOptions options() {
    return {.durability = Durability::process_crash, .on_health = [this](const Health& health) {
              const std::lock_guard lock(mutex_);
              last_ = health.condition;
              changed_.notify_all();
            }};
  }
  void wait_until_healed() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 60s, [&] { return last_ == Condition::healthy; }));
  }

  const TempDirectory directory_;
  NoDirectory env_;
  const store::HookedDirectory hooked_{directory_ / "store", env_};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Condition last_ = Condition::offline;
};

TEST_F(HalfMadeFamily, OfAClearTakesNoLaterWriteWithIt) {
  {
    Cache cache = Cache::open(directory_ / "store", forever(), options());
    cache.set("before", 1);
    env_.fail = true;
    EXPECT_THROW(cache.clear(), IoError);
    EXPECT_FALSE(env_.fail) << "it was not asked for";
    wait_until_healed();
    cache.set("after", 2);
  }
  Cache cache = Cache::open(directory_ / "store", forever(), options());
  EXPECT_EQ(cache.get<int>("after"), 2);
}

}  // namespace
}  // namespace cairn::test
