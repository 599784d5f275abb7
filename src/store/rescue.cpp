#include "store/rescue.h"

#include <rocksdb/write_batch.h>

#include <cstddef>
#include <memory>

#include "store/border/status.h"

namespace cairn::store {
namespace {

constexpr std::size_t batch_bytes = 1 << 20;

// All of a family; nothing where it is not there.
class Reading {
 public:
  Reading(const Engine& engine, const std::string& family) : family_(family) {
    const Engine::Handle handle = engine.find(family);
    if (!handle) return;
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    at_.reset(engine.db().NewIterator(options, handle.get()));
    at_->SeekToFirst();
  }

  bool valid() const {
    if (!at_) return false;
    if (at_->Valid()) return true;
    check(at_->status(), "read", family_);
    return false;
  }
  void next() { at_->Next(); }
  rocksdb::Slice key() const { return at_->key(); }
  rocksdb::Slice value() const { return at_->value(); }

 private:
  const std::string& family_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

}  // namespace

Rescue::Rescue(const Engine& live, const Engine& on_disk) {
  for (const std::string& name : live.names()) {
    Family& family = families_.emplace_back(Family{name});
    Reading left(live, name);
    Reading right(on_disk, name);
    while (left.valid() || right.valid()) {
      const int order = !left.valid() ? 1 : !right.valid() ? -1 : left.key().compare(right.key());
      if (order > 0) {
        family.changes.emplace_back(right.key().ToString(), std::nullopt);
      } else if (order < 0 || left.value() != right.value()) {
        family.changes.emplace_back(left.key().ToString(), left.value().ToString());
      }
      if (order <= 0) left.next();
      if (order >= 0) right.next();
    }
  }
}

void Rescue::write_to(Engine& engine) const {
  for (const Family& family : families_) {
    const Engine::Handle handle = engine.find(family.name);
    if (!handle) continue;
    rocksdb::WriteBatch batch;
    const auto write = [&] {
      const rocksdb::Status written =
          engine.call("restore", [&] { return engine.db().Write(engine.write_options(), &batch); });
      check(written, "restore", family.name);
      batch.Clear();
      engine.written();
    };
    for (const auto& [key, value] : family.changes) {
      const rocksdb::Status added =
          value ? batch.Put(handle.get(), key, *value) : batch.Delete(handle.get(), key);
      check(added, "restore", key);
      if (batch.GetDataSize() > batch_bytes) write();
    }
    if (batch.Count() > 0) write();
  }
}

}  // namespace cairn::store
