#include "store/engine/checkpoint.h"

#include <rocksdb/utilities/checkpoint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <memory>
#include <system_error>

#include <cairn/error.h>
#include "store/border/status.h"
#include "store/directory/directory.h"
#include "store/directory/files.h"
#include "store/directory/seal.h"

namespace cairn::store {
namespace fs = std::filesystem;

Checkpoint::Checkpoint(const fs::path& asked)
    : target_(asked.has_filename() ? asked : asked.parent_path()) {  // "copy/" is "copy"
  const std::string doing = "checkpoint to " + quote(asked.native());
  std::error_code error;
  if (target_.filename().empty()) throw InvalidOption(doing + ": name a new directory");
  if (fs::exists(fs::symlink_status(target_, error))) {
    throw InvalidOption(doing + ": it exists already; name a new directory");
  }
  std::string name = target_.native() + ".XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) fail(errno);
  staging_ = std::move(name);
}

Checkpoint::~Checkpoint() {
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
}

void Checkpoint::fail(int error) const { store::fail(target_, "checkpoint to", error); }

void Checkpoint::write(rocksdb::DB& db, Memtables memtables) {
  const fs::path inside = fs::path(staging_) / "store";
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(&db, &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  const std::uint64_t log_to_copy =
      memtables == Memtables::flushed ? 0 : std::numeric_limits<std::uint64_t>::max();
  if (status.ok()) status = checkpoint->CreateCheckpoint(inside.native(), log_to_copy);
  if (!status.ok()) raise(status, "checkpoint to " + quote(target_.native()));
  if (::chmod(inside.c_str(), 0700) != 0) fail(errno);
  mark_directory(inside);
  // Logs that are shared with the store need not be on disk yet, and a seal promises that.
  for (const fs::directory_entry& each : fs::directory_iterator(inside)) sync_file(each.path());
  {
    const DirectoryLock lock(
        inside);  // leaves its file, which tells visitors that nobody has it open
  }
  write_seal(inside);
  if (::rename(inside.c_str(), target_.c_str()) != 0) fail(errno);
  sync_directory(target_.has_parent_path() ? target_.parent_path() : fs::path("."));
}

}  // namespace cairn::store
