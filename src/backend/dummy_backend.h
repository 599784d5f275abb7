// Django's dummy cache: stores nothing.
#pragma once

#include "backend/backend.h"
#include "ttl/clock.h"

namespace cairn {

/// Every read misses, every add succeeds, and keys are still checked (above).
class DummyBackend final : public Backend {
 public:
  std::chrono::milliseconds wall() const override { return system_clock_reading().wall; }
  Instant now() const override { return clock_.now(); }
  std::optional<Found> read(std::string_view) override { return {}; }
  std::optional<Header> peek(std::string_view) override { return {}; }
  void read_many(std::span<const std::string_view>, const std::function<void(std::size_t, Found)>&,
                 const std::function<void(std::size_t)>&) override {}
  std::vector<std::string> list_readable(std::string_view) override { return {}; }
  Listing list(std::string_view, std::string_view, std::size_t) override { return {}; }
  void write(std::string_view, EncodedValue&, Timeout, const WriteMode&) override {}
  bool write_if_absent(std::string_view, EncodedValue&, Timeout, const WriteMode&) override {
    return true;
  }
  bool write_if_same(std::string_view, const std::optional<Found>&, const Replacement&,
                     const WriteMode&) override {
    return true;
  }
  void write_many(std::span<const Write>, Timeout, const WriteMode&) override {}
  bool touch(std::string_view, Timeout, const WriteMode&) override { return false; }
  bool erase(std::string_view, const WriteMode&) override { return false; }
  std::size_t erase_many(std::span<const std::string_view>, const WriteMode&) override { return 0; }
  bool move(std::string_view, std::string_view, const WriteMode&) override { return false; }
  Incremented increment(std::string_view, const Step& step, const std::optional<Seed>& seed,
                        const WriteMode&) override {
    return step_from(nullptr, 0, step, seed);
  }
  void increment_many(std::span<const std::pair<std::string, std::int64_t>>,
                      const WriteMode&) override {}
  void clear() override {}
  std::uint64_t expire(const ExpireObserver& observer) override {
    if (observer) observer({});
    return 0;
  }
  std::uint64_t cull(const WriteMode&) override { return 0; }
  Stats stats(const WriteMode& mode) override;

 private:
  ttl::Clock clock_{{}};
};

}  // namespace cairn
