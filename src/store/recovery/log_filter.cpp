#include "store/recovery/log_filter.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <system_error>

#include "bytes/little_endian.h"
#include "store/directory/file_name.h"
#include "store/directory/record_file.h"

namespace cairn::store {
namespace fs = std::filesystem;
using Option = rocksdb::WalFilter::WalProcessingOption;
namespace {

std::optional<std::uint64_t> log_number(const fs::path& path) {
  return kind_of(path) == FileKind::log ? number_of(path) : std::nullopt;
}

// The 7 bytes before each record of a log: checksum (4), length (2), type (1); zeros are no record.
bool begins_with_record(const fs::path& path) {
  std::array<char, 7> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return file.gcount() == static_cast<std::streamsize>(head.size()) &&
         std::any_of(head.begin(), head.end(), [](char byte) { return byte != 0; });
}

// Without the zeros at its end, which are space that was reserved.
std::uint64_t used_size(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  auto size = static_cast<std::int64_t>(file.tellg());
  while (size > 0 && file.seekg(size - 1) && file.get() == 0) --size;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0));
}

// It begins every batch.
std::uint64_t first_sequence(const rocksdb::WriteBatch& batch) {
  return load_little_endian<8>(batch.Data().data());
}

}  // namespace

LogFilter::LogFilter(fs::path directory, Records records)
    : directory_(std::move(directory)),
      pass_(records == Records::replayed ? Option::kContinueProcessing
                                         : Option::kIgnoreCurrentRecord) {}

void LogFilter::ColumnFamilyLogNumberMap(const std::map<std::uint32_t, std::uint64_t>& log_numbers,
                                         const std::map<std::string, std::uint32_t>&) {
  std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [family, number] : log_numbers) lowest = std::min(lowest, number);
  first_live_ = lowest;
  std::error_code error;
  for (const fs::directory_entry& each : fs::directory_iterator(directory_, error)) {
    const std::optional<std::uint64_t> number = log_number(each.path());
    if (number && *number >= first_live_) sizes_[*number] = used_size(each.path());
  }
}

void LogFilter::passed(unsigned long long log, std::size_t size) {
  std::uint64_t& at = ends_[log];
  while (size > 0) {
    std::uint64_t left = block_size - at % block_size;
    if (left < header_size) {
      at += left;
      left = block_size;
    }
    const std::uint64_t piece = std::min<std::uint64_t>(size, left - header_size);
    at += header_size + piece;
    size -= piece;
  }
}

std::vector<LogFilter::Unread> LogFilter::unread() const {
  std::vector<Unread> found;
  for (const auto& [number, size] : sizes_) {
    const auto end = ends_.find(number);
    const std::uint64_t read = end == ends_.end() ? 0 : end->second;
    if (read < size) found.push_back({log_name(number), size - read});
  }
  return found;
}

// Whether a log that is needed, up to this one, has lost its beginning.  A log is begun only when
// the one before it has records, so an empty one before a full one has lost them.
bool LogFilter::begins_before(unsigned long long log) const {
  std::error_code error;
  for (const fs::directory_entry& each : fs::directory_iterator(directory_, error)) {
    const std::optional<std::uint64_t> number = log_number(each.path());
    if (number && *number >= first_live_ && *number <= log && !begins_with_record(each.path())) {
      return true;
    }
  }
  return false;
}

// Called in the middle of RocksDB, which no exception may cross.
Option LogFilter::LogRecordFound(unsigned long long log, const std::string&,
                                 const rocksdb::WriteBatch& batch, rocksdb::WriteBatch*,
                                 bool*) try {
  if (log < first_live_) return pass_;
  const std::uint64_t sequence = first_sequence(batch);
  if (next_ ? sequence != *next_ : begins_before(log)) {
    return stop(log, next_ && sequence > *next_ ? sequence - *next_ : 0);
  }
  passed(log, batch.GetDataSize());
  next_ = sequence + static_cast<std::uint64_t>(batch.Count());
  return pass_;
} catch (...) {
  gap_ = Gap{};
  return Option::kStopReplay;
}

Option LogFilter::stop(unsigned long long log, std::uint64_t missing) {
  gap_ = Gap{log_name(log), missing};
  return Option::kStopReplay;
}

}  // namespace cairn::store
