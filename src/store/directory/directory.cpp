#include "store/directory/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include <cairn/error.h>
#include "process/fork_guard.h"
#include "process/standard_descriptors.h"
#include "store/directory/file_name.h"
#include "store/directory/files.h"
#include "store/directory/lock_note.h"
#include "store/directory/manifest.h"
#include "store/directory/seal.h"
#include "store/directory/watermark.h"

namespace cairn::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view marker_text = "cairn store format ";
// The marker until it is complete; a crash may leave it.
constexpr const char* unfinished_marker = "CAIRN.new";

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw InvalidOption("location " + quote(path.native()) + " " + why);
}

// The system would take the part before it.
void require_path(const fs::path& path) {
  if (path.native().find('\0') != std::string::npos) refuse(path, "is no path: it has a NUL in it");
}

// std::filesystem would make the levels 0777 less the umask.
void make_directories(const fs::path& path) {
  if (path.empty() || fs::exists(path)) return;
  const fs::path parent = path.parent_path();
  make_directories(parent);
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST) return;
    fail(path, "make directory", errno);
  }
  sync_directory(parent.empty() ? fs::path(".") : parent);
}

// The number in the marker; 0 if there is no marker.
int marked_format(const fs::path& directory) {
  const fs::path marker = directory / marker_name;
  // Without O_NONBLOCK a pipe of that name would make us wait for ever.
  const Descriptor file(::open(marker.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return 0;
    fail(marker, "read", errno);
  }
  char text[64] = {};
  const ssize_t length = ::pread(file.get(), text, sizeof text - 1, 0);
  const std::string_view content(text, length > 0 ? static_cast<std::size_t>(length) : 0);
  int format = 0;
  if (content.starts_with(marker_text)) {
    const char* const number = text + marker_text.size();
    const auto parsed = std::from_chars(number, text + content.size(), format);
    if (parsed.ec == std::errc() && *parsed.ptr == '\n' && format > 0) return format;
  }
  throw Corruption("store " + quote(directory.native()) + ": the file " + marker_name +
                   " is damaged; restore it or move the directory away");
}

// Written only where the mark is, so that they show that it was.
bool has_our_files(const fs::path& directory) {
  return fs::exists(directory / seal_name) || fs::exists(directory / watermark_name) ||
         fs::exists(directory / manifest_watermark_name);
}

[[noreturn]] void refuse_lost_mark(const fs::path& directory) {
  throw Corruption("store " + quote(directory.native()) + ": the file " + marker_name +
                   " is missing; put a copy of the directory in its place, or, if no newer Cairn "
                   "wrote it, make that file again with the line '" +
                   std::string(marker_text) + std::to_string(store_format) + "'");
}

// The format of the store; 0 if the directory is empty.
int check_content(const fs::path& directory) {
  const int format = marked_format(directory);
  if (format > store_format) {
    throw Corruption("store " + quote(directory.native()) + " has format " +
                         std::to_string(format) + ", and this Cairn reads up to " +
                         std::to_string(store_format) + "; use a newer Cairn, or another directory",
                     ErrorCode::newer_format);
  }
  if (format > 0) return format;
  const auto refuse_unless_marked = [&](const std::string& why) {
    // Another process that is just making a store here marks it first.
    const int now = marked_format(directory);
    if (now == 0 && has_our_files(directory)) refuse_lost_mark(directory);
    if (now == 0) refuse(directory, why);
    return now;
  };
  if (fs::exists(directory / current_name)) {
    return refuse_unless_marked(
        "holds the RocksDB database of another program, which is not touched; choose a new "
        "directory");
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const fs::path name = entry.path().filename();
    if (name == lock_name || name == unfinished_marker || name == "lost+found") continue;
    return refuse_unless_marked("is not empty and holds no Cairn store (it has " +
                                quote(name.native()) + "); choose an empty or new directory");
  }
  return 0;
}

}  // namespace

DirectoryId prepare_directory(const fs::path& path, Sharing sharing) try {
  require_path(path);
  process::keep_standard_descriptors();
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) fail(path, "open", errno);
    make_directories(path.has_filename() ? path : path.parent_path());
    if (::stat(path.c_str(), &status) != 0) fail(path, "open", errno);
  }
  if (!S_ISDIR(status.st_mode)) refuse(path, "is not a directory; give a directory");
  const bool alone = sharing == Sharing::refused;
  if (alone && status.st_uid != ::geteuid()) {
    refuse(path, "belongs to another user; make it yours, or set allow_shared");
  }
  if (alone && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    refuse(path, "may be written by other users; chmod go-w it, or set allow_shared");
  }
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) fail(path, "write to directory", errno);
  check_content(path);
  return {status.st_dev, status.st_ino};
} catch (const fs::filesystem_error& error) {
  throw IoError(std::string("open ") + quote(path.native()) + ": " + error.code().message());
}

namespace {

// What of a path is there, followed through its links, so that one that is led elsewhere later
// leads nobody away; the rest as it is.  A path that leads to no directory stays: opening says why.
fs::path without_links(const fs::path& path) {
  std::error_code error;
  fs::path there = path;
  fs::path rest;
  while (fs::symlink_status(there, error).type() == fs::file_type::not_found &&
         there.has_relative_path()) {
    rest = rest.empty() ? there.filename() : there.filename() / rest;
    there = there.parent_path();
  }
  if (!fs::is_directory(there, error)) return path;
  const fs::path followed = fs::canonical(there, error);
  if (error) return path;
  return rest.empty() ? followed : followed / rest;
}

}  // namespace

fs::path absolute_path(const fs::path& path) {
  require_path(path);
  std::error_code error;
  fs::path resolved = fs::absolute(path, error);
  if (error) {
    throw IoError("resolve " + quote(path.native()) + ": " + error.message() +
                  "; give an absolute path, or change to a directory that is there");
  }
  return without_links(resolved);
}

int require_store(const fs::path& directory) try {
  require_path(directory);
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) fail(directory, "open", errno);
  if (!S_ISDIR(status.st_mode)) refuse(directory, "is not a directory; give a store's directory");
  const int format = check_content(directory);
  if (format == 0) refuse(directory, "is empty, and no Cairn store");
  return format;
} catch (const fs::filesystem_error& error) {
  throw IoError(std::string("open ") + quote(directory.native()) + ": " + error.code().message());
}

DirectoryLock::DirectoryLock(const fs::path& directory, const std::string& note) {
  const fs::path path = directory / lock_name;
  Descriptor whole(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (whole.get() < 0) fail(directory, "open", errno);
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) fail(path, "open", errno);
  for (const int each : {whole.get(), file.get()}) {
    if (::flock(each, LOCK_EX | LOCK_NB) == 0) continue;
    if (errno != EWOULDBLOCK) fail(path, "lock", errno);
    refuse(directory, file.get());
  }
  LockNote told{.process = std::to_string(::getpid()), .note = note, .space = {}};
  if (show_lock(file.get())) told.space = pid_namespace();
  const std::string text = told.text();
  // For visitors only: the lock holds whether or not the note could be written.
  if (::ftruncate(file.get(), 0) != 0 ||
      ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    if (errno != ENOSPC) fail(path, "write", errno);
  }
  directory_ = whole.release();
  file_ = file.release();
  process::ForkGuard::close_in_child(directory_);
  process::ForkGuard::close_in_child(file_);
}

void DirectoryLock::refuse(const fs::path& directory, int file) const {
  const LockNote holder = read_lock_note(file);
  const std::string space = pid_namespace();
  // A number of another namespace means another process here, or none.
  const bool elsewhere = !holder.space.empty() && holder.space != unknown_space &&
                         space != unknown_space && holder.space != space;
  throw IoError("store " + quote(directory.native()) + " is open in process " +
                    (holder.process.empty() ? "unknown" : holder.process) +
                    (elsewhere ? " of another pid namespace" : "") +
                    "; one process has a store open at a time: close it there, or read it from "
                    "here with the cairn tool",
                ErrorCode::locked);
}

DirectoryLock::~DirectoryLock() {
  // In a child they are closed by the guard, and the numbers may be other files' now.
  if (process::ForkGuard::forked()) return;
  // A child that was made without fork handlers may have them still, and the locks with them.
  unlock_file(file_);
  for (const int each : {file_, directory_}) {
    (void)::flock(each, LOCK_UN);
    process::ForkGuard::forget(each);
    ::close(each);
  }
}

void claim_directory(const fs::path& directory) {
  if (check_content(directory) == 0) mark_directory(directory);
}

void mark_directory(const fs::path& directory) {
  replace_file(directory / marker_name,
               std::string(marker_text) + std::to_string(store_format) + "\n");
}

}  // namespace cairn::store
