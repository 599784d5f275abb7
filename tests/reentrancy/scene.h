// Four caches, two of one location, one of a location that was opened before it and one of one that
// was opened later, and a function that is called once.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/caches.h>
#include "durability/faults/faulty_disk.h"
#include "store/border/engine_hooks.h"
#include "support/temp_directory.h"

namespace cairn::test {

class Scene {
 public:
  explicit Scene(bool on_disk) : on_disk_(on_disk) {
    if (on_disk) hooked_.emplace(location(), disk_.env());
  }

  bool on_disk() const { return on_disk_; }
  std::filesystem::path location() const { return place("store"); }
  std::filesystem::path elsewhere() const { return place("elsewhere"); }
  std::filesystem::path path(const std::string& name) const { return directory_ / name; }
  /// A name that nobody has had.
  std::string fresh(const std::string& name) { return name + "-" + std::to_string(++count_); }

  std::filesystem::path last() const { return place("last"); }

  /// Opens the caches: the first with these options, and both of its location with `store`.
  void open(CacheOptions options, StoreOptions store) {
    store_ = std::move(store);
    other.emplace(Cache::open(elsewhere(), {.column_family = "other"}));
    options.column_family = "one";
    one.emplace(Cache::open(location(), std::move(options), store_));
    two.emplace(Cache::open(location(), {.max_entries = 1000, .column_family = "two"}, store_));
    later.emplace(Cache::open(last(), {.column_family = "later"}));
  }
  std::vector<Cache*> all() { return {&*one, &*two, &*other, &*later}; }
  /// As the store of the first cache was opened.
  const StoreOptions& store() const { return store_; }
  durability::FaultyDisk& disk() { return disk_; }

  /// What the operations expect to find.
  static void seed(Cache& cache) {
    cache.set_many({{"text", "a value"}, {"number", 7}, {"popped", "p"}, {"erased", 1}});
    cache.set_many({{"erased-a", 1}, {"erased-b", 2}, {"updated", 1}, {"moved", 1}});
    cache.erase_many({"added", "made"});
    cache.erase("moved", {.version = 2});
  }
  void seed() {
    for (Cache* each : all()) seed(*each);
  }

  // ---- the function that is called ----

  /// What call() is to do the next time that it is called after arm().
  void expect(std::function<void()> inside) {
    inside_ = std::move(inside);
    called_ = std::promise<void>();
  }
  void arm() { armed_ = true; }
  void call() {
    if (!armed_.exchange(false)) return;
    inside_();
    called_.set_value();
  }
  /// Waits until that is over; false if it has not been called.
  bool called() {
    return called_.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready;
  }

 private:
  std::filesystem::path place(const std::string& name) const {
    if (on_disk_) return directory_ / name;
    return "memory:" + (directory_ / name).native();
  }

  const bool on_disk_;
  const TempDirectory directory_;
  durability::FaultyDisk disk_;
  std::optional<store::HookedDirectory> hooked_;
  StoreOptions store_;
  int count_ = 0;
  std::function<void()> inside_;
  std::atomic<bool> armed_{false};
  std::promise<void> called_;

 public:
  // Last, so that they are destroyed before what they are on.
  std::optional<Cache> one;
  std::optional<Cache> two;
  std::optional<Cache> other;
  std::optional<Cache> later;
};

/// A value whose codec calls the scene's function.
struct Probe {
  int value = 0;
  static inline Scene* encoding = nullptr;
  static inline Scene* decoding = nullptr;
};

}  // namespace cairn::test

template <>
struct cairn::Codec<cairn::test::Probe> {
  static ValueKind encode(const test::Probe& probe, std::string& out) {
    if (test::Probe::encoding != nullptr) test::Probe::encoding->call();
    out += static_cast<char>(probe.value);
    return ValueKind::custom;
  }
  static test::Probe decode(StoredValue value) {
    if (test::Probe::decoding != nullptr) test::Probe::decoding->call();
    return {value.payload.empty() ? -1 : value.payload[0]};
  }
};
