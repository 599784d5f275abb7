#include "hot/subjects.h"

#include <rocksdb/db.h>

#include <array>
#include <cstring>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <cairn/boost.h>
#include <cairn/cache.h>
#include "raw_store.h"

#ifdef CAIRN_BENCH_LMDB
#include <lmdb.h>
#endif

namespace bench {
namespace {

std::int64_t number_in(std::string_view bytes) {
  std::int64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}
std::string_view bytes_of(const std::int64_t& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

// Who reads and then writes needs a lock of the key for that; Cairn has its own.
class KeyLocks {
 public:
  std::mutex& of(std::string_view key) {
    return mutexes_[std::hash<std::string_view>{}(key) % mutexes_.size()];
  }

 private:
  std::array<std::mutex, 1024> mutexes_;
};

class CairnSubject final : public Subject {
 public:
  CairnSubject(const std::filesystem::path& directory, std::size_t memory)
      : cache_(cairn::Cache::open(
            directory, {.timeout = cairn::never},
            {.durability = cairn::Durability::process_crash, .memory_budget = memory})) {}

  void set(std::string_view key, std::string_view value) override { cache_.set(key, value); }
  bool get(std::string_view key, std::string& value) override {
    return cache_.get_into(key, value);
  }
  std::size_t get_many(std::span<const std::string> keys) override {
    return cache_.get_many(keys).size();
  }
  std::int64_t incr(std::string_view key) override { return cache_.incr(key); }
  void set_number(std::string_view key, std::int64_t number) override { cache_.set(key, number); }
  std::int64_t get_number(std::string_view key) override {
    return cache_.get<std::int64_t>(key).value();
  }
  bool add(std::string_view key, std::string_view value) override { return cache_.add(key, value); }
  bool touch(std::string_view key) override {
    return cache_.touch(key, {.timeout = std::chrono::hours(24)});
  }
  void set_user(std::string_view key, const User& user) override { cache_.set(key, user); }
  User get_user(std::string_view key) override { return cache_.get<User>(key).value(); }
  void settle() override { cache_.compact(); }

 private:
  cairn::Cache cache_;
};

class RawSubject final : public Subject {
 public:
  RawSubject(const std::filesystem::path& directory, std::size_t memory)
      : store_(directory, memory) {}

  void set(std::string_view key, std::string_view value) override { store_.put(key, value); }
  bool get(std::string_view key, std::string& value) override {
    const auto status =
        store_.db().Get(rocksdb::ReadOptions(), rocksdb::Slice(key.data(), key.size()), &value);
    if (status.IsNotFound()) return false;
    RawStore::check(status);
    return true;
  }
  std::size_t get_many(std::span<const std::string> keys) override {
    std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    store_.db().MultiGet(rocksdb::ReadOptions(), store_.db().DefaultColumnFamily(), keys.size(),
                         slices.data(), values.data(), statuses.data());
    std::unordered_map<std::string, std::string> found;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].ok()) found.emplace(keys[i], values[i].ToString());
    }
    return found.size();
  }
  std::int64_t incr(std::string_view key) override {
    const std::lock_guard lock(locks_.of(key));
    const std::int64_t number = number_in(store_.get(key)) + 1;
    store_.put(key, bytes_of(number));
    return number;
  }
  void set_number(std::string_view key, std::int64_t number) override {
    store_.put(key, bytes_of(number));
  }
  bool add(std::string_view key, std::string_view value) override {
    const std::lock_guard lock(locks_.of(key));
    std::string found;
    if (get(key, found)) return false;
    set(key, value);
    return true;
  }
  bool touch(std::string_view key) override {
    const std::lock_guard lock(locks_.of(key));
    std::string found;
    if (!get(key, found)) return false;
    set(key, found);
    return true;
  }
  void settle() override { store_.compact(); }

 private:
  RawStore store_;
  KeyLocks locks_;
};

// The usual bound: what a program would write that needs neither a disk nor a limit.
class MapSubject final : public Subject {
 public:
  MapSubject(const std::filesystem::path&, std::size_t) {}

  void set(std::string_view key, std::string_view value) override {
    Part& part = part_of(key);
    const std::lock_guard lock(part.mutex);
    part.values[std::string(key)] = value;
  }
  bool get(std::string_view key, std::string& value) override {
    Part& part = part_of(key);
    const std::lock_guard lock(part.mutex);
    const auto found = part.values.find(key);
    if (found == part.values.end()) return false;
    value = found->second;
    return true;
  }
  std::size_t get_many(std::span<const std::string> keys) override {
    std::unordered_map<std::string, std::string> found;
    std::string value;
    for (const std::string& key : keys) {
      if (get(key, value)) found.emplace(key, value);
    }
    return found.size();
  }
  std::int64_t incr(std::string_view key) override {
    Part& part = part_of(key);
    const std::lock_guard lock(part.mutex);
    std::string& value = part.values.find(key)->second;
    const std::int64_t number = number_in(value) + 1;
    value = bytes_of(number);
    return number;
  }
  void set_number(std::string_view key, std::int64_t number) override {
    set(key, bytes_of(number));
  }
  bool add(std::string_view key, std::string_view value) override {
    Part& part = part_of(key);
    const std::lock_guard lock(part.mutex);
    return part.values.try_emplace(std::string(key), value).second;
  }
  bool touch(std::string_view key) override {
    Part& part = part_of(key);
    const std::lock_guard lock(part.mutex);
    const auto found = part.values.find(key);
    if (found == part.values.end()) return false;
    std::string again = found->second;
    found->second = std::move(again);
    return true;
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>{}(key);
    }
  };
  struct alignas(64) Part {
    std::mutex mutex;
    std::unordered_map<std::string, std::string, Hash, std::equal_to<>> values;
  };
  Part& part_of(std::string_view key) { return parts_[Hash{}(key)*31 >> 8 & 63]; }

  std::array<Part, 64> parts_;
};

#ifdef CAIRN_BENCH_LMDB
class LmdbSubject final : public Subject {
  // A read transaction is used again, as LMDB's documentation advises.
  struct Reader {
    MDB_env* of = nullptr;
    MDB_txn* txn = nullptr;
    ~Reader() {
      if (txn != nullptr) mdb_txn_abort(txn);  // or its place is taken for ever
    }
  };

  static void check(int error) {
    if (error != 0) throw std::runtime_error(std::string("lmdb: ") + mdb_strerror(error));
  }
  static MDB_val view(std::string_view bytes) {
    return {bytes.size(), const_cast<char*>(bytes.data())};
  }
  void put(MDB_txn* txn, std::string_view key, std::string_view value) {
    MDB_val name = view(key);
    MDB_val content = view(value);
    check(mdb_put(txn, table_, &name, &content, 0));
  }
  bool find(MDB_txn* txn, std::string_view key, std::string& value) {
    MDB_val name = view(key);
    MDB_val content;
    const int error = mdb_get(txn, table_, &name, &content);
    if (error == MDB_NOTFOUND) return false;
    check(error);
    value.assign(static_cast<const char*>(content.mv_data), content.mv_size);
    return true;
  }
  template <class Work>
  auto in_reading(const Work& work) {
    thread_local Reader reader;
    if (reader.of != environment_) {
      check(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &reader.txn));
      reader.of = environment_;
    } else {
      check(mdb_txn_renew(reader.txn));
    }
    const auto result = work(reader.txn);
    mdb_txn_reset(reader.txn);
    return result;
  }
  template <class Work>
  void in_writing(const Work& work) {
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(environment_, nullptr, 0, &txn));
    work(txn);
    check(mdb_txn_commit(txn));
  }

 public:
  LmdbSubject(const std::filesystem::path& directory, std::size_t) {
    std::filesystem::create_directories(directory);
    check(mdb_env_create(&environment_));
    check(mdb_env_set_mapsize(environment_, std::size_t{4} << 30));
    check(mdb_env_open(environment_, directory.c_str(), MDB_NOSYNC | MDB_NOTLS, 0600));
    in_writing([&](MDB_txn* txn) { check(mdb_dbi_open(txn, nullptr, 0, &table_)); });
  }
  ~LmdbSubject() override { mdb_env_close(environment_); }

  void set(std::string_view key, std::string_view value) override {
    in_writing([&](MDB_txn* txn) { put(txn, key, value); });
  }
  bool get(std::string_view key, std::string& value) override {
    return in_reading([&](MDB_txn* txn) { return find(txn, key, value); });
  }
  std::size_t get_many(std::span<const std::string> keys) override {
    return in_reading([&](MDB_txn* txn) {
      std::unordered_map<std::string, std::string> found;
      std::string value;
      for (const std::string& key : keys) {
        if (find(txn, key, value)) found.emplace(key, value);
      }
      return found.size();
    });
  }
  std::int64_t incr(std::string_view key) override {
    std::int64_t number = 0;
    in_writing([&](MDB_txn* txn) {
      std::string value;
      find(txn, key, value);
      number = number_in(value) + 1;
      put(txn, key, bytes_of(number));
    });
    return number;
  }
  void set_number(std::string_view key, std::int64_t number) override {
    set(key, bytes_of(number));
  }
  bool add(std::string_view key, std::string_view value) override {
    bool added = false;
    in_writing([&](MDB_txn* txn) {
      std::string found;
      added = !find(txn, key, found);
      if (added) put(txn, key, value);
    });
    return added;
  }
  bool touch(std::string_view key) override {
    bool there = false;
    in_writing([&](MDB_txn* txn) {
      std::string found;
      there = find(txn, key, found);
      if (there) put(txn, key, found);
    });
    return there;
  }

 private:
  MDB_env* environment_ = nullptr;
  MDB_dbi table_ = 0;
};
#endif

template <class S>
std::unique_ptr<Subject> open(const std::filesystem::path& directory, std::size_t memory) {
  return std::make_unique<S>(directory, memory);
}

}  // namespace

std::int64_t Subject::get_number(std::string_view key) {
  std::string bytes;
  if (!get(key, bytes)) throw std::runtime_error("a number that was stored is missing");
  return number_in(bytes);
}

void Subject::set_user(std::string_view key, const User& user) { set(key, stock_encode(user)); }

User Subject::get_user(std::string_view key) {
  std::string bytes;
  if (!get(key, bytes)) throw std::runtime_error("a user that was stored is missing");
  return stock_decode<User>(bytes);
}

const std::vector<SubjectKind>& subject_kinds() {
  static const std::vector<SubjectKind> kinds = {
      {"rocksdb", open<RawSubject>},
      {"cairn", open<CairnSubject>},
#ifdef CAIRN_BENCH_LMDB
      {"lmdb", open<LmdbSubject>},
#endif
      {"maps", open<MapSubject>},
  };
  return kinds;
}

}  // namespace bench
