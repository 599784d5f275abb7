// A session: one operation's stay in a store.
#pragma once

#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace cairn::store {

/// Bytes that stay where the engine has them, until the next use of this object or its end.
class Pinned {
 public:
  std::string_view view() const { return {slice_.data(), slice_.size()}; }

 private:
  friend class Session;
  rocksdb::PinnableSlice slice_;
};

/// The unfolded content of one key: the full value if there is one, and the merge operands above
/// it, oldest first.  Valid until the thread reads another chain, or the session
/// ends.
struct Chain {
  static constexpr int longest = 24;
  std::span<const std::string_view> links;
  bool too_long = false;  ///< more than `longest`; the links are then empty
};

struct ChainBuffer;

/// Several changes that are written together or, in a crash, not at all.
class Batch {
 public:
  /// With room for so many records, whose keys and values have so many bytes.
  explicit Batch(rocksdb::ColumnFamilyHandle* handle, std::size_t records = 0,
                 std::size_t bytes = 0)
      : handle_(handle), batch_(first_bytes + records * record_bytes + bytes) {}
  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  void merge(std::string_view key, std::string_view operand);
  std::size_t count() const { return static_cast<std::size_t>(batch_.Count()); }
  Growth growth() const {
    return batch_.HasPut() || batch_.HasMerge() ? Growth::grows : Growth::shrinks;
  }

 private:
  friend class Session;
  static constexpr std::size_t first_bytes = 12;   // sequence number and count
  static constexpr std::size_t record_bytes = 16;  // tag, family, and both lengths, at most

  rocksdb::ColumnFamilyHandle* handle_;
  rocksdb::WriteBatch batch_;
};

/// While it lives the engine stays open and the family is not cleared.  Not for sharing by threads.
///
/// Writes need the stripes of their keys (lock(), lock_all()) and are acknowledged by settle(),
/// which is called after the stripes are released.
class Session {
 public:
  /// `write` may put new keys, and makes the family if it does not exist.  `change` only changes or
  /// removes keys that are there: a family that does not exist has none, and stays so while the
  /// session keeps the gate, so that nothing has to be made, which a full disk would refuse.
  enum class Intent { read, change, write };

  /// `verb` is what error messages call the operation.
  Session(Store& store, Family& family, Intent intent, std::string_view verb);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Stripes::Lock lock(std::string_view key);
  template <class Keys>
  Stripes::Locks lock_all(const Keys& keys) {
    return store_.stripes_.lock_all(family_.seed, keys);
  }

  /// The folded value; empty if there is none.
  std::optional<std::string_view> get(std::string_view key, Pinned& pinned) const;
  Chain chain(std::string_view key) const;
  /// Values of many keys from one moment; calls `found` with the index of each that is there, and
  /// `unreadable`, if given, with those that the disk or a checksum refuses, which otherwise throw.
  void get_many(std::span<const std::string_view> keys,
                const std::function<void(std::size_t index, std::string_view value)>& found,
                const std::function<void(std::size_t index)>& unreadable = {}) const;

  /// Leaves the gate and keeps the engine from closing, and the family as it is now, also when it
  /// is cleared: from here on nobody waits for the session but who closes the engine.  It may still
  /// write if its caller keeps the family from being cleared.
  void step_aside();
  /// Which opening of the store the session is in.  Not after step_aside().
  std::uint64_t opening() const { return store_.openings(); }

  /// What one call of scan() may take: at the first of the two it returns, but not before it has
  /// passed over a quarter of the entries, so that what is small is read from one moment however
  /// slow the machine is.  Erased entries that the engine passes over count as well.
  /// What has more bytes is not small, and the time counts from there on.
  struct Pace {
    std::size_t entries = 4096;
    std::chrono::milliseconds time{5};
    std::size_t bytes = std::numeric_limits<std::size_t>::max();  ///< of keys and values
  };
  /// Visits in key order from `first` on, keys that begin with `prefix`, until `visit` returns
  /// false.  Returns the key at which to go on; empty at the end.
  std::string scan(std::string_view first, std::string_view prefix,
                   const std::function<bool(std::string_view key, std::string_view value)>& visit,
                   const Pace& pace) const;

  /// Whether scan_readable() has read everything.
  enum class Read { all, what_is_sound, until_closing };
  /// Visits all keys that can be read, each once, in no order if tables are damaged.  What a
  /// damaged table hides (an erasure, a newer value) may then be visited as it was before.  Ends
  /// early if the engine is to be replaced, which waits for that.
  Read scan_readable(
      const std::function<void(std::string_view key, std::string_view value)>& visit) const;

  /// Whether the family exists.  While it does not there is nothing to read, erasing does nothing,
  /// and nothing else may be written.
  bool made() const { return handle() != nullptr; }

  /// Throws what a write would throw that is refused before the engine is touched.
  void check_writable(std::string_view key, Growth growth) const {
    store_.monitor_.check_writable(verb_, key, growth);
  }
  void check_writable(const Batch& batch, std::string_view what) const {
    if (batch.count() > 0) check_writable(what, batch.growth());
  }
  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  void merge(std::string_view key, std::string_view operand);
  void commit(Batch& batch, std::string_view what);
  Batch batch(std::size_t records = 0, std::size_t bytes = 0) const {
    return Batch(handle(), records, bytes);
  }

  /// Waits until the session's writes are as durable as the store promises, or as `asked`.
  void settle(Durability asked, std::string_view what);

  /// Stores the clock's time before anything that is written from here on.  False if it cannot be,
  /// which the next write will say.
  bool remember_time() { return !store_.monitor_.broken() && engine().remember_first(); }

  // Long operations.  Each releases the gate; the session cannot be used afterwards.
  /// A step, after which the session may only take the next.
  Expiring::Step expire(Expiring& work);
  /// Rewrites the family through the compaction filter.  False if the engine had to be replaced
  /// meanwhile: to be done again.
  bool compact();
  void sync();
  void checkpoint(const std::filesystem::path& directory);

  std::uint64_t property(const char* name) const;
  /// Visits the family's tables: what each says of itself, and the bytes of its data on disk.
  /// Passes over what cannot be opened.
  void for_each_table(const std::function<void(const rocksdb::UserCollectedProperties& properties,
                                               std::uint64_t size)>& visit) const;
  /// Memory in use by the engine's blocks and write buffers, and what was charged, in bytes.
  std::uint64_t memory_bytes() const { return engine().memory_bytes(); }
  /// The caller's own memory, of which the budget had `before` bytes, counts as `now` bytes of it
  /// until the engine closes.  Not after step_aside().
  void charge(std::uint64_t before, std::uint64_t now) { engine().charge(before, now); }

 private:
  friend class EngineAccess;  // the tests'

  Engine& engine() const {
    if (staying_ != nullptr) return *staying_;
    store_.gate_.assume_inside();  // pass_
    return *store_.engine_;
  }
  /// The engine's name for the family; null if it is not made.
  rocksdb::ColumnFamilyHandle* handle() const {
    return staying_ != nullptr ? kept_.get() : family_.handle.get();
  }
  template <class Write>
  void perform(std::string_view key, Growth growth, const Write& write);
  rocksdb::Status retry(std::string_view key, Growth growth,
                        const std::function<rocksdb::Status()>& write);
  /// Leaves the gate and keeps the engine from closing.
  Engine& stay();

  Store& store_;
  Family& family_;
  std::string_view verb_;
  Gate::Entry pass_;
  std::optional<Engine::Lease> lease_;
  Engine* staying_ = nullptr;  // after step_aside(), with the family as it was then
  Engine::Handle kept_;
  Tickets::Number number_ = 0;
  mutable ChainBuffer* chain_buffer_ = nullptr;      // the thread's, from the first chain() on
  mutable std::shared_ptr<ChainBuffer> own_buffer_;  // where the thread has none any more
  mutable std::size_t chained_ = 0;  // slices of the buffer that pin what the engine has
};

}  // namespace cairn::store
