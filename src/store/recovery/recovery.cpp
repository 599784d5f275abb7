#include "store/recovery/recovery.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <system_error>

#include <cairn/error.h>
#include "store/directory/damaged_file.h"
#include "store/directory/directory.h"
#include "store/directory/file_name.h"
#include "store/directory/files.h"
#include "store/directory/seal.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view aside_mark = ".damaged-";

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
    const FileKind kind = kind_of(each.path());
    if (kind == FileKind::other) continue;
    if (!fs::is_regular_file(each.symlink_status())) {
      raise_damage(directory_, each.path().filename().native() + " is no regular file");
    }
    current = current || kind == FileKind::current;
    data = data || kind == FileKind::table || kind == FileKind::log;
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

void Recovery::judge(std::uint64_t sequence, const LogFilter& filter,
                     const std::vector<std::string>& log) {
  if (!lost(sequence)) return;
  if (cut()) {
    tail_->restore();
    raise_damage(directory_, tail_->name() + " cannot be read to its end, and " +
                                 std::to_string(mark_.sequence() - sequence) +
                                 " writes that had been synced would be lost with it");
  }
  note_log(filter, log);
  raise_damage(directory_, loss(sequence));
}

void Recovery::finish(std::uint64_t sequence, const std::vector<std::string>& log) {
  note_log(filter_, log);
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

void Recovery::note_log(const LogFilter& filter, const std::vector<std::string>& log) {
  for (const std::string& line : log) note_dropped(line);
  if (const auto& gap = filter.gap()) {
    const std::string missing =
        gap->missing > 0 ? std::to_string(gap->missing) + " writes are" : "something is";
    report_.findings.push_back(gap->log + ": " + missing +
                               " missing from the log, and what came after was left out");
  }
  for (const LogFilter::Unread& each : filter.unread()) {
    const bool told = std::any_of(
        report_.findings.begin(), report_.findings.end(),
        [&](const std::string& finding) { return finding.starts_with(each.log + ":"); });
    if (!told) note_unread(each.log, each.bytes, {});
  }
}

// "/path/000012.log: dropping 4711 bytes; Corruption: checksum mismatch": RocksDB's only word about
// it.  In another wording it is still in Stats::log.
void Recovery::note_dropped(std::string_view line) {
  const std::string dropping = std::string(log_extension) + ": dropping ";
  const std::size_t at = line.find(dropping);
  if (at == std::string_view::npos) return;
  const std::size_t name = line.rfind('/', at) + 1;  // 0 where there is none
  const std::string_view rest = line.substr(at + dropping.size());
  std::uint64_t bytes = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), bytes);
  if (parsed.ec != std::errc()) return;
  const std::size_t reason = rest.find("; ");
  note_unread(std::string(line.substr(name, at + log_extension.size() - name)), bytes,
              reason == std::string_view::npos ? "" : rest.substr(reason + 2));
}

void Recovery::note_unread(const std::string& log, std::uint64_t bytes, std::string_view reason) {
  report_.dropped_log_bytes += bytes;
  report_.findings.push_back(log + ": " + std::to_string(bytes) + " bytes could not be read back" +
                             (reason.empty() ? "" : " (" + std::string(reason) + ")"));
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
