// A store of its own for each test, with the real rules and a clock to turn.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "backend/rocksdb/table_weight.h"
#include "store/session.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"
#include "ttl/clock.h"
#include "ttl/contents_collector.h"
#include "ttl/counter_merge.h"
#include "ttl/expiry_filter.h"

namespace cairn::store {

class OpenStore {
 public:
  explicit OpenStore(Durability durability = Durability::process_crash) {
    Rules rules;
    rules.merge = std::make_shared<ttl::CounterMerge>();
    rules.filter = [this](const std::string&) {
      return std::make_shared<ttl::ExpiryFilterFactory>(clock_, dropped_);
    };
    rules.collector = std::make_shared<ttl::ContentsCollectorFactory>(clock_);
    rules.weigh = [this](const rocksdb::UserCollectedProperties& properties) {
      return weigh(properties, clock_->removal_time());
    };
    rules.weigh_as_of_now = [this]() -> Weigh {
      return [time = clock_->removal_time()](const rocksdb::UserCollectedProperties& properties) {
        return weigh(properties, time, Doubtful::dead);
      };
    };
    rules.reclaimed = [this](const std::string&, std::uint64_t freed, std::uint64_t written) {
      reclaimed_freed += freed;
      reclaimed_written += written;
      ++reclaimed_times;
    };
    rules.clock_time = [this] { return clock_time; };
    rules.clock_not_before = [this](std::string_view text) {
      not_before = text;
      return store::Correction();
    };
    StoreOptions options;
    options.durability = durability;
    options.memory_budget = 8u << 20;
    options.reclaim_interval = std::chrono::milliseconds(0);  // the reaper is driven by tests
    store_ = std::make_unique<Store>(directory_ / "store", options, rules);
    store_->attach();
  }
  ~OpenStore() { store_->detach(); }

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  std::filesystem::path path() const { return directory_ / "store"; }
  test::FakeClock& fake() { return fake_; }
  ttl::Instant now() const { return clock_->now(); }
  std::uint64_t dropped() const { return dropped_->load(); }

  void reopen(const std::function<void()>& between = [] {}) {
    store_->detach();
    between();
    store_->attach();
  }

  std::string clock_time;  ///< what the store is given to remember
  std::string not_before;  ///< what it last gave back
  std::uint64_t reclaimed_freed = 0;
  std::uint64_t reclaimed_written = 0;
  int reclaimed_times = 0;

 private:
  test::TempDirectory directory_;
  test::FakeClock fake_;
  std::shared_ptr<ttl::Clock> clock_ = std::make_shared<ttl::Clock>(fake_.source());
  std::shared_ptr<ttl::DropCount> dropped_ = std::make_shared<ttl::DropCount>(0);
  std::unique_ptr<Store> store_;
};

}  // namespace cairn::store
