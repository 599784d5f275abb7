// A RocksDB backend whose stripes exclude nobody: every thread has a backend of its own on one
// column family, and each takes the family's keys for another's, so that its stripes are others.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backend/rocksdb/rocksdb_backend.h"
#include "durability/linearizability/ops.h"
#include "ttl/record.h"

namespace cairn::test::durability {

class UnlockedBackends {
 public:
  /// `cache` keeps the store of that directory and those options open, and its family exists.
  UnlockedBackends(const std::filesystem::path& directory, const StoreOptions& options, int threads)
      : store_(RocksdbStore::at(directory, options)) {
    const store::Family& real = store_->store().family("default");
    for (int thread = 0; thread < threads; ++thread) {
      families_.push_back(std::make_unique<store::Family>(store::Family{
          real.name, real.seed + static_cast<std::size_t>(thread) * 127, real.handle}));
      backends_.push_back(
          std::make_unique<RocksdbBackend>(store_, *families_.back(), store_->dropped(real.name)));
    }
  }

  Outcome perform(int thread, std::string_view key, const Operation& operation) {
    RocksdbBackend& backend = *backends_[static_cast<std::size_t>(thread)];
    const WriteMode mode;
    EncodedValue value = encode_value(key, operation.argument);
    const auto number = [](const std::optional<Found>& found) {
      if (!found) return std::optional<std::int64_t>();
      return std::optional(
          ttl::integer({found->kind, found->written_at, found->expires_at, found->payload}));
    };
    switch (operation.action) {
      case Action::get:
        return outcome(number(backend.read(key)));
      case Action::contains:
        return {0, backend.peek(key).has_value()};
      case Action::set:
        backend.write(key, value, never, mode);
        return {};
      case Action::add:
        return {0, backend.write_if_absent(key, value, never, mode)};
      case Action::incr: {
        const Incremented result = backend.increment(key, Step{increment}, std::nullopt, mode);
        return {result.value, result.outcome == Incremented::Outcome::done};
      }
      case Action::incr_many: {
        const std::pair<std::string, std::int64_t> delta{key, increment};
        backend.increment_many({&delta, 1}, mode);
        return {};
      }
      case Action::erase:
        return {0, backend.erase(key, mode)};
      case Action::pop:
        for (;;) {
          const std::optional<Found> found = backend.read(key);
          if (!found || backend.write_if_same(key, found, {.value = nullptr}, mode)) {
            return outcome(number(found));
          }
        }
      case Action::update:
        for (;;) {
          const std::optional<Found> found = backend.read(key);
          const std::int64_t result = updated(number(found), operation.argument);
          EncodedValue changed = encode_value(key, result);
          std::optional<Timeout> timeout;
          if (!found) timeout = never;
          if (backend.write_if_same(key, found, {.value = &changed, .timeout = timeout}, mode))
            return {result, true};
        }
    }
    return {};
  }

 private:
  std::shared_ptr<RocksdbStore> store_;
  std::vector<std::unique_ptr<store::Family>> families_;
  std::vector<std::unique_ptr<RocksdbBackend>> backends_;
};

}  // namespace cairn::test::durability
