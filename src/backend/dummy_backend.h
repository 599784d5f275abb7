// Django's dummy cache: stores nothing.
#pragma once

#include "backend/backend.h"
#include "process/update_scope.h"
#include "ttl/clock.h"

namespace cairn {

/// Every read misses, every add succeeds, and keys are still checked (above).
class DummyBackend final : public Backend {
 public:
  std::chrono::milliseconds wall() const override { return system_clock_reading().wall; }
  Instant now() const override { return clock_.now(); }
  std::optional<ttl::Record> read(std::string_view, std::string&) override { return {}; }
  std::optional<ttl::Record> find(std::string_view) override { return {}; }
  void read_many(std::span<const std::string_view>,
                 const std::function<void(std::size_t, const ttl::Record&)>&) override {}
  Listing list(std::string_view, std::string_view, std::size_t) override { return {}; }
  void write(std::string_view, EncodedValue&, Timeout, const WriteMode&) override {}
  bool write_if_absent(std::string_view, EncodedValue&, Timeout, const WriteMode&) override {
    return true;
  }
  void write_many(std::span<const Write>, Timeout, const WriteMode&) override {}
  bool touch(std::string_view, Timeout, const WriteMode&) override { return false; }
  bool remove(std::string_view, const WriteMode&) override { return false; }
  bool remove_same(std::string_view, const ttl::Record&, const WriteMode&) override {
    return false;
  }
  std::size_t remove_many(std::span<const std::string_view>, const WriteMode&) override {
    return 0;
  }
  void update(std::string_view, const Change& change, const std::optional<Timeout>&, Timeout,
              const WriteMode&) override {
    const process::UpdateScope scope(this);
    change(std::nullopt);
  }
  bool move(std::string_view, std::string_view, const WriteMode&) override { return false; }
  Added add(std::string_view, const Step& step, const std::optional<Seed>& seed,
            const WriteMode&) override;
  void add_many(std::span<const std::pair<std::string, std::int64_t>>, const WriteMode&) override {}
  void clear() override {}
  std::uint64_t expire() override { return 0; }
  std::uint64_t cull(const WriteMode&) override { return 0; }
  Stats stats(const WriteMode& mode) override;

 private:
  ttl::Clock clock_{{}};
};

}  // namespace cairn
