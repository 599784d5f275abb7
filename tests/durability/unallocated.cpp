#include "durability/unallocated.h"

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

std::shared_ptr<store::EngineHooks> unallocated() {
  static const std::unique_ptr<rocksdb::Env> env =
      rocksdb::NewCompositeEnv(std::make_shared<UnallocatedFileSystem>());
  static const auto hooks =
      std::make_shared<store::EngineHooks>(store::EngineHooks{.env = env.get()});
  return hooks;
}

}  // namespace cairn::test::durability
