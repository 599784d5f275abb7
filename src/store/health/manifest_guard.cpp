#include "store/health/manifest_guard.h"

#include <utility>

#include "store/directory/manifest.h"

namespace cairn::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// RocksDB writes a MANIFEST from its beginning to its end, by appending.
class ManifestFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  ManifestFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::uint64_t number,
               ManifestGuard& guard, Watermark& watermark)
      : FSWritableFileOwnerWrapper(std::move(file)),
        number_(number),
        guard_(guard),
        watermark_(watermark) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    return appended(data, target()->Append(data, options, context));
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* context) override {
    return appended(data, target()->Append(data, options, verification, context));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* context) override {
    return written(target()->Flush(options, context));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* context) override {
    return written(target()->Close(options, context));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    return synced(target()->Sync(options, context));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return synced(target()->Fsync(options, context));
  }

 private:
  IOStatus written(IOStatus status) {
    guard_.written(status);
    return status;
  }
  IOStatus appended(const Slice& data, IOStatus status) {
    if (status.ok()) size_ += data.size();
    return written(std::move(status));
  }
  IOStatus synced(IOStatus status) {
    if (status.ok()) watermark_.raise(SyncedManifest(number_, size_).packed());
    return written(std::move(status));
  }

  const std::uint64_t number_;
  ManifestGuard& guard_;
  Watermark& watermark_;
  std::uint64_t size_ = 0;  // RocksDB has one writer of a MANIFEST at a time
};

}  // namespace

std::unique_ptr<rocksdb::FSWritableFile> ManifestGuard::guarded(
    std::unique_ptr<rocksdb::FSWritableFile> file, std::uint64_t number) {
  return std::make_unique<ManifestFile>(std::move(file), number, *this, watermark_);
}

}  // namespace cairn::store
