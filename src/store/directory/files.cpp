#include "store/directory/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <cairn/error.h>

namespace cairn::store {
namespace fs = std::filesystem;

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

void fail(const fs::path& path, const std::string& doing, int error) {
  throw IoError(doing + " " + quote(path.native()) + ": " +
                    std::error_code(error, std::generic_category()).message(),
                error == ENOSPC || error == EDQUOT ? ErrorCode::no_space : ErrorCode::io);
}

void sync_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0 || ::fsync(file.get()) != 0) fail(path, "sync", errno);
}

void sync_directory(const fs::path& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) fail(path, "sync", errno);
}

void replace_file(const fs::path& path, std::string_view text) {
  const fs::path fresh = path.native() + ".new";
  {
    const Descriptor file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0 ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fsync(file.get()) != 0) {
      const int error = errno;
      ::unlink(fresh.c_str());
      fail(fresh, "write", error);
    }
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) fail(path, "write", errno);
  sync_directory(path.parent_path());
}

}  // namespace cairn::store
