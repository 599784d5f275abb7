#include "store/directory/owner.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "store/directory/directory.h"

namespace cairn::store {
namespace {

// The number of the process that holds an exclusive flock on a file, from /proc/locks: trying the
// lock ourselves would, for a moment, keep a process out that wants to open the store.
std::optional<int> holder(const struct stat& file) {
  std::ifstream locks("/proc/locks");
  std::string line;
  while (std::getline(locks, line)) {
    int process = 0;
    unsigned device_major = 0;
    unsigned device_minor = 0;
    unsigned long inode = 0;
    // "7: FLOCK  ADVISORY  WRITE 1234 fd:00:5678 0 EOF"
    if (std::sscanf(line.c_str(), "%*d: FLOCK %*s WRITE %d %x:%x:%lu", &process, &device_major,
                    &device_minor, &inode) != 4) {
      continue;
    }
    if (inode == file.st_ino && makedev(device_major, device_minor) == file.st_dev) return process;
  }
  return std::nullopt;
}

// As DirectoryLock writes it: the number of the process, and a note.
std::optional<bool> logs(const std::filesystem::path& lock) {
  std::ifstream file(lock);
  std::string number;
  std::string note;
  if (!std::getline(file, number) || !std::getline(file, note)) return std::nullopt;
  return note != no_log_note;
}

}  // namespace

std::optional<Owner> find_owner(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / lock_name;
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return std::nullopt;
  const std::optional<int> process = holder(file);
  if (!process) return std::nullopt;
  return Owner{*process, logs(path)};
}

}  // namespace cairn::store
