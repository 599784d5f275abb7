#include <rocksdb/write_batch.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "durability/subject.h"
#include "raw_store.h"

namespace bench {
namespace {

using cairn::Durability;

// As long as Cairn's record of a counter.
constexpr std::size_t record_bytes = 24;
constexpr std::size_t count_offset = 16;

rocksdb::WriteOptions write_options(Durability level) {
  rocksdb::WriteOptions options;
  options.disableWAL = level == Durability::clean_close;
  options.sync = level == Durability::power_loss;
  return options;
}

/// Syncs the log each second until it is destroyed.
class Syncing {
 public:
  explicit Syncing(rocksdb::DB& db)
      : thread_([this, &db](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!stop.stop_requested()) {
            stopped_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
            RawStore::check(db.SyncWAL());
          }
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // the last: it uses the others
};

class RawSubject final : public Subject {
 public:
  RawSubject(const std::filesystem::path& directory, Durability level, Syncs syncs)
      : store_(directory), level_(level), options_(write_options(level)) {
    if (level == Durability::interval && syncs == Syncs::as_level) {
      syncing_ = std::make_unique<Syncing>(store_.db());
    }
  }

  void set(const std::string& key, const std::string& value) override {
    RawStore::check(store_.db().Put(options_, key, value));
  }
  void set_many(const Batch& batch) override {
    rocksdb::WriteBatch writes;
    for (const auto& [key, value] : batch) writes.Put(key, value);
    RawStore::check(store_.db().Write(options_, &writes));
  }
  void incr(const std::string& key) override {
    const std::lock_guard lock(locks_[std::hash<std::string>()(key) % locks_.size()]);
    std::string record = store_.get(key);
    std::uint64_t count = 0;
    std::memcpy(&count, record.data() + count_offset, sizeof count);
    ++count;
    std::memcpy(record.data() + count_offset, &count, sizeof count);
    set(key, record);
  }
  void make_counters(const std::vector<std::string>& keys) override {
    const std::string zero(record_bytes, '\0');
    Batch zeros;
    for (const std::string& key : keys) zeros.emplace_back(key, zero);
    set_many(zeros);
  }
  void settle() override {
    if (level_ != Durability::clean_close) RawStore::check(store_.db().SyncWAL());
  }

 private:
  RawStore store_;
  Durability level_;
  rocksdb::WriteOptions options_;
  std::array<std::mutex, 1024> locks_;
  std::unique_ptr<Syncing> syncing_;
};

}  // namespace

std::unique_ptr<Subject> open_raw(const std::filesystem::path& directory, Durability level,
                                  Syncs syncs) {
  return std::make_unique<RawSubject>(directory, level, syncs);
}

}  // namespace bench
