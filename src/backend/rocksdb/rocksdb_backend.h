// The RocksDB backend: records in one column family.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "backend/rocksdb/admission.h"
#include "backend/rocksdb/hot_records.h"
#include "backend/rocksdb/rocksdb_store.h"
#include "process/fork_guard.h"
#include "process/process_end.h"
#include "store/session.h"

namespace cairn {

/// A read looks into the store's record tier first, and locks nothing for that.  Every other
/// operation is one Session in the store; writes hold their keys' stripes from the read that
/// decides to the write that follows, and wait for the disk after letting go of everything.
class RocksdbBackend final : public Backend {
 public:
  /// `space` is the family's: RocksdbStore::space().
  RocksdbBackend(std::shared_ptr<RocksdbStore> store, store::Family& family,
                 std::shared_ptr<ttl::DropCount> dropped, std::atomic<tier::Space>& space);

  void attach() override { store_->store().attach(); }
  void detach() noexcept override { store_->store().detach(); }
  void check_caller() const override { store_->store().check_caller(); }
  std::chrono::milliseconds wall() const override { return store_->wall(); }
  Instant now() const override { return store_->clock().now(); }

  std::optional<Found> read(std::string_view key) override;
  std::optional<ValueKind> read_into(std::string_view key, std::string& payload) override;
  std::optional<Part> read_into(std::string_view key, std::span<char> payload) override;
  std::optional<Header> peek(std::string_view key) override;
  void read_many(std::span<const std::string_view> keys,
                 const std::function<void(std::size_t, Found)>& found,
                 const std::function<void(std::size_t)>& unreadable) override;
  Listing list(std::string_view first, std::string_view prefix, std::size_t limit) override;
  std::vector<std::string> list_readable(std::string_view prefix) override;
  void write(std::string_view key, EncodedValue& value, Timeout timeout,
             const WriteMode& mode) override;
  bool write_if_absent(std::string_view key, EncodedValue& value, Timeout timeout,
                       const WriteMode& mode) override;
  bool write_if_same(std::string_view key, const std::optional<Found>& read,
                     const Replacement& replacement, const WriteMode& mode) override;
  void write_many(std::span<const Write> writes, Timeout timeout, const WriteMode& mode) override;
  bool touch(std::string_view key, Timeout timeout, const WriteMode& mode) override;
  bool erase(std::string_view key, const WriteMode& mode) override;
  std::size_t erase_many(std::span<const std::string_view> keys, const WriteMode& mode) override;
  bool move(std::string_view from, std::string_view to, const WriteMode& mode) override;
  Incremented increment(std::string_view key, const Step& step, const std::optional<Seed>& seed,
                        const WriteMode& mode) override;
  void increment_many(std::span<const std::pair<std::string, std::int64_t>> deltas,
                      const WriteMode& mode) override;
  void clear() override;
  std::uint64_t expire(const ExpireObserver& observer) override;
  void compact() override;
  std::uint64_t cull(const WriteMode& mode) override;
  Stats stats(const WriteMode& mode) override;
  void sync() override;
  void settle(const WriteMode& mode) override;
  void checkpoint(const std::filesystem::path& directory) override;

 private:
  class Writer;
  class ReadMany;

  store::Session session(store::Session::Intent intent, std::string_view verb) {
    return {store_->store(), family_, intent, verb};
  }
  // What entering the store refuses, for reads that do not.
  void check_use() const {
    check_caller();
    process::ForkGuard::check();
    process::ProcessEnd::check();
  }
  // The clock's time; none is too late for what never expires, and none is asked for.
  template <class Record>
  bool live_now(const Record& record) const {
    if (record.expires_at == ttl::never_expires) return ttl::live(record, 0);
    return ttl::live(record, now());
  }
  // What the tier has of the key; what cannot be understood it has no more.
  template <class Payload>
  HotRecords::Look find(const tier::Key& key, Payload& payload, std::optional<ttl::Header>& header);
  bool still_lives(const ttl::Header& header);
  // `seen` is the key's name as it was a moment ago.
  std::optional<Found> read_engine(const tier::Key& seen);
  // What the tier has of the key cannot be understood.  The second requires the key's stripe.
  void forget_damaged(std::string_view key);
  void drop_damaged(const tier::Key& hot);
  // Changes one key, or several: takes the stripes, reads the clock, runs `work(writer, now)`,
  // releases everything, and waits until what was written, or what `work` has seen, is durable.
  // `intent` is Intent::write if `work` may put a key where there was none.
  using Intent = store::Session::Intent;
  template <class Work>
  auto change(std::string_view key, const WriteMode& mode, Intent intent, std::string_view verb,
              const Work& work);
  template <class Keys, class Work>
  auto change_all(const Keys& keys, const WriteMode& mode, Intent intent, std::string_view verb,
                  const Work& work);
  Incremented increment_chain(Writer& writer, Instant time, std::string_view key, const Step& step,
                              const std::optional<Seed>& seed);

  const std::shared_ptr<RocksdbStore> store_;
  store::Family& family_;
  const std::shared_ptr<ttl::DropCount> dropped_;
  const HotRecords hot_;
  Admission admission_;
};

}  // namespace cairn
