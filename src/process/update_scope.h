// The mark of a thread that runs a function given to update(): it holds a key's lock, may read, and
// must not write.
#pragma once

namespace cairn::process {

class UpdateScope {
 public:
  /// `where` is the gate, or whatever else the thread is inside of.
  explicit UpdateScope(const void* where) noexcept : before_(current_) { current_ = where; }
  ~UpdateScope() { current_ = before_; }
  UpdateScope(const UpdateScope&) = delete;
  UpdateScope& operator=(const UpdateScope&) = delete;

  static bool inside(const void* where) noexcept { return current_ == where; }
  static bool inside_any() noexcept { return current_ != nullptr; }
  /// Throws would_deadlock if the thread is inside anything.
  static void refuse_writes() {
    if (current_ != nullptr) [[unlikely]]
      refuse();
  }

 private:
  [[noreturn]] static void refuse();
  static thread_local const void* current_;
  const void* before_;
};

}  // namespace cairn::process
