// A file system on which RocksDB does not allocate ahead: in memory that costs more than the rest
// of opening a small store, thousands of times.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace cairn::test::durability {

class UnallocatedFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;

  void PrepareWrite(std::size_t, std::size_t, const rocksdb::IOOptions&,
                    rocksdb::IODebugContext*) override {}
  rocksdb::IOStatus Allocate(std::uint64_t, std::uint64_t, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();
  }
};

/// Such a file system, for a store::HookedDirectory; one for the whole process.
rocksdb::Env& unallocated();

}  // namespace cairn::test::durability
