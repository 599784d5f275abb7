#include "process/first_uses.h"

#include "process/process_end.h"

namespace cairn::process {

const char FirstUses::all_seen = 0;
constinit thread_local const char FirstUses::of_thread = 0;

void FirstUses::notice(const void* before) noexcept {
  const void* const seen = before == nullptr ? &of_thread : &all_seen;
  if (!ProcessEnd::awaited()) return;
  if (by_.compare_exchange_strong(before, seen)) ProcessEnd::renew_for_handle();
}

}  // namespace cairn::process
