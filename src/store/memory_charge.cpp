#include "store/memory_charge.h"

#include <rocksdb/cache.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <exception>
#include <limits>

namespace cairn::store {
namespace {

std::shared_ptr<rocksdb::Cache> block_cache(rocksdb::DB& db) {
  const rocksdb::Options options = db.GetOptions(db.DefaultColumnFamily());
  const auto* table = options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  return table != nullptr ? table->block_cache : nullptr;
}

}  // namespace

MemoryCharge::MemoryCharge() = default;
MemoryCharge::~MemoryCharge() = default;

void MemoryCharge::change(rocksdb::DB& db, std::uint64_t before, std::uint64_t now) noexcept try {
  const process::LockGuard lock(mutex_);
  if (!charged_) {
    charged_ = std::make_unique<rocksdb::WriteBufferManager>(
        std::numeric_limits<std::size_t>::max(), block_cache(db));
  }
  if (now > before) charged_->ReserveMem(now - before);
  if (now < before) charged_->FreeMem(before - now);
} catch (const std::exception&) {
  // It was the last memory.
}

void MemoryCharge::end() noexcept {
  const process::LockGuard lock(mutex_);
  charged_.reset();
}

void MemoryCharge::leave() noexcept { (void)charged_.release(); }

}  // namespace cairn::store
