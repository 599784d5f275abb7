// The program that the opening tests start: each of its errands needs a process of its own.
//
//   opening_child hold DIRECTORY          opens, says so, and keeps it open
//   opening_child open DIRECTORY [UID]    opens, as that user, and says what came of it
//   opening_child outlive DIRECTORY       forks with a store open; the child stays, the parent ends
//   opening_child busy DIRECTORY          forks while another thread is inside update()
//   opening_child destroy DIRECTORY       forks with a store open; the child destroys its handle

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <cairn/caches.h>
#include "durability/hostile/calls.h"

namespace cairn::test {
namespace {

using durability::Call;
using durability::every_call;

// How many of the calls do anything else than throw forked_process.
int not_refused(const std::vector<Call>& calls) {
  int bad = 0;
  for (const auto& [verb, call] : calls) {
    ::alarm(5);  // a call that hangs ends the process
    try {
      call();
      std::cerr << verb << " in the child: was not refused\n";
      ++bad;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::forked_process) continue;
      std::cerr << verb << " in the child: " << error.what() << '\n';
      ++bad;
    }
  }
  return bad;
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// A thread that is inside an operation at the time of the fork holds locks, which nobody releases
// in the child.
int busy_errand(const std::string& directory, std::int64_t max_entries) {
  CacheOptions options{.column_family = "one"};
  if (max_entries > 0) options.max_entries = max_entries;
  Caches caches(directory, {{"one", options}, {"two", {}}});
  Cache cache = Cache::open(directory, options);
  cache.set("key", 1);
  std::latch inside(1);
  std::latch leave(1);
  std::thread other([&] {
    cache.update<int>("key", [&](auto value) {
      inside.count_down();
      leave.wait();
      return value;
    });
  });
  inside.wait();
  int status = 0;
  if (const pid_t child = ::fork(); child == 0) {
    ::_exit(not_refused(every_call(cache, caches, directory)));
  } else {
    status = wait_for(child);
  }
  leave.count_down();
  other.join();
  if (status != 0) std::cerr << "the child ended with " << status << '\n';
  return status;
}

// The last handle, and with it the store, ends in the child.
int destroy_errand(const std::string& directory) {
  auto cache = std::make_unique<Cache>(Cache::open(directory));
  cache->set("key", 1);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(5);
    cache.reset();
    ::_exit(0);
  }
  const int status = wait_for(child);
  if (status != 0) std::cerr << "the child ended with " << status << '\n';
  return status != 0 || cache->get<int>("key") != 1 ? 1 : 0;
}

int run(int count, char** arguments) {
  const std::string errand = count > 2 ? arguments[1] : "";
  const std::string directory = count > 2 ? arguments[2] : "";
  const std::int64_t number = count > 3 ? std::stoll(arguments[3]) : 0;
  if (errand == "busy") return busy_errand(directory, number);
  if (errand == "destroy") return destroy_errand(directory);
  if (errand == "open") {
    if (number > 0 &&
        (::setgid(static_cast<gid_t>(number)) != 0 || ::setuid(static_cast<uid_t>(number)) != 0)) {
      return 3;
    }
    Cache::open(directory).set("key", 1);
    std::cout << "opened\n";
    return 0;
  }
  if (errand == "hold" || errand == "outlive") {
    Cache cache = Cache::open(directory);
    cache.set("key", 1);
    const pid_t child = errand == "outlive" ? ::fork() : 0;
    if (child > 0) ::_exit(0);
    std::cout << (errand == "outlive" ? "child " : "holding ") << ::getpid() << std::endl;
    for (;;) ::pause();
  }
  return 2;
}

}  // namespace
}  // namespace cairn::test

int main(int count, char** arguments) try {
  return cairn::test::run(count, arguments);
} catch (const cairn::Error& error) {
  std::cout << static_cast<int>(error.code()) << ' ' << error.what() << '\n';
  return 1;
}
