#include "store/directory/lock_note.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace cairn::store {
namespace {

// Takes a line off the text; what has no end yet is no line.
std::string take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return {};
  std::string line(text.substr(0, end));
  text.remove_prefix(end + 1);
  return line;
}

struct flock whole_file(short type) {
  struct flock whole {};
  whole.l_type = type;
  whole.l_whence = SEEK_SET;
  return whole;
}

}  // namespace

std::string LockNote::text() const {
  return process + "\n" + note + "\n" + (space.empty() ? "" : space + "\n");
}

LockNote read_lock_note(int file) {
  std::array<char, 256> bytes{};
  const ssize_t length = ::pread(file, bytes.data(), bytes.size(), 0);
  std::string_view text(bytes.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  LockNote note;
  note.process = take_line(text);
  note.note = take_line(text);
  note.space = take_line(text);
  return note;
}

// A lock of the open file, not of the process: closing the file elsewhere does not drop it, and a
// visitor in the holder's own process sees it as well.
bool show_lock(int file) {
  struct flock whole = whole_file(F_WRLCK);
  return ::fcntl(file, F_OFD_SETLK, &whole) == 0;
}

void unlock_file(int file) {
  struct flock whole = whole_file(F_UNLCK);
  (void)::fcntl(file, F_OFD_SETLK, &whole);
}

std::optional<bool> is_locked(int file) {
  struct flock whole = whole_file(F_RDLCK);
  if (::fcntl(file, F_OFD_GETLK, &whole) != 0) return std::nullopt;
  return whole.l_type != F_UNLCK;
}

std::string pid_namespace() {
  std::array<char, 64> name{};
  const ssize_t length = ::readlink("/proc/self/ns/pid", name.data(), name.size());
  if (length <= 0) return unknown_space;
  return {name.data(), static_cast<std::size_t>(length)};
}

}  // namespace cairn::store
