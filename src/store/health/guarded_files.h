// The files of RocksDB, wrapped: a failed write is known here before RocksDB knows.
#pragma once

#include <rocksdb/env.h>

#include <filesystem>
#include <memory>

#include "store/border/job_threads.h"
#include "store/directory/watermark.h"
#include "store/health/health_monitor.h"
#include "store/health/log_guard.h"

namespace cairn::store {

/// The files of `base`, except that
/// - a failed write to a log is told to the guard and the monitor first, with its true cause: what
///   RocksDB says of it later is a consequence;
/// - other failed writes are marked as worth trying again, so that rocksdb::DB::Resume() takes them
///   up where it would else call them fatal (Engine::write_out);
/// - how much of a MANIFEST is synced is kept in its watermark, and where writing it has failed no
///   table is removed (ManifestGuard);
/// - no OPTIONS file is made.  RocksDB writes, syncs and reads back the options of all column
///   families whenever it makes or drops one; Cairn passes all of them at each opening;
/// - the directory is opened once, however many column families there are;
/// - the lock of the database is taken by us, so that it can be given up (JobEnv::give_up());
/// - a thread with a ReadWatch asks it before it reads or writes a table;
/// - a `directory` that has been removed is not made again: it would not be ours.
/// And its clock, which lets RocksDB sleep only briefly.  The arguments must outlive the result.
std::shared_ptr<JobEnv> guarded_files(rocksdb::Env& base, const std::filesystem::path& directory,
                                      LogGuard& guard, HealthMonitor& monitor,
                                      Watermark& manifest_watermark);

}  // namespace cairn::store
