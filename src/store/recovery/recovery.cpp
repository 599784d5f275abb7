#include "store/recovery/recovery.h"

#include <system_error>
#include <utility>

#include <cairn/error.h>
#include "store/directory/file_name.h"
#include "store/directory/seal.h"
#include "store/directory/watermark.h"
#include "store/recovery/damage.h"
#include "store/recovery/damaged_file.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& each : parts) text += (text.empty() ? "" : ", ") + each;
  return text;
}

}  // namespace

Recovery::Recovery(fs::path directory, OnDamage on_damage, Synced synced)
    : directory_(std::move(directory)), on_damage_(on_damage), synced_(synced) {}

RecoveryReport Recovery::run(const Look& look, const Open& open) {
  begin();
  if (looks_first()) look_first(look);
  finish(open());
  return report_;
}

void Recovery::damaged(const std::string& what) {
  if (on_damage_ != OnDamage::keep_rest) raise_damage(directory_, what);
  report_.findings.push_back(what);
}

// RocksDB waits for ever on a pipe, and follows a link out of the directory.
bool Recovery::inspect_files() const {
  bool current = false;
  bool data = false;
  for (const fs::directory_entry& each : fs::directory_iterator(directory_)) {
    const FileKind kind = kind_of(each.path());
    if (kind == FileKind::other) continue;
    if (!fs::is_regular_file(each.symlink_status())) {
      raise_damage(directory_, each.path().filename().native() + " is no regular file");
    }
    current = current || kind == FileKind::current;
    data = data || kind == FileKind::table || kind == FileKind::log;
  }
  // Without CURRENT RocksDB would begin an empty database, and remove the files that it does not
  // know.
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
  if (synced_.unreadable) {
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
  const SyncedManifest& synced = synced_.manifest;
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
         synced_.sequence > 0;
}

// Reading a log takes a fraction of the time of replaying it, and is enough where nothing is lost.
void Recovery::look_first(const Look& look) {
  using Records = LogFilter::Records;
  if (!lost(look(Records::skipped).sequence)) return;
  const Sight found = look(Records::replayed);
  if (!found.status.ok() && !cut()) refuse_opening(found.status, directory_);
  if (!lost(found.sequence)) return;
  if (cut()) {
    tail_->restore();
    raise_damage(directory_, tail_->name() + " cannot be read to its end, and " +
                                 std::to_string(synced_.sequence - found.sequence) +
                                 " writes that had been synced would be lost with it");
  }
  note_log(found);
  raise_damage(directory_, loss(found.sequence));
}

void Recovery::finish(const Sight& found) {
  note_log(found);
  if (lost(found.sequence)) {
    report_.lost_writes = synced_.sequence - found.sequence;
    damaged(loss(found.sequence));
  }
  report_.took =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
}

// The reasons, if any were given, belong to it.
std::string Recovery::loss(std::uint64_t sequence) const {
  const std::string reasons = joined(report_.findings);
  return std::to_string(synced_.sequence - sequence) + " writes that had been synced are gone" +
         (reasons.empty() ? "" : " (" + reasons + ")");
}

// Counted in the files and in the records that came from them.  What RocksDB says about the reason
// is in Stats::log, in words that differ from version to version.
void Recovery::note_log(const Sight& found) {
  if (found.gap) {
    const std::string missing = found.gap->missing > 0
                                    ? std::to_string(found.gap->missing) + " writes are"
                                    : "something is";
    report_.findings.push_back(found.gap->log + ": " + missing +
                               " missing from the log, and what came after was left out");
  }
  for (const LogFilter::Unread& each : found.unread) {
    if (found.gap && found.gap->log == each.log) continue;  // told
    report_.dropped_log_bytes += each.bytes;
    report_.findings.push_back(each.log + ": " + std::to_string(each.bytes) +
                               " bytes could not be read back");
  }
}

}  // namespace cairn::store
