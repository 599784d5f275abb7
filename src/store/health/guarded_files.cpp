#include "store/health/guarded_files.h"

#include <fcntl.h>
#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "process/fork_guard.h"
#include "process/mutex.h"
#include "process/standard_descriptors.h"
#include "store/border/job_threads.h"
#include "store/border/read_watch.h"
#include "store/directory/file_name.h"
#include "store/directory/files.h"
#include "store/directory/lock_note.h"
#include "store/directory/manifest.h"
#include "store/health/logger.h"
#include "store/health/manifest_guard.h"

namespace cairn::store {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

using FilePointer = std::unique_ptr<rocksdb::FSWritableFile>;

// Both kinds of file pass every write and sync to written() or synced().
template <class Kind>
class GuardedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using Verification = rocksdb::DataVerificationInfo;

  GuardedFile(FilePointer file, Kind kind)
      : FSWritableFileOwnerWrapper(std::move(file)), kind_(kind) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    return kind_.written(target()->Append(data, options, context));
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const Verification& verification,
                  IODebugContext* context) override {
    return kind_.written(target()->Append(data, options, verification, context));
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                            IODebugContext* context) override {
    return kind_.written(target()->PositionedAppend(data, offset, options, context));
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                            const Verification& verification, IODebugContext* context) override {
    return kind_.written(target()->PositionedAppend(data, offset, options, verification, context));
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options,
                    IODebugContext* context) override {
    return kind_.written(target()->Truncate(size, options, context));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* context) override {
    return kind_.written(target()->Flush(options, context));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* context) override {
    return kind_.written(target()->Close(options, context));
  }
  IOStatus RangeSync(std::uint64_t offset, std::uint64_t size, const IOOptions& options,
                     IODebugContext* context) override {
    return kind_.written(target()->RangeSync(offset, size, options, context));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    return kind_.synced(target()->Sync(options, context));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return kind_.synced(target()->Fsync(options, context));
  }

 private:
  const Kind kind_;
};

struct Log {
  LogGuard& guard;
  HealthMonitor& monitor;

  IOStatus written(IOStatus status) const {
    if (!status.ok()) [[unlikely]] {
      monitor.failed(status);
      guard.fail();
    }
    return status;
  }
  IOStatus synced(IOStatus status) const {
    if (status.ok()) [[likely]]
      return status;
    monitor.failed(status);
    if (JobThreads::working_for() != nullptr) {  // RocksDB's own: a flush
      guard.fail_in_flush();
      return IOStatus::OK();
    }
    guard.fail_in_sync();
    return status;
  }
};

struct Other {
  IOStatus written(IOStatus status) const {
    if (!status.ok()) [[unlikely]]
      status.SetRetryable(true);
    return status;
  }
  IOStatus synced(IOStatus status) const { return written(std::move(status)); }
};

// A table, whose reader may be watched.
class WatchedTable final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  using FSRandomAccessFileOwnerWrapper::FSRandomAccessFileOwnerWrapper;

  IOStatus Read(std::uint64_t offset, std::size_t bytes, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* context) const override {
    ReadWatch* const watch = ReadWatch::of_thread();
    if (watch == nullptr) [[likely]]
      return target()->Read(offset, bytes, options, result, scratch, context);
    if (!watch->goes_on()) return ReadWatch::ended();
    return watch->seen(target()->Read(offset, bytes, options, result, scratch, context), bytes);
  }
};

// A table that is written by a thread that may be watched: what it reads may be in memory.
class WatchedOutput final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    if (ended()) return ReadWatch::ended();
    return target()->Append(data, options, context);
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* context) override {
    if (ended()) return ReadWatch::ended();
    return target()->Append(data, options, verification, context);
  }

 private:
  static bool ended() {
    const ReadWatch* const watch = ReadWatch::of_thread();
    return watch != nullptr && !watch->goes_on();
  }
};

class GuardedDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  GuardedDirectory(std::shared_ptr<rocksdb::FSDirectory> shared, ManifestGuard& manifest)
      : FSDirectoryWrapper(shared.get()), shared_(std::move(shared)), manifest_(manifest) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return synced(FSDirectoryWrapper::Fsync(options, context));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* context,
                               const rocksdb::DirFsyncOptions& what) override {
    return synced(FSDirectoryWrapper::FsyncWithDirOptions(options, context, what));
  }
  // Others may be using it; the last to be destroyed closes it.
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  IOStatus synced(IOStatus status) {
    manifest_.written(status);  // CURRENT may be what was to be synced
    return Other{}.synced(std::move(status));
  }

  const std::shared_ptr<rocksdb::FSDirectory> shared_;
  ManifestGuard& manifest_;
};

// RocksDB's lock of the database, taken by us: where its own code is left by an exception the lock
// would hold for the life of the process.
class DatabaseLock final : public rocksdb::FileLock {
 public:
  explicit DatabaseLock(int file) : file_(file) { process::ForkGuard::close_in_child(file); }
  ~DatabaseLock() override { release(); }

  void release() noexcept {
    const int file = file_.exchange(-1);
    if (file < 0 || process::ForkGuard::forked()) return;
    unlock_file(file);  // which a child may have inherited
    process::ForkGuard::forget(file);
    ::close(file);
  }

 private:
  std::atomic<int> file_;
};

// Keeps out whoever locks the file as RocksDB does, in other processes and in this one.
IOStatus lock(const std::string& name, std::unique_ptr<DatabaseLock>& held) {
  const auto refused = [&](const char* doing) {
    const int error = errno;
    return IOStatus::IOError(doing + name,
                             std::error_code(error, std::generic_category()).message());
  };
  Descriptor file(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return refused("open the lock ");
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_OFD_SETLK, &whole) != 0 &&
      (errno != EINVAL || ::fcntl(file.get(), F_SETLK, &whole) != 0)) {
    return refused("take the lock ");
  }
  held = std::make_unique<DatabaseLock>(file.get());
  (void)file.release();
  return IOStatus::OK();
}

class GuardedFiles final : public rocksdb::FileSystemWrapper {
 public:
  GuardedFiles(const std::shared_ptr<rocksdb::FileSystem>& base, std::string directory,
               LogGuard& guard, HealthMonitor& monitor, Watermark& manifest_watermark)
      : FileSystemWrapper(base),
        directory_(std::move(directory)),
        guard_(guard),
        monitor_(monitor),
        manifest_(manifest_watermark) {}

  const char* Name() const override { return "cairn.guarded_files"; }

  IOStatus NewRandomAccessFile(const std::string& name, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               IODebugContext* context) override {
    IOStatus status = target()->NewRandomAccessFile(name, options, file, context);
    if (status.ok()) *file = std::make_unique<WatchedTable>(std::move(*file));
    return status;
  }
  IOStatus NewWritableFile(const std::string& name, const FileOptions& options, FilePointer* file,
                           IODebugContext* context) override {
    if (kind_of(name) == FileKind::options) {
      return IOStatus::NotSupported(std::string(no_options_file));
    }
    process::keep_standard_descriptors();  // the program may have closed them meanwhile
    if (kind_of(name) == FileKind::table && guard_.failed_in_flush()) {
      return Other{}.written(IOStatus::IOError("an older log could not be synced"));
    }
    IOStatus status = target()->NewWritableFile(name, options, file, context);
    if (!status.ok()) return Other{}.written(std::move(status));
    guard(name, file);
    return status;
  }
  IOStatus ReopenWritableFile(const std::string& name, const FileOptions& options,
                              FilePointer* file, IODebugContext* context) override {
    IOStatus status = target()->ReopenWritableFile(name, options, file, context);
    if (!status.ok()) return Other{}.written(std::move(status));
    guard(name, file);
    return status;
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* context) override {
    const process::LockGuard lock(mutex_);
    std::shared_ptr<rocksdb::FSDirectory> shared =
        name == directory_ ? opened_directory_.lock() : nullptr;
    if (!shared) {
      std::unique_ptr<rocksdb::FSDirectory> made;
      IOStatus status = target()->NewDirectory(name, options, &made, context);
      if (!status.ok()) return Other{}.written(std::move(status));
      shared = std::move(made);
      if (name == directory_) opened_directory_ = shared;
    }
    *directory = std::make_unique<GuardedDirectory>(std::move(shared), manifest_);
    return IOStatus::OK();
  }
  IOStatus CreateDirIfMissing(const std::string& name, const IOOptions& options,
                              IODebugContext* context) override {
    if (name != directory_) return target()->CreateDirIfMissing(name, options, context);
    return target()->FileExists(name, options, context);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* context) override {
    IOStatus status = target()->RenameFile(from, to, options, context);
    if (kind_of(to) == FileKind::current) manifest_.written(status);
    return Other{}.written(std::move(status));
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& options,
                      IODebugContext* context) override {
    if (manifest_.in_doubt() && kind_of(name) == FileKind::table) return IOStatus::OK();
    return target()->DeleteFile(name, options, context);
  }
  IOStatus LockFile(const std::string& name, const IOOptions&, rocksdb::FileLock** taken,
                    IODebugContext*) override {
    std::unique_ptr<DatabaseLock> held;
    IOStatus status = lock(name, held);
    lock_ = held.get();
    *taken = held.release();
    return status;
  }
  IOStatus UnlockFile(rocksdb::FileLock* taken, const IOOptions&, IODebugContext*) override {
    lock_ = nullptr;
    delete taken;
    return IOStatus::OK();
  }
  void release_lock() noexcept {
    if (DatabaseLock* const held = lock_) held->release();
  }

 private:
  void guard(const std::string& name, FilePointer* file) {
    if (kind_of(name) == FileKind::log) {
      *file = std::make_unique<GuardedFile<Log>>(std::move(*file), Log{guard_, monitor_});
    } else {
      *file = std::make_unique<GuardedFile<Other>>(std::move(*file), Other{});
    }
    if (kind_of(name) == FileKind::table) {
      *file = std::make_unique<WatchedOutput>(std::move(*file));
    }
    if (const std::uint64_t number = SyncedManifest::number_of(name); number > 0) {
      *file = manifest_.guarded(std::move(*file), number);
    }
  }

  const std::string directory_;
  LogGuard& guard_;
  HealthMonitor& monitor_;
  ManifestGuard manifest_;
  DatabaseLock* lock_ = nullptr;  // there is one database
  process::Mutex mutex_;
  // RocksDB opens the directory once more for each column family that it makes.
  std::weak_ptr<rocksdb::FSDirectory> opened_directory_ CAIRN_GUARDED_BY(mutex_);
};

// RocksDB's background threads sleep for a second after an error, and whoever closes or resumes
// waits for them.
class ImpatientClock final : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;

  const char* Name() const override { return "cairn.impatient_clock"; }
  void SleepForMicroseconds(int micros) override {
    SystemClockWrapper::SleepForMicroseconds(std::min(micros, longest));
  }

 private:
  static constexpr int longest = 50'000;
};

class GuardedEnv final : public JobEnv {
 public:
  explicit GuardedEnv(const std::shared_ptr<GuardedFiles>& files)
      : JobEnv(rocksdb::NewCompositeEnv(files)), files_(files) {
    system_clock_ = std::make_shared<ImpatientClock>(system_clock_);
  }
  bool give_up(process::ProcessEnd::Time until) noexcept override {
    const bool quiet = JobEnv::give_up(until);
    if (quiet) files_->release_lock();
    return quiet;
  }

 private:
  const std::shared_ptr<GuardedFiles> files_;
};

}  // namespace

std::shared_ptr<JobEnv> guarded_files(rocksdb::Env& base, const std::filesystem::path& directory,
                                      LogGuard& guard, HealthMonitor& monitor,
                                      Watermark& manifest_watermark) {
  return std::make_shared<GuardedEnv>(std::make_shared<GuardedFiles>(
      base.GetFileSystem(), directory.native(), guard, monitor, manifest_watermark));
}

}  // namespace cairn::store
