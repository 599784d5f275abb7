#include "store/directory/damaged_file.h"

#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>

#include <array>
#include <fstream>
#include <string_view>
#include <system_error>

#include "store/directory/file_name.h"
#include "store/directory/manifest.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

// RocksDB tries the old extension .ldb last, so its message names NNN.ldb; the missing file is
// NNN.sst.
std::string missing_table(std::string_view words) {
  const std::size_t end = words.find(std::string(old_table_extension) + ": No such file");
  if (end == std::string_view::npos) return {};
  const std::size_t begin = words.rfind('/', end) + 1;
  return std::string(words.substr(begin, end - begin)) + std::string(table_extension) +
         " is missing";
}

std::string unreadable_table(const fs::path& directory) {
  std::error_code gone;
  for (const fs::directory_entry& each : fs::directory_iterator(directory, gone)) {
    if (kind_of(each.path()) != FileKind::table) continue;
    rocksdb::SstFileReader table{rocksdb::Options()};
    if (table.Open(each.path().native()).IsCorruption()) {
      return each.path().filename().native() + " cannot be read";
    }
  }
  return {};
}

// Whether it is one line with the name of a MANIFEST that is there.  Also true where that cannot be
// read, which is no damage.
bool current_is_sound(const fs::path& directory) {
  std::array<char, 64> text{};
  std::ifstream file(directory / current_name, std::ios::binary);
  file.read(text.data(), text.size());
  if (!file.is_open() || file.bad()) return true;
  const std::string_view line(text.data(), static_cast<std::size_t>(file.gcount()));
  if (!line.ends_with('\n')) return false;
  const std::string_view name = line.substr(0, line.size() - 1);
  std::error_code unknown;
  return SyncedManifest::number_of(name) > 0 &&
         fs::status(directory / name, unknown).type() != fs::file_type::not_found;
}

}  // namespace

std::string damaged_current(const fs::path& directory) {
  std::error_code unknown;
  if (fs::status(directory / current_name, unknown).type() == fs::file_type::not_found) {
    return "CURRENT is missing";
  }
  return current_is_sound(directory) ? std::string() : "CURRENT names no MANIFEST that is there";
}

std::string damaged_file(const rocksdb::Status& status, const fs::path& directory) {
  if (!status.IsCorruption() && !status.IsPathNotFound()) return {};
  std::string current = damaged_current(directory);
  if (!current.empty()) return current;
  const std::string words = status.ToString();
  if (words.find(table_extension) != std::string::npos) return {};
  std::string missing = missing_table(words);
  return missing.empty() ? unreadable_table(directory) : missing;
}

}  // namespace cairn::store
