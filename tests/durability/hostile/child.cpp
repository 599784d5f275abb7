// The program that opens a cache where, or as whom, the test itself cannot.  It prints the error's
// code, how many milliseconds it took and the message; or "done", the milliseconds, and what went
// well.
//
//   hostile_child hold DIRECTORY            opens, says that it is ready, and keeps it open
//   hostile_child open DIRECTORY UID        opens
//   hostile_child as_user DIRECTORY UID     opens as that user
//   hostile_child read_only DIRECTORY UID   opens on a file system that is mounted read-only
//   hostile_child no_files DIRECTORY UID    opens when no descriptors are left
//   hostile_child no_files_open DIRECTORY   uses an open cache when no descriptors are left
//   hostile_child no_standard DIRECTORY     opens, and writes on, without descriptors 0, 1 and 2
//   hostile_child short_files DIRECTORY     writes until files may not grow any more
//   hostile_child fork DIRECTORY LIMIT      forks with a store open; the child makes every call

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "durability/hostile/calls.h"

namespace cairn::test::durability {
namespace {

class Watch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

template <class Work>
void report(const Work& work) {
  const Watch watch;
  try {
    const std::string went_well = work();
    std::cout << "done " << watch.ms() << ' ' << went_well << std::endl;
  } catch (const Error& error) {
    const double ms = watch.ms();
    std::cout << static_cast<int>(error.code()) << ' ' << ms << ' ' << error.what() << std::endl;
  }
}

std::string use(const std::string& directory) {
  Cache::open(directory).set("key", 1);
  return "opened";
}

bool become(unsigned user) { return user == 0 || (::setgid(user) == 0 && ::setuid(user) == 0); }

// Where mounting is not allowed the directory's mode must do, and that stops nobody but users.
bool make_read_only(const std::string& directory, unsigned user) {
  const char* const path = directory.c_str();
  if (::unshare(CLONE_NEWNS) == 0 &&
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
      ::mount(path, path, nullptr, MS_BIND, nullptr) == 0 &&
      ::mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0) {
    return true;
  }
  return become(user);
}

void take_all_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, 256);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  while (::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
  }
}

// Small enough a cache that what it writes goes to files all the time.
std::string use_without_descriptors(const std::string& directory) {
  Cache cache = Cache::open(directory, {.timeout = never}, {.memory_budget = 8 << 20});
  cache.set("key", 1);
  take_all_descriptors();
  std::string failure;
  for (int i = 0; i < 100; ++i) {
    try {
      cache.set("key-" + std::to_string(i), std::string(100'000, 'v'));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::io) throw;
      failure = error.what();
    }
    if (cache.get<int>("key") != 1) throw Error(ErrorCode::corruption, "a value was lost");
  }
  return "read all the time; " + (failure.empty() ? "wrote all the time" : failure);
}

// A daemon's.  What the descriptors are when the store has made all its files.
std::string use_without_standard_descriptors(const std::string& directory) {
  const auto close_all = [] {
    for (const int standard : {0, 1, 2}) ::close(standard);
  };
  const int output = ::fcntl(1, F_DUPFD_CLOEXEC, 3);
  close_all();
  Cache cache = Cache::open(directory, {.timeout = never});
  cache.set("a key that is warned of", 1);
  close_all();
  cache.compact();  // makes a table and a log
  std::string files;
  for (const int standard : {0, 1, 2}) {
    files +=
        std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(standard)).native() + " ";
  }
  ::dup2(output, 1);
  return files;
}

// No signal: that is the host's affair, and it ignores this one.
std::string write_short_files(const std::string& directory) {
  ::signal(SIGXFSZ, SIG_IGN);
  Cache cache = Cache::open(directory, {.timeout = never}, {.memory_budget = 8 << 20});
  cache.set("key", 1);
  const rlimit limit{256 << 10, 256 << 10};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  for (int i = 0; i < 100; ++i) {
    try {
      cache.set("key-" + std::to_string(i), std::string(10'000, 'v'));
    } catch (const Error&) {
      for (int before = 0; before < i; ++before) {
        if (!cache.contains("key-" + std::to_string(before))) {
          throw Error(ErrorCode::corruption, "an acknowledged value was lost");
        }
      }
      if (cache.get<int>("key") != 1) throw Error(ErrorCode::corruption, "a value was lost");
      throw;
    }
  }
  return "wrote all the time";
}

// In the child every call throws and destructors do nothing; the parent's data is whole.
int fork_with_open_store(const std::string& directory, std::int64_t max_entries) {
  CacheOptions options{.timeout = never, .column_family = "one"};
  if (max_entries > 0) options.max_entries = max_entries;
  const StoreOptions store{.durability = Durability::power_loss};
  auto caches = std::make_unique<Caches>(
      directory, Caches::Configuration{{"one", options}, {"two", {}}}, store);
  auto cache = std::make_unique<Cache>(Cache::open(directory, options, store));
  for (int i = 0; i < 100; ++i) caches->operator[]("one").set("key-" + std::to_string(i), i);
  cache->set("key", 1);
  const pid_t child = ::fork();
  if (child == 0) {
    for (const auto& [verb, call] : every_call(*cache, *caches, directory)) {
      ::alarm(5);  // a call that hangs ends the process
      std::cout << verb << ": ";
      report([&work = call] {
        work();
        return "was not refused";
      });
    }
    cache->close();
    caches->close_all();
    cache.reset();
    caches.reset();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::cout << "the child's end: ";
  report([&] { return std::to_string(status); });
  cache->set("after", 1);
  cache->close();
  caches->close_all();
  const bool whole = cache->keys("key-").size() == 100 && cache->get<int>("key") == 1 &&
                     cache->get<int>("after") == 1;
  std::cout << "the parent's data: ";
  report([&] { return whole ? "whole" : "lost"; });
  return 0;
}

int run(const std::string& errand, const std::string& directory, unsigned number) {
  if (errand == "hold") {
    Cache cache = Cache::open(directory);
    cache.set("key", 1);
    std::cout << "ready" << std::endl;
    for (;;) ::pause();
  }
  if (errand == "fork") return fork_with_open_store(directory, number);
  ::alarm(10);  // an errand that hangs ends the process
  if (errand == "as_user" && !become(number)) return 3;
  if (errand == "read_only" && !make_read_only(directory, number)) return 3;
  if (errand == "no_files") take_all_descriptors();
  if (errand == "no_files_open") {
    report([&] { return use_without_descriptors(directory); });
  } else if (errand == "no_standard") {
    report([&] { return use_without_standard_descriptors(directory); });
  } else if (errand == "short_files") {
    report([&] { return write_short_files(directory); });
  } else {
    report([&] { return use(directory); });
  }
  return 0;
}

}  // namespace
}  // namespace cairn::test::durability

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const auto number = count > 3 ? static_cast<unsigned>(std::stoul(arguments[3])) : 0u;
  return cairn::test::durability::run(arguments[1], arguments[2], number);
}
