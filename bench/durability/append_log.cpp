#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "durability/subject.h"
#include "keys.h"

namespace bench {
namespace {

constexpr std::size_t file_size = 256u << 20;

void check(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

AppendLog::AppendLog(const std::filesystem::path& directory, std::size_t bytes, int group)
    : path_(directory / "append.log"),
      record_(value(1, bytes)),
      group_(group),
      file_(::open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)) {
  check(file_ >= 0, "open");
  begin_anew();
}

AppendLog::~AppendLog() {
  ::close(file_);
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

// RocksDB reserves its logs' space in this way too, and begins new ones.
void AppendLog::begin_anew() {
  check(::ftruncate(file_, 0) == 0 && ::lseek(file_, 0, SEEK_SET) == 0, "truncate");
  if (::fallocate(file_, FALLOC_FL_KEEP_SIZE, 0, file_size) != 0 && errno != EOPNOTSUPP) {
    check(false, "fallocate");
  }
  written_ = 0;
}

void AppendLog::append_group() {
  for (int i = 0; i < group_; ++i) {
    check(::write(file_, record_.data(), record_.size()) == static_cast<ssize_t>(record_.size()),
          "write");
    written_ += record_.size();
  }
  check(::fdatasync(file_) == 0, "fdatasync");
  if (written_ > file_size) begin_anew();
}

}  // namespace bench
