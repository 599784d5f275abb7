// The program that the opening tests start: each of its errands needs a process of its own.
//
//   opening_child hold DIRECTORY          opens, says so, and keeps it open
//   opening_child open DIRECTORY [UID]    opens, as that user, and says what came of it
//   opening_child fork DIRECTORY          forks with a store open; see below
//   opening_child outlive DIRECTORY       forks with a store open; the child stays, the parent ends
//   opening_child busy DIRECTORY          forks while another thread is inside update()
//   opening_child destroy DIRECTORY       forks with a store open; the child destroys its handle
//   opening_child readonly DIRECTORY      opens on a file system that is mounted read-only

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <iostream>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <cairn/caches.h>

namespace cairn::test {
namespace {

using Errand = std::pair<const char*, std::function<void()>>;

// How many of the calls do anything else than throw forked_process.
int not_refused(const std::vector<Errand>& errands) {
  int bad = 0;
  for (const auto& [verb, call] : errands) {
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

std::vector<Errand> every_call(Cache& cache, Caches& caches, const std::string& directory) {
  return {
      {"get", [&] { cache.get("key"); }},
      {"get with a fallback", [&] { cache.get("key", 1); }},
      {"contains", [&] { cache.contains("key"); }},
      {"get_many", [&] { cache.get_many({"key"}); }},
      {"ttl", [&] { cache.ttl("key"); }},
      {"keys", [&] { cache.keys(); }},
      {"set", [&] { cache.set("key", 2); }},
      {"set that removes", [&] { cache.set("key", 2, {.timeout = std::chrono::seconds(0)}); }},
      {"add", [&] { cache.add("new", 2); }},
      {"set_many",
       [&] {
         cache.set_many({{"key", 2}});
       }},
      {"get_or_set", [&] { cache.get_or_set("new", 2); }},
      {"touch", [&] { cache.touch("key"); }},
      {"expire_at", [&] { cache.expire_at("key", std::chrono::system_clock::now()); }},
      {"erase", [&] { cache.erase("key"); }},
      {"erase_many", [&] { cache.erase_many({"key"}); }},
      {"erase_prefix", [&] { cache.erase_prefix("k"); }},
      {"pop", [&] { cache.pop<int>("key"); }},
      {"update", [&] { cache.update<int>("key", [](auto) { return 2; }); }},
      {"clear", [&] { cache.clear(); }},
      {"incr", [&] { cache.incr("key"); }},
      {"decr", [&] { cache.decr("key"); }},
      {"try_incr", [&] { cache.try_incr("key"); }},
      {"incr_many",
       [&] {
         cache.incr_many({{"key", 1}});
       }},
      {"incr_version", [&] { cache.incr_version("key"); }},
      {"expire", [&] { cache.expire(); }},
      {"stats", [&] { cache.stats(); }},
      {"sync", [&] { cache.sync(); }},
      {"checkpoint", [&, directory] { cache.checkpoint(directory + "-copy"); }},
      {"open the same directory", [&, directory] { Cache::open(directory); }},
      {"open another directory", [&, directory] { Cache::open(directory + "-other"); }},
      {"an alias that was not used", [&] { caches["two"].get("key"); }},
      {"an alias that was used", [&] { caches["one"].get("key"); }},
  };
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// In the child every call throws and destructors do nothing; the parent's data is whole.
int fork_errand(const std::string& directory, std::int64_t max_entries) {
  CacheOptions options{.timeout = never, .column_family = "one"};
  if (max_entries > 0) options.max_entries = max_entries;
  auto caches =
      std::make_unique<Caches>(directory, Caches::Configuration{{"one", options}, {"two", {}}});
  auto cache = std::make_unique<Cache>(Cache::open(directory, options));
  for (int i = 0; i < 100; ++i) caches->operator[]("one").set("key-" + std::to_string(i), i);
  cache->set("key", 1);
  if (const pid_t child = ::fork(); child == 0) {
    int bad = not_refused(every_call(*cache, *caches, directory));
    ::alarm(5);
    cache->close();
    caches->close_all();
    cache.reset();
    caches.reset();
    ::_exit(bad);
  } else if (const int status = wait_for(child); status != 0) {
    std::cerr << "the child ended with " << status << '\n';
    return 1;
  }
  cache->set("after", 1);
  cache->close();
  caches->close_all();
  if (cache->keys("key-").size() != 100 || cache->get<int>("key") != 1 ||
      cache->get<int>("after") != 1) {
    std::cerr << "the parent lost something\n";
    return 1;
  }
  return 0;
}

// A thread that is inside an operation at the time of the fork holds locks, which nobody lets go of
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

int open_read_only(const std::string& directory) {
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount(directory.c_str(), directory.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
      ::mount(nullptr, directory.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) !=
          0) {
    std::cout << "may not mount\n";
    return 0;
  }
  Cache::open(directory);
  std::cout << "opened\n";
  return 0;
}

int run(int count, char** arguments) {
  const std::string errand = count > 2 ? arguments[1] : "";
  const std::string directory = count > 2 ? arguments[2] : "";
  const std::int64_t number = count > 3 ? std::stoll(arguments[3]) : 0;
  if (errand == "fork") return fork_errand(directory, number);
  if (errand == "busy") return busy_errand(directory, number);
  if (errand == "destroy") return destroy_errand(directory);
  if (errand == "readonly") return open_read_only(directory);
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
