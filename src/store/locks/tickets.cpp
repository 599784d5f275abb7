#include "store/locks/tickets.h"

#include <exception>
#include <utility>

namespace cairn::store {

rocksdb::Status Tickets::wait(Number number, const std::function<rocksdb::Status()>& sync) {
  process::UniqueLock lock(mutex_);
  for (;;) {
    // Looked at first: a later sync that succeeds does not make up for the one that failed.
    if (failed_after_ < number && number <= failed_) return failure_;
    if (durable_.load() >= number) return rocksdb::Status::OK();
    if (syncing_) {
      changed_.wait(lock);
      continue;
    }
    syncing_ = true;
    const Number covered = issued_.load();
    lock.unlock();
    // What is thrown is the caller's; to the others it is a sync that failed.
    rocksdb::Status status;
    std::exception_ptr thrown;
    try {
      status = sync();
    } catch (...) {
      thrown = std::current_exception();
      status = rocksdb::Status::MemoryLimit();  // allocates nothing
    }
    lock.lock();
    syncing_ = false;
    if (status.ok()) {
      durable_.store(covered);
    } else {
      if (failed_ == 0) failed_after_ = durable_.load();
      failed_ = covered;
      failure_ = std::move(status);
    }
    changed_.notify_all();
    if (thrown) std::rethrow_exception(thrown);
  }
}

}  // namespace cairn::store
