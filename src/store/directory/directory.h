// The directory of a store: its owner, its lock, and the checks before RocksDB sees it.
#pragma once

#include <sys/types.h>

#include <compare>
#include <filesystem>
#include <string>

#include <cairn/options.h>

namespace cairn::store {

/// One directory whatever it is called: device and inode.
struct DirectoryId {
  dev_t device;
  ino_t inode;
  auto operator<=>(const DirectoryId&) const = default;
};

/// Whether a directory may be another user's, or writable by others.
enum class Sharing { refused, allowed };

inline Sharing sharing(const StoreOptions& options) {
  return options.allow_shared ? Sharing::allowed : Sharing::refused;
}

/// Makes the directory if it is not there, each missing level with mode 0700, and checks that it is
/// a directory, as private as `sharing` says, and either empty or a store of a format that we know.
/// Touches nothing that is already there.  Throws the errors of opening (cairn/caches.h).
DirectoryId prepare_directory(const std::filesystem::path& path, Sharing sharing);

/// A path that means the same whatever the program's own directory is later.  Throws IoError if
/// that is gone.
std::filesystem::path absolute_path(const std::filesystem::path& path);

/// The format of the store.  Throws unless the directory is a store of a format that we know:
/// InvalidOption, IoError or Corruption.
int require_store(const std::filesystem::path& directory);

/// Holds the directory for this process until it is destroyed.
///
/// The lock is flock(2) of the directory itself, which nobody can remove or replace under us, and
/// of our own file, CAIRN.lock, which says who holds it.  RocksDB's LOCK is an fcntl lock, which a
/// process loses by opening and closing that file anywhere.
class DirectoryLock {
 public:
  /// Throws IoError with code locked, naming the process that holds it.  `note` is left in the file
  /// beside our number, for visitors.
  explicit DirectoryLock(const std::filesystem::path& directory, const std::string& note = {});
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  [[noreturn]] void refuse(const std::filesystem::path& directory, int file) const;

  int directory_;
  int file_;
};

/// Checks the content once more, now that nobody else can change it, and marks the directory as a
/// store of this format, durably, if it is not marked yet.  Hold the lock.
void claim_directory(const std::filesystem::path& directory);

/// Writes the mark: for a directory that is known to hold nothing but a copy of a store.
void mark_directory(const std::filesystem::path& directory);

/// The store format that this build writes and the newest that it reads.
inline constexpr int store_format = 1;
/// Name of the file that carries it.
inline constexpr const char* marker_name = "CAIRN";
inline constexpr const char* lock_name = "CAIRN.lock";
/// The note of an owner that keeps no log.
inline constexpr const char* no_log_note = "no log";

}  // namespace cairn::store
