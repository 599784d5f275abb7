#include "store/border/open_database.h"

#include <dlfcn.h>
#include <rocksdb/convenience.h>
#include <rocksdb/version.h>

#include <chrono>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>

#include <cairn/error.h>
#include "process/fork_guard.h"
#include "process/process_end.h"
#include "store/border/job_threads.h"

namespace cairn::store {
namespace {

constexpr std::chrono::seconds patience(10);

void keep_loaded_with(const void* part) {
  Dl_info object{};
  if (::dladdr(part, &object) == 0) return;
  ::dlopen(object.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

// Threads of ours and of RocksDB's run in both until the stores are closed, and whatever thread has
// used RocksDB runs a destructor of RocksDB's when it ends.  In dlclose() no store can be closed:
// that would wait for threads which may be waiting for the loader's lock.
void keep_loaded() {
  static std::once_flag once;
  std::call_once(once, [] {
    keep_loaded_with(reinterpret_cast<const void*>(&rocksdb::Env::Default));
    keep_loaded_with(&once);
  });
}

struct SilentLog final : rocksdb::Logger {
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Status open_as(const rocksdb::DBOptions& options, const std::string& path, Access access,
                        const Descriptors& families, RawHandles* handles,
                        std::unique_ptr<rocksdb::DB>* db) {
// Since 9.11 there are openings that own what they give; since 11.0 there are no others.
#if ROCKSDB_MAJOR > 9 || (ROCKSDB_MAJOR == 9 && ROCKSDB_MINOR >= 11)
  if (access == Access::read_only) {
    return rocksdb::DB::OpenForReadOnly(options, path, families, handles, db);
  }
  return rocksdb::DB::Open(options, path, families, handles, db);
#else
  rocksdb::DB* raw = nullptr;
  rocksdb::Status status =
      access == Access::read_only
          ? rocksdb::DB::OpenForReadOnly(options, path, families, handles, &raw)
          : rocksdb::DB::Open(options, path, families, handles, &raw);
  db->reset(raw);
  return status;
#endif
}

void end_work(rocksdb::DB& db) {
  try {
    rocksdb::CancelAllBackgroundWork(&db, true);
  } catch (const std::system_error&) {
    // The timer, see below; from now on it is in order.
  }
}

// RocksDB's timer is a thread that all databases share, from the first that is opened to the last
// that is closed.  Where it cannot be started 7.8 takes it for running, and whoever closes a
// database next joins the thread that was there before: an exception, which in a destructor ends
// the process.  So a small database is opened and closed in memory where it can be caught.
void mend_timer() noexcept try {
  const std::unique_ptr<rocksdb::Env> memory(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  JobEnv env(memory.get());
  rocksdb::Options options;
  options.env = &env;
  options.create_if_missing = true;
  options.write_buffer_size = 64 << 10;
  options.info_log = std::make_shared<SilentLog>();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  RawHandles handles;
  std::unique_ptr<rocksdb::DB> db;
  const rocksdb::Status opened = open_as(
      options, "/cairn", Access::read_write,
      {{rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions(options)}}, &handles, &db);
  if (!opened.ok()) return;
  for (rocksdb::ColumnFamilyHandle* each : handles) db->DestroyColumnFamilyHandle(each);
  end_work(*db);
} catch (const std::exception&) {
  // There is not even the memory for it.
}

}  // namespace

rocksdb::Status close_database(rocksdb::DB& db) {
  end_work(db);
  return db.Close();
}

rocksdb::Status open_database(const rocksdb::DBOptions& options, const std::string& path,
                              Access access,
                              const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                              RawHandles* handles, std::unique_ptr<rocksdb::DB>* db) {
  process::ForkGuard::install();
  keep_loaded();
  try {
    rocksdb::Status status = open_as(options, path, access, families, handles, db);
    process::ProcessEnd::renew();
    return status;
  } catch (const std::exception& error) {
    // What RocksDB had made of it is lost, and stays in memory: it cannot be told how far it was.
    const std::string doing = "open " + quote(path) + ": ";
    JobEnv* const env = dynamic_cast<JobEnv*>(options.env);
    if (env != nullptr && !env->give_up(std::chrono::steady_clock::now() + patience)) {
      throw IoError(doing + error.what() +
                    "; RocksDB is still at work on it, so that this process " +
                    "cannot open it again");
    }
    if (dynamic_cast<const std::system_error*>(&error) != nullptr) mend_timer();
    throw IoError(doing + lacking(error) + "; it can be opened when there is more");
  }
}

std::string lacking(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return "there is not enough memory (ulimit -v)";
  }
  const auto* const system = dynamic_cast<const std::system_error*>(&error);
  if (system != nullptr && system->code() == std::errc::resource_unavailable_try_again) {
    return "there is no thread to be had (ulimit -u, pids.max)";
  }
  return error.what();
}

}  // namespace cairn::store
