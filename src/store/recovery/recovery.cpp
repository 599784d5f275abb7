#include "store/recovery/recovery.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string_view>
#include <system_error>

#include <cairn/error.h>
#include "store/directory/directory.h"
#include "store/directory/files.h"
#include "store/directory/seal.h"
#include "store/recovery/damaged_file.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view aside_mark = ".damaged-";

bool is_data(const fs::path& path) {
  return path.extension() == ".sst" || path.extension() == ".log";
}

bool is_of_rocksdb(const fs::path& path) {
  const std::string name = path.filename().native();
  return is_data(path) || name == "CURRENT" || name == "LOCK" || name == "IDENTITY" ||
         name.starts_with("MANIFEST-") || name.starts_with("OPTIONS-");
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& each : parts) text += (text.empty() ? "" : ", ") + each;
  return text;
}

}  // namespace

void raise_damage(const fs::path& directory, const std::string& what) {
  throw Corruption("store " + quote(directory.native()) + " is damaged: " + what +
                   "; put a copy of the directory in its place, or set StoreOptions::on_damage to "
                   "keep_rest or start_empty (docs/durability.md)");
}

Recovery::Recovery(const fs::path& directory, OnDamage on_damage, Watermark& mark,
                   const Watermark& manifest_mark)
    : directory_(directory),
      on_damage_(on_damage),
      mark_(mark),
      manifest_mark_(manifest_mark),
      filter_(directory) {}

void Recovery::damaged(const std::string& what) {
  if (on_damage_ != OnDamage::keep_rest) raise_damage(directory_, what);
  report_.findings.push_back(what);
}

// RocksDB waits for ever on a pipe, and follows a link out of the directory.
bool Recovery::inspect_files() const {
  bool current = false;
  bool data = false;
  for (const fs::directory_entry& each : fs::directory_iterator(directory_)) {
    if (!is_of_rocksdb(each.path())) continue;
    const std::string name = each.path().filename().native();
    if (!fs::is_regular_file(each.symlink_status())) {
      raise_damage(directory_, name + " is no regular file");
    }
    current = current || name == "CURRENT";
    data = data || is_data(each.path());
  }
  // Without CURRENT it would begin anew, and remove what it does not know.
  const std::string damage = current || data ? damaged_current(directory_) : std::string();
  if (!damage.empty()) raise_damage(directory_, damage);
  return current;
}

void Recovery::begin() try {
  const bool current = inspect_files();
  const Seal seal = inspect_seal(directory_);
  report_.left_by = !current                        ? LeftBy::nobody
                    : seal.present && seal.readable ? LeftBy::close
                                                    : LeftBy::crash;
  if (!seal.differences.empty()) damaged(joined(seal.differences));
  if (seal.present && !seal.readable) {
    report_.findings.push_back(std::string(seal_name) +
                               " is damaged: whether the store was closed in order is not known");
  }
  if (mark_.unreadable()) {
    report_.findings.push_back(std::string(watermark_name) +
                               " is damaged: lost writes would not be noticed");
  }
  if (report_.left_by == LeftBy::crash) inspect_manifest();
  if (seal.present) break_seal(directory_);
  if (report_.left_by == LeftBy::crash) cut_manifest();
} catch (const fs::filesystem_error& error) {
  throw IoError("open " + quote(directory_.native()) + ": " + error.code().message());
}

// RocksDB takes a MANIFEST that ends between two records for a whole one.
void Recovery::inspect_manifest() {
  const SyncedManifest synced(manifest_mark_.sequence());
  std::error_code error;
  const std::uint64_t size = fs::file_size(directory_ / synced.name(), error);
  if (error || !synced.is_current(directory_) || size >= synced.size()) return;
  damaged(synced.name() + " has " + std::to_string(size) + " bytes, and " +
          std::to_string(synced.size()) + " had been synced");
}

// RocksDB does not open a store whose MANIFEST it cannot read to the end.
void Recovery::cut_manifest() {
  tail_.emplace(directory_);
  if (!tail_->damaged()) return;
  tail_->cut();
  report_.findings.push_back(tail_->name() + ": the last " + std::to_string(tail_->bytes()) +
                             " bytes could not be read back, and were cut off");
}

bool Recovery::looks_first() const {
  return on_damage_ != OnDamage::keep_rest && report_.left_by != LeftBy::nobody &&
         mark_.sequence() > 0;
}

void Recovery::judge(std::uint64_t sequence, const LogFilter& filter) {
  if (!lost(sequence)) return;
  if (cut()) {
    tail_->restore();
    raise_damage(directory_, tail_->name() + " cannot be read to its end, and " +
                                 std::to_string(mark_.sequence() - sequence) +
                                 " writes that had been synced would be lost with it");
  }
  note_log(filter);
  raise_damage(directory_, loss(sequence));
}

void Recovery::finish(std::uint64_t sequence) {
  note_log(filter_);
  if (lost(sequence)) {
    report_.lost_writes = mark_.sequence() - sequence;
    damaged(loss(sequence));
    mark_.reset(sequence);
  }
  report_.took =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
}

// The reasons, if any were given, belong to it.
std::string Recovery::loss(std::uint64_t sequence) const {
  const std::string reasons = joined(report_.findings);
  return std::to_string(mark_.sequence() - sequence) + " writes that had been synced are gone" +
         (reasons.empty() ? "" : " (" + reasons + ")");
}

// Counted in the files and in the records that came from them.  What RocksDB says about the reason
// is in Stats::log, in words that differ from version to version.
void Recovery::note_log(const LogFilter& filter) {
  const auto& gap = filter.gap();
  if (gap) {
    const std::string missing =
        gap->missing > 0 ? std::to_string(gap->missing) + " writes are" : "something is";
    report_.findings.push_back(gap->log + ": " + missing +
                               " missing from the log, and what came after was left out");
  }
  for (const LogFilter::Unread& each : filter.unread()) {
    if (gap && gap->log == each.log) continue;  // told
    report_.dropped_log_bytes += each.bytes;
    report_.findings.push_back(each.log + ": " + std::to_string(each.bytes) +
                               " bytes could not be read back");
  }
}

fs::path set_aside(const fs::path& directory) try {
  const fs::path parent = directory.parent_path();
  const std::string prefix = directory.filename().native() + std::string(aside_mark);
  std::vector<fs::path> before;
  for (const fs::directory_entry& each : fs::directory_iterator(parent)) {
    const bool ours = each.path().filename().native().starts_with(prefix) &&
                      fs::is_directory(each.symlink_status()) &&
                      fs::exists(each.path() / marker_name);
    if (ours) before.push_back(each.path());
  }
  const std::string target = (parent / prefix).native() + std::to_string(std::time(nullptr));
  fs::path free = target;
  for (int i = 2; fs::exists(fs::symlink_status(free)); ++i)
    free = target + "-" + std::to_string(i);
  if (::rename(directory.c_str(), free.c_str()) != 0) fail(directory, "set aside", errno);
  if (::mkdir(directory.c_str(), 0700) != 0) fail(directory, "make directory", errno);
  sync_directory(parent);
  for (const fs::path& each : before) {
    std::error_code ignored;  // what cannot be removed only takes room
    fs::remove_all(each, ignored);
  }
  return free;
} catch (const fs::filesystem_error& error) {
  throw IoError("set aside " + quote(directory.native()) + ": " + error.code().message());
}

}  // namespace cairn::store
