// What the monitor makes of RocksDB's reports: its statuses and file names, not its sentences,
// which differ from version to version and from language to language.

#include "store/health/health_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <cairn/error.h>
#include "store/health/reporter.h"

namespace cairn::store {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The cause that is told of a compaction that has read two tables and failed so.
std::string cause_of(const rocksdb::Status& status) {
  HealthMonitor monitor;
  rocksdb::CompactionJobInfo job;
  job.cf_name = "default@1";
  job.input_files = {"/var/cache/app/000012.sst", "/var/cache/app/000013.sst"};
  job.status = status;
  report_to(monitor)->OnCompactionCompleted(nullptr, job);
  EXPECT_EQ(monitor.health().condition, Condition::damaged);
  return monitor.health().cause;
}

TEST(HealthMonitor, NamesTheDamagedTableThatRocksDbNamesInWhateverWords) {
  using rocksdb::Status;
  EXPECT_THAT(
      cause_of(Status::Corruption("block checksum mismatch: stored = 1, computed = 2, type = 4  in "
                                  "/var/cache/app/000012.sst offset 0 size 52")),
      StartsWith("000012.sst: Corruption: block checksum mismatch"));
  EXPECT_THAT(cause_of(Status::Corruption("Table 000013.sst: bad block at 0")),
              StartsWith("000013.sst: Corruption: Table"));
}

TEST(HealthMonitor, NamesAllTablesOfACompactionWhereRocksDbNamesNone) {
  using rocksdb::Status;
  EXPECT_THAT(cause_of(Status::Corruption("block checksum mismatch")),
              StartsWith("000012.sst or 000013.sst: Corruption"));
  EXPECT_THAT(cause_of(Status::Corruption("see 000099.sst")),
              StartsWith("000012.sst or 000013.sst: Corruption"))
      << "it has read no such table";
}

// What a write throws after that failure.
ErrorCode refusal_after(const rocksdb::Status& status) {
  HealthMonitor monitor;
  monitor.failed(status);
  try {
    monitor.check_writable("set", "k");
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr(status.ToString()));
    return error.code();
  }
  ADD_FAILURE() << "it can be written";
  return ErrorCode::busy;
}

TEST(HealthMonitor, KnowsAFullDiskByItsStatusInAnyLanguage) {
  using rocksdb::Status;
  EXPECT_EQ(refusal_after(Status::NoSpace("Auf dem Gerät ist kein Speicherplatz mehr verfügbar")),
            ErrorCode::no_space);
  EXPECT_EQ(refusal_after(Status::IOError("not \"No space left on device\", but a broken cable")),
            ErrorCode::io);
}

TEST(HealthMonitor, KnowsThatAStoreIsOfflineBecauseTheDiskIsFull) {
  for (const ErrorCode code : {ErrorCode::no_space, ErrorCode::io}) {
    HealthMonitor monitor;
    monitor.offline("open: the disk said no", code);
    try {
      monitor.refuse("get", "k");
    } catch (const IoError& error) {
      EXPECT_EQ(error.code(), code);
      continue;
    }
  }
}

}  // namespace
}  // namespace cairn::store
