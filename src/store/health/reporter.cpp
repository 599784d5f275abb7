#include "store/health/reporter.h"

#include <string>
#include <string_view>

#include "process/process_end.h"
#include "store/directory/file_name.h"

namespace cairn::store {
namespace {

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));  // all of it where there is no slash
}

// "000012.sst: Corruption: block checksum mismatch: ... in /path/000012.sst ...".  Where RocksDB
// does not say which file it was, all that were read.
std::string describe(const rocksdb::CompactionJobInfo& job) {
  const std::string said = job.status.ToString();
  std::string names;
  if (const std::size_t at = said.find(table_extension); at != std::string::npos) {
    names = file_name(std::string_view(said).substr(0, at + table_extension.size()));
  } else {
    for (const std::string& each : job.input_files) {
      names += (names.empty() ? "" : " or ") + file_name(each);
    }
  }
  return names + ": " + said;
}

class Reporter final : public rocksdb::EventListener {
 public:
  explicit Reporter(HealthMonitor& monitor) : monitor_(monitor) {}

  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
  void OnTableFileCreated(const rocksdb::TableFileCreationInfo&) override {
    process::ProcessEnd::passed(process::ProcessEnd::Milestone::table_made);
  }
  // Before OnBackgroundError, and also where the caller has asked for the compaction.
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& job) override try {
    if (job.status.IsCorruption()) monitor_.damaged(job.cf_name, describe(job));
  } catch (...) {
    monitor_.damaged(job.cf_name, {});
  }
  // RocksDB would write no more, and opening it anew would only make it meet the table again.
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
