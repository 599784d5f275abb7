#include "store/tickets.h"

namespace cairn::store {

rocksdb::Status Tickets::wait(Number number, const std::function<rocksdb::Status()>& sync) {
  std::unique_lock lock(mutex_);
  for (bool first = true;; first = false) {
    if (durable_.load() >= number) return rocksdb::Status::OK();
    if (!first && failed_ >= number) return failure_;
    if (syncing_) {
      changed_.wait(lock);
      continue;
    }
    syncing_ = true;
    const Number covered = issued_.load();
    lock.unlock();
    const rocksdb::Status status = sync();
    lock.lock();
    syncing_ = false;
    if (status.ok()) {
      durable_.store(covered);
    } else {
      failed_ = covered;
      failure_ = status;
    }
    changed_.notify_all();
  }
}

}  // namespace cairn::store
