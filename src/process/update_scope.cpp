#include "process/update_scope.h"

#include <cairn/error.h>

namespace cairn::process {

constinit thread_local int UpdateScope::depth_ = 0;

void UpdateScope::refuse() {
  throw Error(ErrorCode::would_deadlock,
              "a function given to update() wrote to a cache; it may only read, and return the new "
              "value");
}

}  // namespace cairn::process
