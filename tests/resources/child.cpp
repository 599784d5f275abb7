// The program that the resources tests start: the n-th thread, allocation or descriptor that a call
// asks for is not to be had, for one n after another; and afterwards there is enough again.
//
//   resources_child LACK CALL DIRECTORY MOST
//
// LACK is threads, memory, allocations (small ones too), descriptors or address_space.  Of the
// numbers up to what the call takes, at most MOST are tried; of allocations the first few, since
// RocksDB ends the process where it lacks some of the later ones.  It says how many calls have
// failed, or what went wrong.

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>

#include <cairn/caches.h>
#include "resources/supply.h"
#include "support/descriptor_limit.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr long few_allocations = 40;

using Handle = std::optional<Cache>;

const StoreOptions options{.durability = Durability::process_crash};

void open(Handle& cache, const fs::path& where) {
  if (!cache) cache.emplace(Cache::open(where, {}, options));
}
void set_first(Handle& cache, const fs::path& where) {
  open(cache, where);
  cache->set("first", 1);
}
void set_and_close(Handle& cache, const fs::path& where) {
  set_first(cache, where);
  cache.reset();
}
void leave_as_a_crash(Handle& cache, const fs::path& where) {
  set_and_close(cache, where);
  fs::remove(where / "CAIRN.seal");
}
void checkpoint(Handle& cache, const fs::path& where) {
  static int copies = 0;
  cache->checkpoint(where.parent_path() / std::to_string(++copies));
}
void set_first_on_disk(Handle& cache, const fs::path&) {
  cache->set("first", 1, {.durability = Durability::power_loss});
}
void nothing(Handle&, const fs::path&) {}
bool has_first(Cache& cache) { return cache.get<int>("first") == 1; }
bool has_none(Cache& cache) { return !cache.contains("first"); }

struct Call {
  void (*before)(Handle& cache, const fs::path& where);
  std::function<void(Handle& cache, const fs::path& where)> call;
  bool (*done)(Cache& cache);  // whether the store is as it should be, afterwards
};

const std::map<std::string, Call> calls = {
    {"open", {set_and_close, open, has_first}},
    {"open_after_a_crash", {leave_as_a_crash, open, has_first}},
    {"first_set", {nothing, set_first, has_first}},
    {"set", {open, set_first, has_first}},
    {"get", {set_first, [](Handle& cache, auto&) { (void)has_first(*cache); }, has_first}},
    {"clear", {set_first, [](Handle& cache, auto&) { cache->clear(); }, has_none}},
    {"close", {set_first, [](Handle& cache, auto&) { cache->close(); }, has_first}},
    {"checkpoint", {set_first, checkpoint, has_first}},
    {"synced_set", {set_first, set_first_on_disk, has_first}},
};

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

// Runs `call` with so much, counted from now; returns how much it took, if that is known.
long run_lacking(const std::string& what, long fails_at, const std::function<void()>& call) {
  if (what == "descriptors") {
    const rlim_t used = open_descriptors() - 1;
    std::optional<DescriptorLimit> limit;
    if (fails_at > 0) limit.emplace(used + rlim_t(fails_at) - 1);
    call();
    return 24;
  }
  const Supply supply(what == "threads" ? Supply::threads : Supply::memory, fails_at,
                      what == "allocations" ? 0 : Supply::little);
  call();
  return supply.taken();
}

// The store mends itself by a thread of its own.
bool soon(const std::function<bool()>& good, std::string& why) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  for (;;) {
    try {
      if (good()) return true;
      why = "the store is not as it should be";
    } catch (const std::exception& error) {
      why = error.what();
    }
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
}

// One call for which the n-th is missing.  True if that made it fail.
bool lacks(const std::string& what, const Call& each, const fs::path& where, long n, long& taken) {
  fs::remove_all(where);
  Handle cache;
  each.before(cache, where);
  bool failed = false;
  std::string said;
  try {
    taken = run_lacking(what, n, [&] { each.call(cache, where); });
  } catch (const Error& error) {
    failed = true;
    said = error.what();
  } catch (const std::bad_alloc&) {
    failed = true;  // of ours: nothing had begun
    if (what != "memory" && what != "allocations") throw std::runtime_error("bad_alloc");
  }
  if (failed && said.find("current process") != std::string::npos) {
    throw std::runtime_error(std::to_string(n) + ": " + said);
  }
  std::string why;
  const auto again = [&] {
    if (failed) each.call(cache, where);
    open(cache, where);
    return each.done(*cache);
  };
  if (!soon(again, why)) {
    throw std::runtime_error("after the failure of number " + std::to_string(n) + " (" + said +
                             "): " + why);
  }
  return failed;
}

int sweep(const std::string& what, const Call& each, const fs::path& where, long most) {
  long all = 0;
  if (lacks(what, each, where, 0, all)) throw std::runtime_error("fails though nothing lacks");
  const bool first_ones = what == "allocations";
  const long step = first_ones ? 1 : std::max(1L, all / most);
  const long last = first_ones ? std::min(all, few_allocations) : all;
  int failed = 0;
  for (long n = 1; n <= last; n += step) {
    long taken = 0;
    std::cerr << what << ' ' << n << " of " << all << '\n';
    failed += lacks(what, each, where, n, taken) ? 1 : 0;
  }
  std::cout << failed << " failed\n";
  return 0;
}

// As `ulimit -v` does it: ever more of it, until there is enough for the stacks of the threads too.
int address_space(const fs::path& where) {
  rlimit before{};
  ::getrlimit(RLIMIT_AS, &before);
  int failed = 0;
  for (rlim_t more = 1 << 20; more < (256 << 20); more += 3 << 20) {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlimit lowered{pages * static_cast<rlim_t>(::getpagesize()) + more, before.rlim_max};
    fs::remove_all(where);
    ::setrlimit(RLIMIT_AS, &lowered);
    bool refused = false;
    try {
      Cache::open(where, {}, options).set("first", 1);
    } catch (const Error&) {
      refused = true;
    }
    ::setrlimit(RLIMIT_AS, &before);
    Handle cache;
    set_first(cache, where);
    if (!has_first(*cache)) throw std::runtime_error("lost at " + std::to_string(more));
    failed += refused ? 1 : 0;
    if (!refused && more > (64 << 20)) break;
  }
  std::cout << failed << " failed\n";
  return 0;
}

}  // namespace
}  // namespace cairn::test

int main(int count, char** arguments) try {
  using namespace cairn::test;
  if (count != 5) return 2;
  const std::string lack = arguments[1];
  if (lack == "address_space") return address_space(arguments[3]);
  return sweep(lack, calls.at(arguments[2]), arguments[3], std::stol(arguments[4]));
} catch (const std::exception& error) {
  std::cout << error.what() << '\n';
  return 1;
}
