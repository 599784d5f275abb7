#include "durability/unallocated.h"

#include <memory>

namespace cairn::test::durability {
namespace {

class UnallocatedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  UnallocatedFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  static const char* kClassName() { return "Unallocated"; }  // NOLINT: RocksDB's name
  const char* Name() const override { return kClassName(); }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<UnallocatedFile>(std::move(*file));
    return status;
  }
};

}  // namespace

rocksdb::Env& unallocated() {
  static const std::unique_ptr<rocksdb::Env> env =
      rocksdb::NewCompositeEnv(std::make_shared<UnallocatedFileSystem>());
  return *env;
}

}  // namespace cairn::test::durability
