// The turn of those who write to a bounded family, and its count of entries.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "backend/bounds.h"
#include "backend/entry_count.h"
#include "backend/rocksdb/rocksdb_store.h"
#include "store/session.h"

namespace cairn {

/// Keeps a store open between two sessions of one operation.  Begin and end it outside of them.
class KeptOpen {
 public:
  explicit KeptOpen(store::Store& store) : store_(store) { store_.attach(); }
  ~KeptOpen() {
    if (followed_) {
      store_.detach_later();
    } else {
      store_.detach();
    }
  }
  KeptOpen(const KeptOpen&) = delete;
  KeptOpen& operator=(const KeptOpen&) = delete;

  /// A session has begun: its end closes the store if nobody else has it then.
  void followed_by(const store::Session&) noexcept { followed_ = true; }

 private:
  store::Store& store_;
  bool followed_ = false;
};

/// Of a family that some cache bounds by max_entries: its writers take turns, which is what keeps
/// the count exact.  Reads know nothing of it.
///
/// The count is of one opening of the store.  It is made in steps, by whoever has the turn: what is
/// written meanwhile is counted at once, the other keys when a step comes to them.  A step reads
/// without keeping the gate.
class Admission {
 public:
  Admission(RocksdbStore& store, store::Family& family) : store_(store), family_(family) {}

  /// What one step of counting, or of culling, takes: about 5 ms, but not less than a thousand
  /// small entries, so that what is small takes one step however slow the machine is.
  static constexpr store::Session::Pace step = {
      .entries = 4096, .time = std::chrono::milliseconds(5), .bytes = std::size_t{1} << 20};

  /// From here on the family is counted.
  void begin() noexcept {
    if (!counted_.load()) counted_.store(true);
  }
  bool counted() const noexcept { return counted_.load(); }
  /// Whether the family is counted; a writer that finds that it is not writes without a turn, if
  /// that is still so when its session has begun.
  bool counted_for_writer() noexcept;

  /// Held until its end, or release().
  class Turn {
   public:
    Turn() = default;
    ~Turn() { release(); }
    Turn(Turn&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)), lock_(std::move(other.lock_)) {}
    Turn& operator=(Turn&& other) noexcept {
      release();
      admission_ = std::exchange(other.admission_, nullptr);
      lock_ = std::move(other.lock_);
      return *this;
    }
    void release() noexcept;

   private:
    friend class Admission;
    Turn(Admission& admission, std::unique_lock<std::mutex> lock)
        : admission_(&admission), lock_(std::move(lock)) {}

    Admission* admission_ = nullptr;
    std::unique_lock<std::mutex> lock_;
  };
  Turn turn() { return {*this, std::unique_lock(mutex_)}; }

  /// The number of entries; empty while it is being counted.  Takes part in that with one step, if
  /// the turn can be had within a moment.
  std::optional<std::uint64_t> entries();

  // With the turn.

  EntryCount& count() { return count_; }
  /// Whether the count is of the store's present opening.
  bool current() const noexcept { return opening_ == store_.store().openings(); }
  bool complete() const noexcept { return complete_ && current(); }
  /// One step, if the count is not complete, of a store that is kept open.  What cannot be read is
  /// not counted.
  void count_on();
  /// The family is empty now; inside Store::clear().
  void cleared(EntryCount& empty) noexcept;
  /// Charges the memory of the count to the budget.
  void charge(store::Session& session);

  /// While the count is not complete so many entries may be stored that no room was made for.
  static std::size_t uncounted(const Bounds& bounds) { return 1 + bounds.limit() / 64; }
  /// So many have been.
  std::size_t admitted = 0;

  /// A cull that takes several steps: a hand goes around the family, once, and takes what is among
  /// the oldest.
  struct Cull {
    EntryCount::Oldest oldest;
    std::string hand = {};           ///< where it goes on, also when the next cull begins
    std::optional<std::string> end;  ///< where it began; empty: no cull is under way
    bool around = false;             ///< it has come to the last key, and begun again at the first

    bool under_way() const { return end.has_value(); }
  };
  Cull cull;

 private:
  void begin_again(std::uint64_t opening) noexcept;
  void publish() noexcept;
  std::optional<std::uint64_t> published() const noexcept;

  RocksdbStore& store_;
  store::Family& family_;
  std::atomic<bool> counted_{false};
  std::atomic<bool> written_uncounted_{false};  // some writer had no turn, or tried to have none
  // What the count was when the turn was last given up; of which opening stands in the upper bits.
  std::atomic<std::uint64_t> published_{~std::uint64_t{0}};

  std::mutex mutex_;
  bool alone_ = false;  // no writer without a turn is left
  EntryCount count_;
  std::uint64_t opening_ = 0;
  std::string next_;  // what the next step begins with
  bool complete_ = false;
  std::uint64_t charged_ = 0;
};

}  // namespace cairn
