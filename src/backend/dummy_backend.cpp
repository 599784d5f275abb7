#include "backend/dummy_backend.h"

namespace cairn {

Stats DummyBackend::stats(const WriteMode&) {
  Stats stats;
  stats.backend = "dummy";
  tally().add_to(stats);
  return stats;
}

}  // namespace cairn
