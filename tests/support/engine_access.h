// The engine behind a session, for tests that work on it without the store's rules.
#pragma once

#include "store/session.h"

namespace cairn::store {

class EngineAccess {
 public:
  static Engine& of(const Session& session) { return session.engine(); }
};

}  // namespace cairn::store
