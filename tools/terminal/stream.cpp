#include "terminal/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <cairn/error.h>
#include "terminal/interrupt.h"

namespace cairn::tool {
namespace {

constexpr std::size_t chunk = 1 << 16;

[[noreturn]] void fail(const char* doing, const std::string& name) {
  const int number = errno;
  throw IoError(std::string(doing) + " " + quote(name) + ": " + std::strerror(number),
                number == ENOSPC ? ErrorCode::no_space : ErrorCode::io);
}

bool standard_input(const std::string& file) { return file.empty() || file == "-"; }

int open_input(const std::string& file) {
  const int number =
      standard_input(file) ? ::dup(STDIN_FILENO) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0) fail("open", standard_input(file) ? "standard input" : file);
  return number;
}

// Appends what one read() gives, and returns and leaves in errno what that does.
ssize_t append_chunk(std::string& text, int file) {
  const std::size_t before = text.size();
  text.resize(before + chunk);
  const ssize_t count = ::read(file, text.data() + before, chunk);
  const int error = errno;
  text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  errno = error;
  return count;
}

int create(const std::filesystem::path& path) {
  const int number = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (number < 0) fail("write", path.native());
  return number;
}

}  // namespace

Descriptor::~Descriptor() { ::close(number_); }

LineReader::LineReader(const std::string& file)
    : name_(standard_input(file) ? "standard input" : file), file_(open_input(file)) {
  struct stat status {};
  if (::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode)) {
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
}

bool LineReader::next(std::string_view& line) {
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched_);
    if (end != std::string::npos || (ended_ && begin_ < buffer_.size())) {
      const std::size_t stop = std::min(end, buffer_.size());
      line = std::string_view(buffer_).substr(begin_, stop - begin_);
      begin_ = searched_ = std::min(stop + 1, buffer_.size());
      ++number_;
      return true;
    }
    if (ended_ || !fill()) return false;
  }
}

// False if the program was interrupted.
bool LineReader::fill() {
  // A signal may come between the question and the wait, so the wait is short.
  constexpr int wait_ms = 100;
  pollfd ready{file_.get(), POLLIN, 0};
  do {
    if (Interrupt::requested()) return false;
  } while (::poll(&ready, 1, wait_ms) <= 0);

  buffer_.erase(0, std::exchange(begin_, 0));
  searched_ = buffer_.size();
  const ssize_t count = append_chunk(buffer_, file_.get());
  if (count < 0 && errno != EINTR) fail("read", name_);
  ended_ = count == 0;
  return true;
}

std::string read_standard_input() {
  std::string text;
  while (const ssize_t count = append_chunk(text, STDIN_FILENO)) {
    if (count > 0) continue;
    if (errno != EINTR && errno != EAGAIN) fail("read", "standard input");
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    ::poll(&ready, 1, -1);
  }
  return text;
}

WholeFile::WholeFile(std::filesystem::path name)
    : name_(std::move(name)), partial_(name_.native() + ".partial"), file_(create(partial_)) {}

void WholeFile::write(std::string_view text) {
  pending_ += text;
  if (pending_.size() >= chunk) flush();
}

void WholeFile::flush() {
  std::string_view left = pending_;
  while (!left.empty()) {
    const ssize_t count = ::write(file_.get(), left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write", partial_.native());
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  pending_.clear();
}

void WholeFile::finish() {
  flush();
  if (::fsync(file_.get()) != 0) fail("write", partial_.native());
  if (::rename(partial_.c_str(), name_.c_str()) != 0) fail("write", name_.native());
}

}  // namespace cairn::tool
