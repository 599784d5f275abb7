#include "store/session.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <thread>
#include <unordered_set>
#include <utility>

#include <cairn/error.h>
#include "store/border/bytes_view.h"
#include "store/border/scan_options.h"
#include "store/border/status.h"
#include "store/border/walk.h"

namespace cairn::store {
namespace {

constexpr std::chrono::microseconds first_retry(200);
constexpr std::chrono::microseconds last_retry(5000);

}  // namespace

// Where a thread reads chains: two dozen slices cost more to make than the look-up does.
struct ChainBuffer {
  std::array<rocksdb::PinnableSlice, Chain::longest> slices;
  std::array<std::string_view, Chain::longest> links;

  /// Null where the thread has ended but for the destructors of its thread_locals.
  static ChainBuffer* of_thread() {
    if (in_thread == nullptr && !gone) {
      thread_local const ThreadEnd end;
      in_thread = new ChainBuffer;
    }
    return in_thread;
  }
  void reset(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) slices[i].Reset();
  }

 private:
  struct ThreadEnd {
    ~ThreadEnd() {
      gone = true;
      delete std::exchange(in_thread, nullptr);
    }
  };
  static thread_local ChainBuffer* in_thread;
  static thread_local bool gone;
};

thread_local ChainBuffer* ChainBuffer::in_thread = nullptr;
thread_local bool ChainBuffer::gone = false;

void Batch::put(std::string_view key, std::string_view value) {
  batch_.Put(handle_, slice(key), slice(value));
}
void Batch::erase(std::string_view key) {
  if (handle_ != nullptr) batch_.Delete(handle_, slice(key));
}
void Batch::merge(std::string_view key, std::string_view operand) {
  batch_.Merge(handle_, slice(key), slice(operand));
}

Session::Session(Store& store, Family& family, Intent intent, std::string_view verb)
    : store_(store), family_(family), verb_(verb) {
  if (intent != Intent::read) process::UpdateScope::refuse_writes();
  pass_ = store_.enter();
  while (intent == Intent::write && !family_.handle.get()) {
    pass_.unlock();
    try {
      store_.create(family_);
    } catch (...) {
      store_.leave();
      throw;
    }
    pass_ = store_.enter();
  }
}

Session::~Session() {
  if (chained_ > 0) chain_buffer_->reset(chained_);
  kept_.reset();  // before the engine may close
  lease_.reset();
  if (pass_.owns_lock()) pass_.unlock();
  store_.leave();
}

Stripes::Lock Session::lock(std::string_view key) {
  return store_.stripes_.lock(family_.seed, key);
}

std::optional<std::string_view> Session::get(std::string_view key, Pinned& pinned) const {
  if (handle() == nullptr) return std::nullopt;
  pinned.slice_.Reset();
  const rocksdb::Status status = engine().read(verb_, [&] {
    return engine().db().Get(rocksdb::ReadOptions(), handle(), slice(key), &pinned.slice_);
  });
  if (status.IsNotFound()) return std::nullopt;
  check(status, verb_, key);
  return view(pinned.slice_);
}

Chain Session::chain(std::string_view key) const {
  if (!family_.handle) return {};
  // In RocksDB 9.10 a database that is open for reading only gives no operands (an assertion in
  // DBImplReadOnly::GetImpl).  What is written to it is refused anyway.
  if (engine().access() == Access::read_only) return {.links = {}, .too_long = true};
  if (chain_buffer_ == nullptr) chain_buffer_ = ChainBuffer::of_thread();
  if (chain_buffer_ == nullptr) {
    own_buffer_ = std::make_shared<ChainBuffer>();
    chain_buffer_ = own_buffer_.get();
  }
  ChainBuffer& buffer = *chain_buffer_;
  buffer.reset(std::exchange(chained_, 0));
  rocksdb::GetMergeOperandsOptions options;
  options.expected_max_number_of_operands = Chain::longest;
  int count = 0;
  const rocksdb::Status status = engine().read(verb_, [&] {
    return engine().db().GetMergeOperands(rocksdb::ReadOptions(), handle(), slice(key),
                                          buffer.slices.data(), &options, &count);
  });
  if (status.IsNotFound()) return {};
  // Also where operands lie above a deletion that is in an older write buffer: 7.8 does not see it.
  if (status.IsIncomplete() || status.IsMergeInProgress()) return {.links = {}, .too_long = true};
  check(status, verb_, key);
  chained_ = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < chained_; ++i) buffer.links[i] = view(buffer.slices[i]);
  return {.links = {buffer.links.data(), chained_}};
}

void Session::get_many(std::span<const std::string_view> keys,
                       const std::function<void(std::size_t, std::string_view)>& found,
                       const std::function<void(std::size_t)>& unreadable) const {
  if (handle() == nullptr || keys.empty()) return;
  std::vector<rocksdb::Slice> slices;
  slices.reserve(keys.size());
  for (const std::string_view key : keys) slices.push_back(slice(key));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  engine().read(verb_, [&] {
    engine().db().MultiGet(rocksdb::ReadOptions(), handle(), keys.size(), slices.data(),
                           values.data(), statuses.data());
  });
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (unreadable && (statuses[i].IsCorruption() || statuses[i].IsIOError())) {
      unreadable(i);
      continue;
    }
    check(statuses[i], verb_, keys[i]);
    found(i, view(values[i]));
  }
}

std::string Session::scan(std::string_view first, std::string_view prefix,
                          const std::function<bool(std::string_view, std::string_view)>& visit,
                          const Pace& pace) const {
  if (handle() == nullptr) return {};
  const auto end = std::chrono::steady_clock::now() + pace.time;
  std::size_t passed = 0;
  std::size_t bytes = 0;
  const auto pauses = [&] {
    if (passed >= pace.entries || engine().stopping()) return true;
    const bool small = passed < pace.entries / 4 && bytes < pace.bytes;
    return !small && std::chrono::steady_clock::now() >= end;
  };
  std::optional<Walk> walk;
  engine().read(verb_, [&] { walk.emplace(engine().db(), *handle(), first, prefix); });
  const std::string begin = walk->place();
  for (;;) {
    const Walk::At at = engine().read(verb_, [&] { return walk->step(); });
    if (at == Walk::At::end) break;
    if (at == Walk::At::entry) {
      if (passed > 0 && pauses()) return std::string(walk->key());
      ++passed;
      bytes += walk->key().size() + walk->value().size();
      if (!visit(walk->key(), walk->value())) return std::string(walk->key());
    } else {
      passed += Walk::longest_step;
      if (pauses() && walk->place() > begin) return walk->place();
    }
  }
  check(walk->status(), verb_, prefix);
  return {};
}

// An iterator is of no use from the moment on when one of its tables cannot be read: then each
// table is scanned by itself, with the write buffers, from its end as well if it breaks off.
Session::Read Session::scan_readable(
    const std::function<void(std::string_view, std::string_view)>& visit) const {
  if (handle() == nullptr) return Read::all;
  std::unordered_set<std::string> seen;
  const auto visit_once = [&](std::string_view key, std::string_view value) {
    if (seen.emplace(key).second) visit(key, value);
  };
  // False if something cannot be read, or the engine is to be replaced.
  const auto scan = [&](rocksdb::ReadOptions options) {
    std::optional<Walk> walk;
    engine().read(verb_, [&] { walk.emplace(engine().db(), *handle(), "", "", options); });
    Walk::At at = Walk::At::between;
    for (; at != Walk::At::end; at = engine().read(verb_, [&] { return walk->step(); })) {
      if (at == Walk::At::entry) visit_once(walk->key(), walk->value());
      if (engine().stopping()) return false;
    }
    if (walk->status().ok()) return true;
    std::unique_ptr<rocksdb::Iterator> back;
    engine().read(verb_, [&] {
      back.reset(engine().db().NewIterator(options, handle()));
      back->SeekToLast();
    });
    for (; back->Valid() && !engine().stopping(); engine().read(verb_, [&] { back->Prev(); })) {
      visit_once(view(back->key()), view(back->value()));
    }
    return false;
  };
  if (scan(scan_options())) return Read::all;
  rocksdb::TablePropertiesCollection tables;
  (void)engine().db().GetPropertiesOfAllTables(handle(), &tables);
  std::set<std::uint64_t> numbers{0};  // no table: the write buffers alone
  for (const auto& [name, properties] : tables) numbers.insert(properties->orig_file_number);
  for (const std::uint64_t number : numbers) {
    rocksdb::ReadOptions options = scan_options();
    options.table_filter = [number](const rocksdb::TableProperties& table) {
      return number != 0 && table.orig_file_number == number;
    };
    scan(options);
  }
  return engine().stopping() ? Read::until_closing : Read::what_is_sound;
}

template <class Write>
void Session::perform(std::string_view key, Growth growth, const Write& write) {
  check_writable(key, growth);
  engine().make_way();
  const auto attempt = [&] {
    return engine().call(verb_, [&] { return write(engine().db(), engine().write_options()); });
  };
  rocksdb::Status status = attempt();
  if (status.IsIncomplete()) [[unlikely]] {
    // Though RocksDB was told to wait: what keeps it from that is the error of a job, which the
    // text has (DBImpl::DelayWrite).
    status = engine().write_options().no_slowdown ? retry(key, growth, attempt)
                                                  : rocksdb::Status::IOError(status.ToString());
  }
  if (!status.ok()) [[unlikely]] {
    if (status.IsIOError() || status.IsCorruption()) store_.monitor_.failed(status);
    store_.monitor_.raise_write(status, verb_, key);
  }
  number_ = engine().written();
}

// The disk does not keep up, and RocksDB was told not to wait for it.
rocksdb::Status Session::retry(std::string_view key, Growth growth,
                               const std::function<rocksdb::Status()>& write) {
  using Steady = std::chrono::steady_clock;
  // Within bounds that a clock can count.
  const std::chrono::milliseconds longest =
      std::min<std::chrono::milliseconds>(store_.options_.max_write_delay, std::chrono::years(1));
  const Steady::time_point until = Steady::now() + longest;
  for (auto pause = first_retry; Steady::now() < until; pause = std::min(2 * pause, last_retry)) {
    check_writable(key, growth);
    std::this_thread::sleep_for(std::min<Steady::duration>(pause, until - Steady::now()));
    rocksdb::Status status = write();
    if (!status.IsIncomplete()) return status;
  }
  throw Error(ErrorCode::busy, std::string(verb_) + " " + quote(key) +
                                   ": the disk has not kept up for " +
                                   std::to_string(longest.count()) +
                                   " ms (StoreOptions::max_write_delay); try again");
}

void Session::put(std::string_view key, std::string_view value) {
  perform(key, Growth::grows, [&](rocksdb::DB& db, const rocksdb::WriteOptions& options) {
    return db.Put(options, handle(), slice(key), slice(value));
  });
}

void Session::erase(std::string_view key) {
  if (!made()) return;
  perform(key, Growth::shrinks, [&](rocksdb::DB& db, const rocksdb::WriteOptions& options) {
    return db.Delete(options, handle(), slice(key));
  });
}

void Session::merge(std::string_view key, std::string_view operand) {
  perform(key, Growth::grows, [&](rocksdb::DB& db, const rocksdb::WriteOptions& options) {
    return db.Merge(options, handle(), slice(key), slice(operand));
  });
}

void Session::commit(Batch& batch, std::string_view what) {
  if (batch.count() == 0) return;
  perform(what, batch.growth(), [&](rocksdb::DB& db, const rocksdb::WriteOptions& options) {
    return db.Write(options, &batch.batch_);
  });
}

void Session::settle(Durability asked, std::string_view what) {
  if (!engine().waits(asked)) return;
  if (number_ != 0) {
    stay().settle(number_, verb_, what);
  } else if (engine().shows_unsynced()) {
    // An operation that wrote nothing rests on what others have written.
    stay().settle_what_shows(verb_, what);
  }
}

Engine& Session::stay() {
  Engine& staying = engine();
  if (!lease_) lease_.emplace(staying);
  if (pass_.owns_lock()) pass_.unlock();
  return staying;
}

void Session::step_aside() {
  if (staying_ != nullptr) return;
  kept_ = family_.handle;
  staying_ = &stay();
}

Expiring::Step Session::expire(Expiring& work) {
  check_writable(family_.name, Growth::shrinks);
  step_aside();
  if (handle() == nullptr) return Expiring::Step::done;
  return engine().expire(work, *handle(), family_.name);
}

bool Session::compact() {
  check_writable(family_.name, Growth::shrinks);
  step_aside();
  return handle() == nullptr || engine().compact(*handle(), family_.name);
}

void Session::sync() { stay().sync(); }

void Session::checkpoint(const std::filesystem::path& directory) { stay().checkpoint(directory); }

std::uint64_t Session::property(const char* name) const {
  std::uint64_t value = 0;
  if (family_.handle) engine().db().GetIntProperty(handle(), name, &value);
  return value;
}

void Session::for_each_table(const std::function<void(const rocksdb::UserCollectedProperties&,
                                                      std::uint64_t)>& visit) const {
  if (handle() == nullptr) return;
  rocksdb::TablePropertiesCollection tables;
  (void)engine().call(verb_,
                      [&] { return engine().db().GetPropertiesOfAllTables(handle(), &tables); });
  for (const auto& [path, table] : tables) {
    visit(table->user_collected_properties, table->data_size);
  }
}

}  // namespace cairn::store
