// A disk that says when a log is synced.
#pragma once

#include <rocksdb/env.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace cairn::test {

/// For a store::HookedDirectory.  `before_sync` runs in the thread that syncs, and may hold it.
class LogSyncs : public rocksdb::EnvWrapper {
 public:
  LogSyncs(rocksdb::Env& base, std::function<void()> before_sync)
      : EnvWrapper(&base), before_sync_(std::move(before_sync)) {}

  rocksdb::Status NewWritableFile(const std::string& name,
                                  std::unique_ptr<rocksdb::WritableFile>* file,
                                  const rocksdb::EnvOptions& options) override {
    rocksdb::Status status = EnvWrapper::NewWritableFile(name, file, options);
    if (status.ok() && name.ends_with(".log")) {
      *file = std::make_unique<Log>(std::move(*file), before_sync_);
    }
    return status;
  }

 private:
  class Log : public rocksdb::WritableFileWrapper {
   public:
    Log(std::unique_ptr<rocksdb::WritableFile> log, const std::function<void()>& before_sync)
        : WritableFileWrapper(log.get()), log_(std::move(log)), before_sync_(before_sync) {}
    rocksdb::Status Sync() override {
      before_sync_();
      return log_->Sync();
    }

   private:
    const std::unique_ptr<rocksdb::WritableFile> log_;
    const std::function<void()>& before_sync_;
  };

  const std::function<void()> before_sync_;
};

}  // namespace cairn::test
