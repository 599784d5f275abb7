#include "durability/power/record.h"

#include <fcntl.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>

#include "durability/unallocated.h"

namespace cairn::test::durability {
namespace {

namespace fs = std::filesystem;
using Kind = Event::Kind;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class RecordingFile final : public UnallocatedFile {
 public:
  RecordingFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, Recorder& recorder,
                std::string name, std::uint64_t size)
      : UnallocatedFile(std::move(file)),
        recorder_(recorder),
        name_(std::move(name)),
        size_(size) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return appended(data, target()->Append(data, options, debug));
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& info, IODebugContext* debug) override {
    return appended(data, target()->Append(data, options, info, debug));
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                            IODebugContext* debug) override {
    size_ = offset;
    return appended(data, target()->PositionedAppend(data, offset, options, debug));
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                            const rocksdb::DataVerificationInfo& info,
                            IODebugContext* debug) override {
    size_ = offset;
    return appended(data, target()->PositionedAppend(data, offset, options, info, debug));
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    const IOStatus status = target()->Truncate(size, options, debug);
    if (!status.ok()) return status;
    size_ = size;
    recorder_.add({Kind::truncate, size, name_});
    return status;
  }
  // RangeSync promises nothing about a power cut, so it is not noted.
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    const std::uint64_t size = size_;
    return synced(size, target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const std::uint64_t size = size_;
    return synced(size, target()->Fsync(options, debug));
  }

 private:
  IOStatus appended(const Slice& data, const IOStatus& status) {
    if (!status.ok()) return status;
    recorder_.add({Kind::append, size_, name_, data.ToString()});
    size_ += data.size();
    return status;
  }
  IOStatus synced(std::uint64_t size, const IOStatus& status) {
    if (status.ok()) recorder_.add({Kind::sync, size, name_});
    return status;
  }

  Recorder& recorder_;
  const std::string name_;
  std::atomic<std::uint64_t> size_;
};

class RecordingDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  RecordingDirectory(std::unique_ptr<rocksdb::FSDirectory>&& directory, Recorder& recorder)
      : FSDirectoryWrapper(std::move(directory)), recorder_(recorder) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const std::size_t before = recorder_.size();
    return synced(before, FSDirectoryWrapper::Fsync(options, debug));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& what) override {
    const std::size_t before = recorder_.size();
    return synced(before, FSDirectoryWrapper::FsyncWithDirOptions(options, debug, what));
  }

 private:
  IOStatus synced(std::size_t before, const IOStatus& status) {
    if (status.ok()) recorder_.add({Kind::sync_directory, before});
    return status;
  }

  Recorder& recorder_;
};

class RecordingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit RecordingFileSystem(Recorder& recorder)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), recorder_(recorder) {}
  static const char* kClassName() { return "Recording"; }  // NOLINT: RocksDB's name
  const char* Name() const override { return kClassName(); }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    const IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok()) watch(path, 0, true, file);
    return status;
  }
  IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    std::uint64_t size = 0;
    const bool there = target()->GetFileSize(path, {}, &size, debug).ok();
    const IOStatus status = target()->ReopenWritableFile(path, options, file, debug);
    if (status.ok()) watch(path, size, !there, file);
    return status;
  }
  // What these do would not be noted; Cairn's options ask for none of them.
  IOStatus ReuseWritableFile(const std::string&, const std::string&, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("not recorded");
  }
  IOStatus NewRandomRWFile(const std::string&, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSRandomRWFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("not recorded");
  }
  IOStatus NewMemoryMappedFileBuffer(const std::string&,
                                     std::unique_ptr<rocksdb::MemoryMappedFileBuffer>*) override {
    return IOStatus::NotSupported("not recorded");
  }

  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* debug) override {
    const IOStatus status = target()->NewDirectory(path, options, directory, debug);
    if (status.ok() && recorder_.is_directory(path)) {
      *directory = std::make_unique<RecordingDirectory>(std::move(*directory), recorder_);
    }
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    return noted({Kind::remove, 0, recorder_.inside(path)},
                 target()->DeleteFile(path, options, debug));
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    return noted({Kind::rename, 0, recorder_.inside(from), recorder_.inside(to)},
                 target()->RenameFile(from, to, options, debug));
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    IODebugContext* debug) override {
    return noted({Kind::link, 0, recorder_.inside(from), recorder_.inside(to)},
                 target()->LinkFile(from, to, options, debug));
  }
  IOStatus Truncate(const std::string& path, std::size_t size, const IOOptions& options,
                    IODebugContext* debug) override {
    return noted({Kind::truncate, size, recorder_.inside(path)},
                 target()->Truncate(path, size, options, debug));
  }

 private:
  IOStatus noted(Event event, const IOStatus& status) {
    if (status.ok() && !event.name.empty()) recorder_.add(std::move(event));
    return status;
  }
  void watch(const std::string& path, std::uint64_t size, bool created,
             std::unique_ptr<rocksdb::FSWritableFile>* file) {
    const std::string name = recorder_.inside(path);
    if (name.empty()) return;
    if (created) recorder_.add({Kind::create, 0, name});
    *file = std::make_unique<RecordingFile>(std::move(*file), recorder_, name, size);
  }

  Recorder& recorder_;
};

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Recorder::Recorder(fs::path directory)
    : directory_(std::move(directory)),
      env_(rocksdb::NewCompositeEnv(std::make_shared<RecordingFileSystem>(*this))),
      watermark_(content(directory_ / "CAIRN.watermark")),
      marked_(fs::exists(directory_ / "CAIRN")),
      sealed_(fs::exists(directory_ / "CAIRN.seal")) {}

Recorder::~Recorder() = default;

void Recorder::add(Event event) {
  const std::lock_guard lock(mutex_);
  note_own_files();
  note(std::move(event));
}

void Recorder::note(Event event) {
  event.microseconds = std::chrono::duration_cast<std::chrono::microseconds>(
                           std::chrono::steady_clock::now().time_since_epoch())
                           .count();
  events_.push_back(std::move(event));
}

// Cairn writes its own files past RocksDB's file system.  The watermark changes between two noted
// operations at most once in a way that matters; the marker comes before RocksDB first opens, the
// seal when it has closed, and goes before it opens again.
void Recorder::note_own_files() {
  if (std::string now = content(directory_ / "CAIRN.watermark"); now != watermark_) {
    watermark_ = now;
    note({Kind::watermark, 0, "CAIRN.watermark", std::move(now)});
  }
  if (!marked_ && fs::exists(directory_ / "CAIRN")) {
    marked_ = true;
    note_written("CAIRN", "CAIRN.new");
  }
  const bool sealed = ::access((directory_ / "CAIRN.seal").c_str(), F_OK) == 0;
  if (sealed == sealed_) return;
  sealed_ = sealed;
  if (sealed) {
    note_written("CAIRN.seal", "CAIRN.seal.new");
  } else {
    note({Kind::remove, 0, "CAIRN.seal"});
    note({Kind::sync_directory, events_.size()});
  }
}

// A file of Cairn's own, made under another name, synced, renamed, and the directory synced.
void Recorder::note_written(const std::string& name, const std::string& before) {
  std::string bytes = content(directory_ / name);
  const std::size_t size = bytes.size();
  note({Kind::create, 0, before});
  note({Kind::append, 0, before, std::move(bytes)});
  note({Kind::sync, size, before});
  note({Kind::rename, 0, before, name});
  note({Kind::sync_directory, events_.size()});
}

std::size_t Recorder::size() const {
  const std::lock_guard lock(mutex_);
  return events_.size();
}

std::vector<Event> Recorder::take() {
  const std::lock_guard lock(mutex_);
  note_own_files();
  return std::exchange(events_, {});
}

std::string Recorder::inside(const std::string& path) const {
  const fs::path normal = fs::path(path).lexically_normal();
  return normal.parent_path() == directory_ ? normal.filename().native() : std::string();
}

bool Recorder::is_directory(const std::string& path) const {
  const fs::path normal = fs::path(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()) == directory_;
}

}  // namespace cairn::test::durability
