// What the thread sanitizer is told, so that a test binary means the same wherever it is started.

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the sanitizer's names.

// RocksDB of the distribution is not instrumented, and its threads would seem to race with ours.
// The deadlock detector holds at most 64 locks a thread; a batch takes more stripes than that.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() {
  return "ignore_noninstrumented_modules=1:detect_deadlocks=0";
}

// In C++20 std::string is compiled into each test, with instruments, and what RocksDB appends to
// its group of writes ends up there; how its writers take turns for that cannot be seen.  Nor can
// that nobody writes to a log any more when a job of RocksDB's, in a thread of ours, closes it.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:rocksdb::DBImpl::Open\n"
         "race:rocksdb::FSWritableFileOwnerWrapper::~FSWritableFileOwnerWrapper\n";
}

// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
