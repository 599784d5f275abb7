// Making RocksDB flush and compact where a test wants it to.
#pragma once

#include <rocksdb/db.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/subject.h"
#include "store/session.h"

namespace cairn::test {

/// Works on one family of an open store.  RocksDB is told what to do and must do it.
class EngineWork {
 public:
  EngineWork(store::Store& store, store::Family& family) : store_(store), family_(family) {}

  void flush();
  /// Compacts the files that hold keys from `first` to `last`, both included.
  void compact(std::string_view first, std::string_view last);
  /// Compacts all files of one level, chosen by the dice, without those above and below it: the
  /// first level into one in the middle, so that the versions and operands of a key come to lie in
  /// several levels, and each of the others by itself, so that the filter sees a base without the
  /// operands above it.
  void compact_level(std::uint64_t dice);
  void compact_all();
  /// Lets the reaper look, which waits for nothing.
  void reap();
  /// From now on RocksDB compacts this family only when it is told to.
  void compact_only_when_asked();

  std::uint64_t operands_in_files();
  std::vector<int> levels();
  Exercise& exercise() { return exercise_; }

 private:
  // Calls `work` with the database and the family's handle, if the family is made.
  template <class Work>
  void with_engine(Work work);

  store::Store& store_;
  store::Family& family_;
  Exercise exercise_;
};

}  // namespace cairn::test
