#include "durability/faults/faulty_disk.h"

#include <rocksdb/file_system.h>

#include "durability/unallocated.h"

namespace cairn::test::durability {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus error(const FaultyDisk& disk) {
  if (disk.fault().kind == FaultKind::forgotten) return IOStatus::OK();
  return disk.fault().no_space() ? IOStatus::NoSpace("No space left on device (injected)")
                                 : IOStatus::IOError("Input/output error (injected)");
}

class FaultyFile final : public UnallocatedFile {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, FaultyDisk& disk)
      : UnallocatedFile(std::move(file)), disk_(disk) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (!disk_.next()) return target()->Append(data, options, debug);
    return half(data, options, debug);
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& info, IODebugContext* debug) override {
    if (!disk_.next()) return target()->Append(data, options, info, debug);
    return half(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return disk_.next() ? error(disk_) : target()->Truncate(size, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return disk_.next() ? error(disk_) : target()->Sync(options, debug);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return disk_.next() ? error(disk_) : target()->Fsync(options, debug);
  }
  IOStatus RangeSync(std::uint64_t offset, std::uint64_t size, const IOOptions& options,
                     IODebugContext* debug) override {
    return disk_.next() ? error(disk_) : target()->RangeSync(offset, size, options, debug);
  }

 private:
  IOStatus half(const Slice& data, const IOOptions& options, IODebugContext* debug) {
    if (disk_.fault().kind == FaultKind::forgotten) return IOStatus::OK();
    if (disk_.fault().operation % 2 == 0) {
      const IOStatus ignored = target()->Append({data.data(), data.size() / 2}, options, debug);
      ignored.PermitUncheckedError();
    }
    return error(disk_);
  }

  FaultyDisk& disk_;
};

class FaultyDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  FaultyDirectory(std::unique_ptr<rocksdb::FSDirectory>&& directory, FaultyDisk& disk)
      : FSDirectoryWrapper(std::move(directory)), disk_(disk) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return disk_.next() ? error(disk_) : FSDirectoryWrapper::Fsync(options, debug);
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& what) override {
    return disk_.next() ? error(disk_)
                        : FSDirectoryWrapper::FsyncWithDirOptions(options, debug, what);
  }

 private:
  FaultyDisk& disk_;
};

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(FaultyDisk& disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  static const char* kClassName() { return "Faulty"; }  // NOLINT: RocksDB's name
  const char* Name() const override { return kClassName(); }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    if (disk_.next()) return error(disk_);
    return watch(target()->NewWritableFile(path, options, file, debug), file);
  }
  IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    if (disk_.next()) return error(disk_);
    return watch(target()->ReopenWritableFile(path, options, file, debug), file);
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* debug) override {
    const IOStatus status = target()->NewDirectory(path, options, directory, debug);
    if (status.ok()) *directory = std::make_unique<FaultyDirectory>(std::move(*directory), disk_);
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    return disk_.next() ? error(disk_) : target()->DeleteFile(path, options, debug);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    return disk_.next() ? error(disk_) : target()->RenameFile(from, to, options, debug);
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    IODebugContext* debug) override {
    return disk_.next() ? error(disk_) : target()->LinkFile(from, to, options, debug);
  }
  IOStatus Truncate(const std::string& path, std::size_t size, const IOOptions& options,
                    IODebugContext* debug) override {
    return disk_.next() ? error(disk_) : target()->Truncate(path, size, options, debug);
  }

 private:
  IOStatus watch(const IOStatus& status, std::unique_ptr<rocksdb::FSWritableFile>* file) {
    if (status.ok()) *file = std::make_unique<FaultyFile>(std::move(*file), disk_);
    return status;
  }

  FaultyDisk& disk_;
};

}  // namespace

bool Fault::no_space() const {
  return kind == FaultKind::no_space_once || kind == FaultKind::no_space_for_good;
}

bool Fault::for_good() const {
  return kind == FaultKind::io_for_good || kind == FaultKind::no_space_for_good;
}

std::string Fault::name() const {
  const std::string which = "operation " + std::to_string(operation);
  if (kind == FaultKind::forgotten) return which + " forgotten";
  return which + (no_space() ? " ENOSPC" : " EIO") + (for_good() ? " for good" : " once");
}

FaultyDisk::FaultyDisk()
    : env_(rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(*this))) {}

FaultyDisk::~FaultyDisk() = default;

void FaultyDisk::arm(const Fault& fault) {
  armed_ = false;
  fault_ = fault;
  operations_ = 0;
  failed_ = false;
  armed_ = true;
}

bool FaultyDisk::next() {
  const std::uint64_t operation = ++operations_;
  if (!armed_ || fault_.operation == 0) return false;
  const bool fails =
      fault_.for_good() ? operation >= fault_.operation : operation == fault_.operation;
  if (fails) failed_ = true;
  return fails;
}

}  // namespace cairn::test::durability
