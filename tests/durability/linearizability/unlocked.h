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
    std::string payload;
    const auto number = [](const std::optional<ttl::Record>& record) {
      return record ? std::optional(ttl::integer(*record)) : std::nullopt;
    };
    switch (operation.action) {
      case Action::get:
        return outcome(number(backend.read(key, payload)));
      case Action::contains:
        return {0, backend.find(key).has_value()};
      case Action::set:
        backend.write(key, value, never, mode);
        return {};
      case Action::add:
        return {0, backend.write_if_absent(key, value, never, mode)};
      case Action::incr: {
        const Added added = backend.add(key, Step{increment}, std::nullopt, mode);
        return {added.value, added.outcome == Added::Outcome::done};
      }
      case Action::incr_many: {
        const std::pair<std::string, std::int64_t> delta{key, increment};
        backend.add_many({&delta, 1}, mode);
        return {};
      }
      case Action::erase:
        return {0, backend.remove(key, mode)};
      case Action::pop:
        for (;;) {
          const std::optional<ttl::Record> record = backend.read(key, payload);
          if (!record || backend.remove_same(key, *record, mode)) return outcome(number(record));
        }
      case Action::update: {
        std::int64_t result = 0;
        backend.update(
            key,
            [&](const std::optional<ttl::Record>& current) {
              result = updated(number(current), operation.argument);
              std::this_thread::yield();
              return std::optional(encode_value(key, result));
            },
            std::nullopt, never, mode);
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
