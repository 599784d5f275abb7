// The real thing as a subject of the model: Cairn's public API over a RocksDB store, and the
// store's inside where flushes and compactions are asked for.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <cairn/cache.h>
#include "backend/rocksdb/rocksdb_store.h"
#include "model/engine_work.h"
#include "model/subject.h"
#include "store/border/engine_hooks.h"
#include "support/fake_clock.h"

namespace cairn::test {

class CacheSubject final : public WholeSubject {
 public:
  CacheSubject(std::filesystem::path directory, const FakeClock& clock, Durability durability);
  ~CacheSubject() override;

  ttl::Instant now() override { return store_->clock().now(); }
  std::optional<Seen> read(const Key& key) override { return read_from(*cache_, key); }

  void set(const Key& key, const Any& value, Timeout timeout) override;
  bool add(const Key& key, const Any& value, Timeout timeout) override;
  bool touch(const Key& key, Timeout timeout) override;
  Incremented incr(const Key& key, const Step& step, const std::optional<Seed>& seed) override;
  void incr_many(const Deltas& deltas) override;
  bool erase(const Key& key) override;
  void clear() override;

  std::optional<Any> pop(const Key& key) override;
  std::optional<Any> update(const Key& key, const Change& change,
                            const std::optional<Timeout>& timeout) override;
  bool move_version(const Key& key, std::int64_t delta) override;
  void set_many(const Values& values, std::int64_t version, Timeout timeout) override;
  std::size_t erase_many(const std::vector<std::string>& names, std::int64_t version) override;
  std::vector<std::pair<std::string, Any>> get_many(const std::vector<std::string>& names,
                                                    std::int64_t version) override;
  std::vector<std::string> keys(std::int64_t version) override;
  std::vector<std::optional<Seen>> read_from_checkpoint(const std::vector<Key>& keys) override;

  void flush() override { work_->flush(); }
  void compact(const Key& first, const Key& last) override;
  void compact_level(std::uint64_t dice) override { work_->compact_level(dice); }
  void reap() override { work_->reap(); }
  void expire() override;
  void reopen(bool whole) override;
  Exercise exercise() override;

 private:
  void open();
  void close_whole();
  static std::optional<Seen> read_from(Cache& cache, const Key& key);

  const std::filesystem::path directory_;
  const store::HookedDirectory hooked_;
  const StoreOptions options_;
  std::optional<Cache> cache_;
  std::shared_ptr<RocksdbStore> store_;
  std::optional<EngineWork> work_;
  Exercise before_;  // what openings that are over have done
  int checkpoints_ = 0;
  int expirings_ = 0;
};

}  // namespace cairn::test
