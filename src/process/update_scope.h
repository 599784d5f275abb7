// The mark of a thread that runs a function given to update(): it has a key's turn, may read, and
// must not write.
#pragma once

namespace cairn::process {

class UpdateScope {
 public:
  UpdateScope() noexcept { ++depth_; }
  ~UpdateScope() { --depth_; }
  UpdateScope(const UpdateScope&) = delete;
  UpdateScope& operator=(const UpdateScope&) = delete;

  static bool inside_any() noexcept { return depth_ > 0; }
  /// Throws would_deadlock if the thread is inside any.
  static void refuse_writes() {
    if (depth_ > 0) [[unlikely]]
      refuse();
  }

 private:
  [[noreturn]] static void refuse();
  static constinit thread_local int depth_;
};

}  // namespace cairn::process
