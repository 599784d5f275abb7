// A file system whose N-th change of the disk fails.
#pragma once

#include <rocksdb/env.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace cairn::test::durability {

/// How an operation fails: with which error; and it alone, or it and all that follow until clear().
enum class FaultKind : std::uint8_t {
  io_once,
  no_space_once,
  io_for_good,
  no_space_for_good,
  forgotten,  ///< negative control: an append is not done, and nobody is told
};

struct Fault {
  std::uint64_t operation = 0;  ///< the first that fails, counted from arm(); 0: none
  FaultKind kind = FaultKind::io_once;

  /// ENOSPC, else EIO.
  bool no_space() const;
  bool for_good() const;
  std::string name() const;
};

/// Creating, appending, syncing, truncating, renaming, linking and removing files and syncing the
/// directory count as operations.  An append that fails may have written half.  Safe for threads.
class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// For a store::HookedDirectory.
  rocksdb::Env& env() const { return *env_; }

  void arm(const Fault& fault);
  void clear() { armed_ = false; }
  /// How many operations there were since arm().
  std::uint64_t operations() const { return operations_; }
  /// Whether anything has failed since.
  bool failed() const { return failed_; }

  /// Counts one operation; whether it fails.
  bool next();
  const Fault& fault() const { return fault_; }

 private:
  Fault fault_;  // changed only while it is not armed
  std::atomic<bool> armed_{false};
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<bool> failed_{false};
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace cairn::test::durability
