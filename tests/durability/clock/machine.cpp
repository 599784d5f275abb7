#include "durability/clock/machine.h"

#include <stdexcept>
#include <string>

#include "bytes/little_endian.h"
#include "model/unsynced_env.h"
#include "store/border/metadata_keys.h"
#include "store/session.h"
#include "support/engine_access.h"
#include "support/live_directory.h"

namespace cairn::test::durability {
namespace fs = std::filesystem;
namespace {

void require(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

}  // namespace

Machine::Machine(Durability durability) : durability_(durability), path_(directory_ / "store-0") {
  open();
}

Machine::~Machine() = default;

void Machine::open() {
  const StoreOptions options{
      .durability = durability_, .memory_budget = 8u << 20, .clock = clock_->source()};
  hooked_.emplace(path_, unsynced());
  cache_.emplace(Cache::open(path_, {}, options));
  store_ = RocksdbStore::at(path_, options);
}

template <class Work>
void Machine::with_engine(Work work) const {
  store::Family& family = store_->store().family("default");
  const store::Session session(store_->store(), family, store::Session::Intent::read, "test");
  work(store::EngineAccess::of(session).db(), family.handle.get());
}

void Machine::flush() {
  with_engine([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    if (family != nullptr) require(db.Flush(rocksdb::FlushOptions(), family));
  });
}

std::int64_t Machine::mark() const {
  std::string mark;
  with_engine([&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle*) {
    const rocksdb::Status read =
        db.Get(rocksdb::ReadOptions(), db.DefaultColumnFamily(), store::clock_key, &mark);
    if (!read.IsNotFound()) require(read);
  });
  return mark.size() == 8 ? static_cast<std::int64_t>(load_little_endian<8>(mark.data())) : 0;
}

// The files as a kill would leave them: with what the kernel has been handed.
void Machine::copy_alive(const fs::path& to) {
  fs::create_directory(to);
  fs::permissions(to, fs::perms::owner_all);
  with_engine([&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle*) {
    require(db.DisableFileDeletions());
    // First what is known to be synced, which must not be more than there is; then what says which
    // files there are: a file that it does not need yet does no harm.
    const auto turn = [](const std::string& name) {
      if (name.starts_with("CAIRN")) return 0;
      return name == "CURRENT" || name.starts_with("MANIFEST") ? 1 : 2;
    };
    for (const int each : {0, 1, 2}) {
      for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
        const fs::path name = entry.path().filename();
        // One that was obsolete before deletions were disabled may go all the same.
        if (turn(name.native()) == each) copy_unless_gone(entry.path(), to / name);
      }
    }
  });
}

void Machine::restart(End end, std::int64_t wall) {
  const fs::path before = path_;
  if (end == End::killed_no_mark) {
    with_engine([](rocksdb::DB& db, rocksdb::ColumnFamilyHandle*) {
      require(db.Delete(rocksdb::WriteOptions(), db.DefaultColumnFamily(), store::clock_key));
    });
  }
  mark_left_ = mark();
  if (end != End::closed) {
    const fs::path copy = directory_ / ("store-" + std::to_string(++processes_));
    copy_alive(copy);
    path_ = copy;
  }
  cache_.reset();
  store_.reset();
  if (path_ != before) fs::remove_all(before);
  clock_ = std::make_unique<FakeClock>();
  clock_->jump_wall(std::chrono::milliseconds(wall) - clock_->wall());
  open();
}

}  // namespace cairn::test::durability
