#include "store/directory/owner.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "store/directory/directory.h"
#include "store/directory/files.h"
#include "store/directory/lock_note.h"

namespace cairn::store {
namespace {

// What /proc/locks says of the exclusive flock(2) on a file: trying that lock ourselves would, for
// a moment, keep a process out that wants to open the store.
struct Listing {
  bool held = false;
  std::optional<int> process = {};  // as it is numbered here
  // Nobody is listed, and whoever holds the lock would be.
  bool complete = false;
};

// Whether /proc numbers processes as they are numbered here: in a new pid namespace it may still be
// the one of the namespace outside.
bool proc_is_of_here() {
  std::array<char, 32> self{};
  const ssize_t length = ::readlink("/proc/self", self.data(), self.size());
  return length > 0 && std::string_view(self.data(), static_cast<std::size_t>(length)) ==
                           std::to_string(::getpid());
}

Listing listed(const struct stat& file) {
  Listing listing;
  std::ifstream locks("/proc/locks");
  // In another pid namespace than the first only some processes are listed.
  listing.complete = locks.is_open() && pid_namespace() == initial_space;
  std::string line;
  while (std::getline(locks, line)) {
    int process = 0;
    unsigned device_major = 0;
    unsigned device_minor = 0;
    unsigned long inode = 0;
    // "7: FLOCK  ADVISORY  WRITE 1234 fd:00:5678 0 EOF"
    if (std::sscanf(line.c_str(), "%*d: FLOCK %*s WRITE %d %x:%x:%lu", &process, &device_major,
                    &device_minor, &inode) != 4 ||
        inode != file.st_ino) {
      continue;
    }
    if (makedev(device_major, device_minor) == file.st_dev) {
      listing.held = true;
      if (process > 0 && proc_is_of_here()) listing.process = process;
      return listing;
    }
    listing.complete = false;  // some file systems have a number here and another one there
  }
  return listing;
}

std::optional<int> number(const std::string& text) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value <= 0) return std::nullopt;
  return value;
}

// By the kernel's list alone.
Owner by_list(const struct stat& file) {
  Owner owner;
  const Listing listing = listed(file);
  owner.process = listing.process;
  if (listing.held) {
    owner.there = true;
  } else if (listing.complete) {
    owner.there = false;
  }
  return owner;
}

}  // namespace

Owner find_owner(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / lock_name;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const bool missing = errno == ENOENT;
    // The directory is locked as well, and nobody can remove that.
    if (missing && ::stat(directory.c_str(), &status) == 0) return by_list(status);
    return {};
  }
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0) return by_list(status);

  const LockNote note = read_lock_note(file.get());
  const std::optional<bool> locked =
      note.space.empty() ? std::optional<bool>() : is_locked(file.get());
  Owner owner;
  if (!locked) {
    owner = by_list(status);
  } else {
    owner.there = *locked;
    if (*locked) {
      const bool same_space = note.space != unknown_space && note.space == pid_namespace();
      owner.process = same_space ? number(note.process) : listed(status).process;
    }
  }
  if (owner.there != false && !note.note.empty()) owner.logs = note.note != no_log_note;
  return owner;
}

}  // namespace cairn::store
