// A read-only view of a store, without its lock, whoever has it open.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process/callback_scope.h"
#include "process/process_end.h"
#include "store/border/job_threads.h"
#include "store/engine/engine_options.h"
#include "store/engine/rules.h"

namespace cairn::store {

/// Opens the files of a store as they are at that moment, the write-ahead log replayed in memory.
/// Creates, changes and locks nothing, and applies no compaction filter.
///
/// Tables are kept open, so that all of it can be read whatever the owner removes; only where the
/// process may not open so many files does reading throw Error with code busy once a table is gone.
class Reader final : public process::ProcessEnd::Participant {
 public:
  /// Throws the errors of opening (cairn/inspect.h).
  Reader(const std::filesystem::path& directory,
         const std::shared_ptr<rocksdb::MergeOperator>& merge);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  /// Closes it for good; from then on everything throws Error with code process_ending.
  void at_end(const process::ProcessEnd::Circumstances& end) noexcept override;

  /// The names of the families in use, in byte order.
  std::vector<std::string> families() const;
  /// The time that the owner last stored (Rules::clock_time); empty if it has stored none.
  std::string clock_time() const;

  /// The folded value under a key.
  std::optional<std::string> get(std::string_view family, std::string_view key) const;
  /// Visits all keys that begin with `prefix`, in order, until `visit` returns false.  Throws
  /// rather than end early where a file cannot be read.
  void scan(std::string_view family, std::string_view prefix,
            const std::function<bool(std::string_view key, std::string_view value)>& visit) const;
  /// How many keys a scan from the last to the first meets.
  std::uint64_t count_backwards(std::string_view family) const;
  /// Lower and upper bound of the number of keys, from the tables' own counts.  They are equal
  /// where one sorted run holds everything and nothing in it is a deletion or an operand.
  struct Bounds {
    std::uint64_t least;
    std::uint64_t most;
  };
  Bounds expected_keys(std::string_view family) const;
  /// Reads every block of every file and compares its checksum.
  void verify() const;

  std::uint64_t property(std::string_view family, const char* name) const;
  /// Visits a family's tables: what each says of itself, and the bytes of its data on disk.
  void for_each_table(std::string_view family,
                      const std::function<void(const rocksdb::UserCollectedProperties& properties,
                                               std::uint64_t size)>& visit) const;
  struct Level {
    int level;
    std::uint64_t files;
    std::uint64_t bytes;
  };
  std::vector<Level> levels(std::string_view family) const;

  struct Files {
    struct Sum {
      std::uint64_t count = 0;
      std::uint64_t bytes = 0;
    };
    int format = 0;
    Sum tables;
    Sum logs;
    Sum all;
  };
  /// The files of the directory, as they are now.
  Files files() const;
  static std::string engine_version();

 private:
  // While it lives the end of the process does not close the database, and waits no longer than for
  // a callback where a visitor has called exit().
  class Use {
   public:
    explicit Use(const Reader& reader);
    ~Use() { --users_; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    const process::CallbackScope scope_;
    std::atomic<int>& users_;
  };

  void open(const std::shared_ptr<rocksdb::MergeOperator>& merge);
  /// Null for a family that is not there.
  rocksdb::ColumnFamilyHandle* handle(std::string_view family) const;
  /// Of the family's tables, by their paths.
  rocksdb::TablePropertiesCollection table_properties(rocksdb::ColumnFamilyHandle* family) const;
  rocksdb::Status open(const EngineOptions& options, const Rules& rules);
  rocksdb::Status open_files(const EngineOptions& options, const Rules& rules);
  void close();
  /// Throws unless the status is OK.
  void check_read(const rocksdb::Status& status, std::string_view verb, std::string_view of) const;
  /// Whether the owner has removed tables that may not be open here, so that a failure to read is
  /// no damage.
  bool outdated() const;

  const std::filesystem::path directory_;
  const int format_;
  mutable std::atomic<int> users_{0};
  bool keeps_tables_ = false;
  std::shared_ptr<JobEnv> env_ = std::make_shared<JobEnv>(rocksdb::Env::Default());
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  rocksdb::ColumnFamilyHandle* metadata_ = nullptr;
  std::map<std::string, rocksdb::ColumnFamilyHandle*, std::less<>> families_;
};

}  // namespace cairn::store
