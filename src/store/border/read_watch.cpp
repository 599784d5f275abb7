#include "store/border/read_watch.h"

#include <rocksdb/status.h>

#include <utility>

namespace cairn::store {

thread_local ReadWatch* ReadWatch::of_thread_ = nullptr;

ReadWatch::ReadWatch(GoOn go_on) : go_on_(std::move(go_on)) { of_thread_ = this; }

ReadWatch::~ReadWatch() {
  of_thread_ = nullptr;
  refusal_.PermitUncheckedError();
}

rocksdb::IOStatus ReadWatch::ended() {
  return rocksdb::status_to_io_status(rocksdb::Status::ShutdownInProgress("given up"));
}

rocksdb::IOStatus ReadWatch::seen(rocksdb::IOStatus status, std::size_t bytes) {
  if (status.ok()) {
    bytes_ += bytes;
    return status;
  }
  refusal_ = std::move(status);
  return ended();
}

}  // namespace cairn::store
