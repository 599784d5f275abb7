// A watch over the tables that the calling thread reads and writes, so that a compaction of ours
// can be ended.
#pragma once

#include <rocksdb/io_status.h>

#include <cstddef>
#include <functional>

namespace cairn::store {

/// RocksDB runs CompactFiles() in the calling thread and cannot be told to end it.  While a watch
/// lives, each read of a table by its thread, and each append to one, asks first whether to go on,
/// and where not, or where the disk refuses a read, fails as in a shutdown: RocksDB gives the
/// compaction up, and takes it for nobody's error.  One at a time in a thread.
class ReadWatch {
 public:
  /// Called before each of them; false: no further.  Must not throw.
  using GoOn = std::function<bool()>;

  explicit ReadWatch(GoOn go_on);
  ~ReadWatch();
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;

  /// Bytes that were read.
  std::size_t bytes() const noexcept { return bytes_; }
  /// The disk's refusal, if any.
  const rocksdb::IOStatus& refusal() const noexcept { return refusal_; }

  /// The calling thread's; null where it has none.
  static ReadWatch* of_thread() noexcept { return of_thread_; }
  bool goes_on() const { return go_on_(); }
  /// The result of a read of so many bytes, as RocksDB is to see it.
  rocksdb::IOStatus seen(rocksdb::IOStatus status, std::size_t bytes);
  static rocksdb::IOStatus ended();

 private:
  static thread_local ReadWatch* of_thread_;

  const GoOn go_on_;
  std::size_t bytes_ = 0;
  rocksdb::IOStatus refusal_;
};

}  // namespace cairn::store
