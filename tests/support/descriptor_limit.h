// A limit on the descriptors of this process, for a while.
#pragma once

#include <sys/resource.h>

#include <cerrno>
#include <system_error>

namespace cairn::test {

/// While it lives the process may have `most` descriptors open.  Throws std::system_error if that
/// cannot be set.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t most) {
    const bool known = ::getrlimit(RLIMIT_NOFILE, &before_) == 0;
    const rlimit lowered{most, before_.rlim_max};
    if (!known || ::setrlimit(RLIMIT_NOFILE, &lowered) != 0) {
      throw std::system_error(errno, std::generic_category(), "RLIMIT_NOFILE");
    }
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace cairn::test
