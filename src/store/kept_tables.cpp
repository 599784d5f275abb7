#include "store/kept_tables.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "process/mutex.h"
#include "store/directory/file_name.h"

namespace cairn::store {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

using SharedFile = std::shared_ptr<rocksdb::FSRandomAccessFile>;

class SharedTable final : public rocksdb::FSRandomAccessFileWrapper {
 public:
  explicit SharedTable(SharedFile file)
      : FSRandomAccessFileWrapper(file.get()), file_(std::move(file)) {}

 private:
  const SharedFile file_;
};

class KeptTables final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "cairn.kept_tables"; }

  IOStatus NewRandomAccessFile(const std::string& name, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               IODebugContext* context) override {
    if (kind_of(name) != FileKind::table) {
      return target()->NewRandomAccessFile(name, options, file, context);
    }
    const process::LockGuard lock(mutex_);
    auto found = kept_.find(name);
    if (found == kept_.end()) {
      Table table;
      std::unique_ptr<rocksdb::FSRandomAccessFile> opened;
      IOStatus status = target()->GetFileSize(name, IOOptions(), &table.size, context);
      if (status.ok()) status = target()->NewRandomAccessFile(name, options, &opened, context);
      if (!status.ok()) return status;
      table.file = std::move(opened);
      found = kept_.emplace(name, std::move(table)).first;
    }
    *file = std::make_unique<SharedTable>(found->second.file);
    return IOStatus::OK();
  }

  IOStatus GetFileSize(const std::string& name, const IOOptions& options, std::uint64_t* size,
                       IODebugContext* context) override {
    {
      const process::LockGuard lock(mutex_);
      if (const auto found = kept_.find(name); found != kept_.end()) {
        *size = found->second.size;
        return IOStatus::OK();
      }
    }
    return target()->GetFileSize(name, options, size, context);
  }

 private:
  struct Table {
    SharedFile file = {};
    std::uint64_t size = 0;
  };

  process::Mutex mutex_;
  std::map<std::string, Table> kept_ CAIRN_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> keep_tables(const std::shared_ptr<rocksdb::FileSystem>& base) {
  return std::make_shared<KeptTables>(base);
}

}  // namespace cairn::store
