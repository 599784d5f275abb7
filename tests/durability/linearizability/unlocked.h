// A RocksDB backend whose stripes exclude nobody: every thread has a backend of its own on one
// column family, and each takes the family's keys for another's, so that its stripes are others.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backend/rocksdb/rocksdb_backend.h"
#include "durability/linearizability/on_backend.h"

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
      backends_.push_back(std::make_unique<RocksdbBackend>(
          store_, *families_.back(), store_->dropped(real.name), store_->space(real.name)));
    }
  }

  Outcome perform(int thread, std::string_view key, const Operation& operation) {
    return durability::perform(*backends_[static_cast<std::size_t>(thread)], key, operation);
  }

 private:
  std::shared_ptr<RocksdbStore> store_;
  std::vector<std::unique_ptr<store::Family>> families_;
  std::vector<std::unique_ptr<RocksdbBackend>> backends_;
};

}  // namespace cairn::test::durability
