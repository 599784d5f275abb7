// The filter that ends the replay of the log where something is missing from it.
#pragma once

#include <rocksdb/wal_filter.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cairn::store {

/// After a power cut a log that was not synced may have a hole: RocksDB 7.8 skips a zeroed sector
/// to the next 32 KiB block (facebook/rocksdb#12488) and goes on with what follows, so that
/// counters and replaced values come out wrong.  This compares the sequence numbers of the records,
/// which have no gaps, and ends the replay at the first one.
///
/// For one opening.  Right only where every write of a store goes to the log, or none does.
class LogFilter final : public rocksdb::WalFilter {
 public:
  struct Gap {
    std::string log;            ///< file name of the log in which the replay ended
    std::uint64_t missing = 0;  ///< how many writes are not there; 0: unknown
  };

  /// Whether RocksDB gets what the filter lets pass.
  enum class Records { replayed, skipped };

  explicit LogFilter(std::filesystem::path directory, Records records = Records::replayed);

  const char* Name() const override { return "cairn.log_filter"; }
  void ColumnFamilyLogNumberMap(const std::map<std::uint32_t, std::uint64_t>& log_numbers,
                                const std::map<std::string, std::uint32_t>& ids) override;
  WalProcessingOption LogRecordFound(unsigned long long log, const std::string& file,
                                     const rocksdb::WriteBatch& batch, rocksdb::WriteBatch* changed,
                                     bool* was_changed) override;

  const std::optional<Gap>& gap() const { return gap_; }
  /// The sequence number of the last write that passed; 0: none did.
  std::uint64_t last() const { return next_ ? *next_ - 1 : 0; }

  /// Bytes at the end of a log that are not in any record which was found.
  struct Unread {
    std::string log;
    std::uint64_t bytes = 0;
  };
  /// RocksDB may also end the replay silently, at a record of a type that only recycled logs
  /// have.  Ask after the opening.
  std::vector<Unread> unread() const;

 private:
  using Option = WalProcessingOption;

  WalProcessingOption stop(unsigned long long log, std::uint64_t missing);
  bool begins_before(unsigned long long log) const;
  void passed(unsigned long long log, std::size_t size);

  const std::filesystem::path directory_;
  const Option pass_;
  std::uint64_t first_live_ = 0;  // logs with lower numbers hold nothing that is still needed
  std::map<std::uint64_t, std::uint64_t>
      sizes_;  // of the logs that are needed, zeros at the end left out
  std::map<std::uint64_t, std::uint64_t> ends_;  // how far they have been read
  std::optional<std::uint64_t> next_;
  std::optional<Gap> gap_;
};

}  // namespace cairn::store
