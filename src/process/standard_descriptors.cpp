#include "process/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace cairn::process {

void keep_standard_descriptors() noexcept {
  const int before = errno;
  for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; ++standard) {
    if (::fcntl(standard, F_GETFD) >= 0) continue;
    // The lowest that is free; another thread may have been faster.
    const int null = ::open("/dev/null", O_RDWR);
    if (null > STDERR_FILENO) ::close(null);
  }
  errno = before;
}

}  // namespace cairn::process
