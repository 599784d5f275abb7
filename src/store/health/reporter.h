// RocksDB's listener: passes its errors to the health monitor.
#pragma once

#include <rocksdb/listener.h>

#include <memory>

#include "store/health/health_monitor.h"

namespace cairn::store {

/// The listener that tells the monitor.  A damaged table that compaction meets is no error to
/// RocksDB then: it goes on, and tries again until it is told not to compact
/// (Engine::stop_compacting). Its own recovery from a full disk is refused: it lets a write reach a
/// log that has already failed, which ends the process where the library has assertions, as
/// Debian's has.
std::shared_ptr<rocksdb::EventListener> report_to(HealthMonitor& monitor);

}  // namespace cairn::store
