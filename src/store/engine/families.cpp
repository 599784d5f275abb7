#include "store/engine/families.h"

#include <utility>

#include "store/border/family_name.h"

namespace cairn::store {

Families::Families(rocksdb::DB& db, const std::vector<std::string>& generation_names,
                   const RawHandles& handles, std::shared_ptr<const std::atomic<bool>> abandoned)
    : db_(db), abandoned_(std::move(abandoned)) {
  const std::vector<FamilyHandle> owned = own_all(handles);
  const Generations generations = newest_generations(generation_names);
  for (const auto& [name, newest] : generations.newest) {
    newest_[name] = owned[newest.at];
    last_number_[name] = newest.generation;
  }
  for (const std::size_t at : generations.older) stale_.push_back(owned[at]);
  for (const std::size_t at : generations.others) {
    const bool ours = generation_names[at] == rocksdb::kDefaultColumnFamilyName;
    (ours ? metadata_ : others_.emplace_back()) = owned[at];
  }
}

FamilyHandle Families::own(rocksdb::ColumnFamilyHandle* handle) {
  return {handle, [db = &db_, abandoned = abandoned_](rocksdb::ColumnFamilyHandle* each) {
            if (each != nullptr && !abandoned->load()) db->DestroyColumnFamilyHandle(each);
          }};
}

// All or none: a database is not closed while somebody has one.
std::vector<FamilyHandle> Families::own_all(const RawHandles& handles) {
  std::vector<FamilyHandle> owned;
  std::size_t taken = 0;
  try {
    owned.reserve(handles.size());
    while (taken < handles.size()) owned.push_back(own(handles[taken++]));
    return owned;
  } catch (...) {
    for (; taken < handles.size(); ++taken) db_.DestroyColumnFamilyHandle(handles[taken]);
    throw;
  }
}

FamilyHandle Families::find(const std::string& name) const {
  const process::LockGuard lock(mutex_);
  const auto found = newest_.find(name);
  return found == newest_.end() ? nullptr : found->second;
}

std::size_t Families::count() const {
  const process::LockGuard lock(mutex_);
  return newest_.size();
}

std::vector<std::string> Families::names() const {
  const process::LockGuard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, handle] : newest_) names.push_back(name);
  return names;
}

std::vector<FamilyHandle> Families::in_use() const {
  std::vector<FamilyHandle> handles{metadata_};
  const process::LockGuard lock(mutex_);
  for (const auto& [name, handle] : newest_) handles.push_back(handle);
  return handles;
}

std::vector<FamilyHandle> Families::all() const {
  std::vector<FamilyHandle> handles = in_use();
  handles.insert(handles.end(), others_.begin(), others_.end());
  const process::LockGuard lock(mutex_);
  handles.insert(handles.end(), stale_.begin(), stale_.end());
  return handles;
}

rocksdb::Status Families::create_next(const std::string& name,
                                      const rocksdb::ColumnFamilyOptions& options,
                                      FamilyHandle& made) {
  std::uint64_t number = 0;
  {
    // A number is used once: RocksDB may have made a family whose creation it calls failed.
    const process::LockGuard lock(mutex_);
    number = ++last_number_[name];
  }
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  rocksdb::Status status = db_.CreateColumnFamily(options, generation_name(name, number), &handle);
  made = own(handle);  // there may be one although the creation has failed
  if (!status.ok()) made.reset();
  return status;
}

FamilyHandle Families::install(const std::string& name, FamilyHandle next) {
  const process::LockGuard lock(mutex_);
  return std::exchange(newest_[name], std::move(next));
}

rocksdb::Status Families::drop(const FamilyHandle& handle,
                               const std::function<rocksdb::Status()>& first) {
  rocksdb::Status status = first();
  if (status.ok()) status = db_.DropColumnFamily(handle.get());
  if (status.ok()) return status;
  const process::LockGuard lock(mutex_);
  stale_.push_back(handle);
  return status;
}

std::vector<FamilyHandle> Families::take_stale() {
  const process::LockGuard lock(mutex_);
  return std::exchange(stale_, {});
}

}  // namespace cairn::store
