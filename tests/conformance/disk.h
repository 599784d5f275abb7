// A disk that is watched, and that breaks when it is told to.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cairn::test {

/// What has reached the files of a store, and whether more may.
struct Disk {
  std::atomic<int> table_reads{0};
  std::atomic<int> log_writes{0};
  std::atomic<bool> reads_fail{false};

  static rocksdb::IOStatus broken() { return rocksdb::IOStatus::IOError("the disk is broken"); }
};

/// RocksDB's own file system, with an eye on it: `disk` is what it sees.
class WatchedFiles : public rocksdb::FileSystemWrapper {
 public:
  explicit WatchedFiles(std::shared_ptr<Disk> disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(std::move(disk)) {}

  const char* Name() const override { return "WatchedFiles"; }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override {
    const auto status = FileSystemWrapper::NewRandomAccessFile(name, options, file, debug);
    if (status.ok()) *file = std::make_unique<Table>(std::move(*file), disk_);
    return status;
  }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    const auto status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (status.ok() && std::string_view(name).ends_with(".log")) {
      *file = std::make_unique<Log>(std::move(*file), disk_);
    }
    return status;
  }

 private:
  class Table : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    Table(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::shared_ptr<Disk> disk)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), disk_(std::move(disk)) {}
    rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size,
                           const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* debug) const override {
      ++disk_->table_reads;
      if (disk_->reads_fail) return Disk::broken();
      return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug);
    }
    rocksdb::IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count,
                                const rocksdb::IOOptions& options,
                                rocksdb::IODebugContext* debug) override {
      ++disk_->table_reads;
      if (!disk_->reads_fail) {
        return FSRandomAccessFileOwnerWrapper::MultiRead(requests, count, options, debug);
      }
      for (std::size_t i = 0; i < count; ++i) requests[i].status = Disk::broken();
      return Disk::broken();
    }

   private:
    std::shared_ptr<Disk> disk_;
  };

  class Log : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Log(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Disk> disk)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(std::move(disk)) {}
    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      ++disk_->log_writes;
      return FSWritableFileOwnerWrapper::Append(bytes, options, debug);
    }

   private:
    std::shared_ptr<Disk> disk_;
  };

  std::shared_ptr<Disk> disk_;
};

/// For a store::HookedDirectory.
inline std::unique_ptr<rocksdb::Env> watched_env(std::shared_ptr<Disk> disk) {
  return rocksdb::NewCompositeEnv(std::make_shared<WatchedFiles>(std::move(disk)));
}

}  // namespace cairn::test
