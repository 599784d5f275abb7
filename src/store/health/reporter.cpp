#include "store/health/reporter.h"

#include <string>
#include <string_view>

#include "process/process_end.h"

namespace cairn::store {
namespace {

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));  // all of it where there is no slash
}

// "000012.sst: Corruption: block checksum mismatch: ... in /path/000012.sst ...".
//
// Only reading all that the compaction had read would tell which table it was, and this is a thread
// of RocksDB's.  So of those tables the one is named that RocksDB names, in whatever sentence, and
// all of them if it names none.
std::string describe(const rocksdb::CompactionJobInfo& job) {
  const std::string said = job.status.ToString();
  std::string named;
  std::string all;
  for (const std::string& each : job.input_files) {
    const std::string name = file_name(each);
    all += (all.empty() ? "" : " or ") + name;
    if (said.find(name) != std::string::npos) named += (named.empty() ? "" : " or ") + name;
  }
  return (named.empty() ? all : named) + ": " + said;
}

class Reporter final : public rocksdb::EventListener {
 public:
  explicit Reporter(HealthMonitor& monitor) : monitor_(monitor) {}

  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
  void OnTableFileCreated(const rocksdb::TableFileCreationInfo&) override {
    process::ProcessEnd::renew();
  }
  // Before OnBackgroundError, and also where the caller has asked for the compaction.
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& job) override try {
    if (job.status.IsCorruption()) monitor_.damaged(job.cf_name, describe(job));
  } catch (...) {
    monitor_.damaged(job.cf_name, {});
  }
  // RocksDB would stop writing, and reopening it would only make it meet the table again.
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override {
    if (reason == rocksdb::BackgroundErrorReason::kCompaction && status->IsCorruption()) {
      *status = rocksdb::Status::OK();
    } else {
      monitor_.failed(*status);
    }
  }

 private:
  HealthMonitor& monitor_;
};

}  // namespace

std::shared_ptr<rocksdb::EventListener> report_to(HealthMonitor& monitor) {
  return std::make_shared<Reporter>(monitor);
}

}  // namespace cairn::store
