// A session that writes, and the one way in which keys are changed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/rocksdb/rocksdb_backend.h"
#include "store/session.h"

namespace cairn {

/// The only one who changes keys, and so who keeps the record tier exact: the record leaves it
/// before the engine is touched, and the new one comes after the engine has it.
///
/// In a family that is counted a writer also holds the turn, keeps the count of entries, takes part
/// in making it, and makes room for new ones.
class RocksdbBackend::Writer {
 public:
  using Keep = tier::RecordTier::Keep;

  Writer(RocksdbBackend& backend, Intent intent, std::string_view verb, const WriteMode& mode);

  /// For reading.
  store::Session& session() { return *session_; }
  /// The time of what is written from now on.
  Instant begin() {
    time_ = backend_.now();
    backend_.store_->remember(time_, *session_);
    return time_;
  }
  /// Gives up the turn, and waits until what was written is as durable as it should be.  Call last,
  /// and without a stripe: change() does.
  void settle(std::string_view what) {
    turn_.release();
    session_->settle(mode_.durability, what);
  }

  // What is there, by the tier if it knows the key, else by the engine.  Each requires the key's
  // stripe, and what it returns lies where it is until the next call.

  /// What the tier knows of the key; empty if nothing.
  std::optional<HotRecords::Known> known(std::string_view key);
  std::optional<ttl::Header> known_header(std::string_view key);
  struct Content {
    bool there;                       ///< whatever it is
    std::optional<ttl::Record> live;  ///< the record, if it is one and live
  };
  Content content(std::string_view key, Instant now);
  /// Whether there is a live record, which is then kept in the tier: who asks may ask again.
  bool has_live(std::string_view key, Instant now);
  /// What an erasure finds.  What cannot be read is there, is not counted as live, and need not be
  /// read to be erased.
  enum class Seen { nothing, dead, live };
  Seen look(std::string_view key, Instant now);

  void put(std::string_view key, std::string_view record, Instant expires_at,
           Keep keep = Keep::known);
  /// Puts another record where one was; the count is not told.
  void rewrite(std::string_view key, std::string_view record, Instant expires_at);
  /// Adds an operand to a counter, which is then `record`, with so many operands in the engine.
  void merge(std::string_view key, std::string_view operand, std::string_view record,
             Instant expires_at, std::size_t operands);
  void erase(std::string_view key);

  /// Several changes, of no key twice.  Keys and records must stay until commit().
  class Batch {
   public:
    explicit Batch(store::Batch batch) : batch_(std::move(batch)) {}
    void put(std::string_view key, std::string_view record, Instant expires_at, Keep keep);
    /// The same, without keeping the record in the tier; it need not stay.
    void put_aside(std::string_view key, std::string_view record);
    void merge(std::string_view key, std::string_view operand);
    void erase(std::string_view key);

   private:
    friend class Writer;
    struct Entry {
      std::string_view key;
      std::optional<std::string_view> record = {};  // to be kept
      Instant expires_at = 0;
      Keep keep = Keep::known;
    };
    store::Batch batch_;
    std::vector<Entry> entries_;
  };
  Batch batch(std::size_t records = 0, std::size_t bytes = 0) const {
    return Batch(session_->batch(records, bytes));
  }
  /// All or nothing; stored() and erased() then tell the count.
  void commit(Batch& batch);

  /// What was written otherwise, for the count.  stored(): whether it counts one more.
  bool stored(std::string_view key, Instant expires_at) {
    return counted_ && count().stored(key, expires_at);
  }
  void touched(std::string_view key, Instant expires_at) {
    if (counted_) count().expires(key, expires_at);
  }
  void used(std::string_view key) {
    if (counted_) count().used(key);
  }
  void erased(std::string_view key) {
    if (counted_) count().erase(key);
  }

  /// Makes room for those of the keys that are not there yet, and goes on with a cull that is under
  /// way.  Takes one step, or as many as the keys need.
  void make_room(std::string_view key) { make_room(std::span(&key, 1)); }
  void make_room(std::span<const std::string_view> keys);

  /// Begins to remove the oldest entries.
  void begin_cull(std::size_t entries);
  /// Takes one step of the cull that is under way.  Where it meets less than `least` of the oldest
  /// it removes the oldest of those that it meets, but none of that age or younger.  Returns how
  /// many went.
  ///
  /// Needs no stripes: who holds the turn is the family's only writer.  For that reason it may
  /// leave the gate as well.
  std::size_t cull(std::size_t least, EntryCount::Age young);

 private:
  // What the tier keeps of a key after a change; by default nothing.
  struct After {
    std::optional<std::string_view> record = {};
    Instant expires_at = 0;
    HotRecords::Chain chain = 0;
    Keep keep = Keep::known;
  };
  template <class Edit>
  void change(std::string_view key, store::Growth growth, const Edit& edit, const After& after);

  EntryCount& count() { return backend_.admission_.count(); }
  std::size_t cull_known_keys();
  std::size_t cull_by_hand(std::size_t least, EntryCount::Age young);
  std::size_t evict(std::span<const std::string> keys);

  RocksdbBackend& backend_;
  const WriteMode& mode_;
  bool counted_ = false;
  Admission::Turn turn_;
  std::optional<store::Session> session_;
  store::Pinned pinned_;
  HotRecords::Copy known_;  // what the tier had
  Instant time_ = 0;
};

template <class Work>
auto RocksdbBackend::change(std::string_view key, const WriteMode& mode, Intent intent,
                            std::string_view verb, const Work& work) {
  Writer writer(*this, intent, verb, mode);
  auto outcome = [&] {
    const store::Stripes::Lock lock = writer.session().lock(key);
    return work(writer, writer.begin());
  }();
  writer.settle(key);
  return outcome;
}

template <class Keys, class Work>
auto RocksdbBackend::change_all(const Keys& keys, const WriteMode& mode, Intent intent,
                                std::string_view verb, const Work& work) {
  Writer writer(*this, intent, verb, mode);
  auto outcome = [&] {
    const store::Stripes::Locks locks = writer.session().lock_all(keys);
    return work(writer, writer.begin());
  }();
  writer.settle(family_.name);
  return outcome;
}

}  // namespace cairn
