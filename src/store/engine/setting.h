// The surroundings of an engine.
#pragma once

#include <filesystem>
#include <memory>

#include <cairn/options.h>
#include "store/engine/rules.h"
#include "store/health/health_monitor.h"
#include "store/health/logger.h"

namespace cairn::store {

/// Everything that an engine works with and that outlives it.
struct Setting {
  const std::filesystem::path& directory;
  const StoreOptions& options;
  const Rules& rules;
  const std::shared_ptr<Logger>& logger;
  HealthMonitor& monitor;
};

}  // namespace cairn::store
