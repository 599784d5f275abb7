// The program that the process-end tests start: it writes to a store, and ends in one way or
// another.
//
//   process_end_child WAY DIRECTORY
//
// It says what its calls came to after the end had begun: "wrote", or the number of an error code.
// All stores are clean_close: what is not closed in order is lost.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <latch>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <cairn/caches.h>
#include <cairn/inspect.h>

namespace cairn::test {
namespace {

std::string directory;  // destroyed after all that follows
const StoreOptions options{.durability = Durability::clean_close};

void say(const std::string& what) {
  const std::string line = what + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::abort();
}

void report(const std::function<void()>& call) {
  try {
    call();
    say("wrote");
  } catch (const Error& error) {
    say(std::to_string(static_cast<int>(error.code())));
  }
}

// Does something when it is destroyed.
struct Last {
  std::function<void()> work;
  ~Last() {
    if (work) work();
  }
};

// At namespace scope: made before main(), and so destroyed after RocksDB's own static objects.
std::optional<Caches> caches;
std::optional<Cache> cache;
std::optional<StoreView> view;
std::optional<Caches> memory;
Last last_of_all;  // the first of them that is destroyed
thread_local Last last_of_thread;
thread_local std::optional<Cache> of_thread;
thread_local std::optional<Caches> registry_of_thread;

Cache open() { return Cache::open(directory, {}, options); }
void write_first() { cache->set("first", 1); }

const Caches::Configuration both{{"default", {}}, {"other", {}}};
Caches registry() { return Caches(directory, both, options); }

// ---- objects that outlive RocksDB's ----

int namespace_scope_cache() {
  cache.emplace(open());
  write_first();
  return 0;
}

int namespace_scope_caches() {
  caches.emplace(directory, Caches::Configuration{{"default", {}}}, options);
  (*caches)["default"].set("first", 1);
  (*caches)["default"].incr("first", 0);
  return 0;
}

int local_static_before_the_first_opening() {
  static Caches made = registry();
  made["default"].set("first", 1);
  return 0;
}

int local_static_after_the_first_opening() {
  Cache::open(directory + "-other", {}, options).set("key", 1);
  static Caches made = registry();
  made["default"].set("first", 1);
  return 0;
}

int closed_by_a_static_object() {
  cache.emplace(open());
  write_first();
  last_of_all.work = [] { cache->close(); };
  return 0;
}

int many_stores() {
  static std::vector<std::unique_ptr<Cache>> all;
  for (int i = 0; i < 5; ++i) {
    const std::string where = i == 0 ? directory : directory + "-" + std::to_string(i);
    all.push_back(std::make_unique<Cache>(Cache::open(where, {}, options)));
    all.back()->set("first", 1);
  }
  return 0;
}

// RocksDB makes static objects of its own at the first flush, and when it closes.
int opened_and_closed_before() {
  cache.emplace(open());
  write_first();
  cache->sync();
  cache->close();
  write_first();
  cache->set("second", 2);
  return 0;
}

int view_at_namespace_scope() {
  { open().set("first", 1); }
  view.emplace(directory);
  say(view->families().empty() ? "empty" : "wrote");
  last_of_all.work = [] {
    report([] { view->check(); });
    report([] { view->families(); });
    report([] { view->store(); });
  };
  return 0;
}

// ---- uses after the end ----

int used_by_a_static_object_made_before() {
  cache.emplace(open());
  write_first();
  last_of_all.work = [] {
    report([] { cache->set("second", 2); });
    report([] { cache->get<int>("first"); });
    report([] { cache->clear(); });
    report([] { cache->stats(); });
    report([] { Cache::open(directory, {}, options); });
    report([] { Cache::open(directory + "-new", {}, options); });
    report([] { StoreView look(directory); });
  };
  return 0;
}

int used_by_a_static_object_made_after() {
  cache.emplace(open());
  write_first();
  static const Last last{[] { report([] { cache->set("second", 2); }); }};
  return 0;
}

int used_by_atexit_registered_before() {
  std::atexit([] { report([] { cache->set("second", 2); }); });
  cache.emplace(open());
  write_first();
  return 0;
}

int used_by_atexit_registered_after() {
  cache.emplace(open());
  write_first();
  std::atexit([] { report([] { cache->set("second", 2); }); });
  return 0;
}

int memory_goes_on() {
  cache.emplace(open());
  write_first();
  memory.emplace("memory:end", Caches::Configuration{{"default", {}}});
  last_of_all.work = [] {
    report([] { (*memory)["default"].set("key", 1); });
    report([] { (*memory)["default"].incr("key"); });
    report([] { (*memory)["default"].get_or_set("other", [] { return 2; }); });
  };
  return 0;
}

// A key that is warned of, and a named key function: the library's own static objects.
int statics_of_ours() {
  cache.emplace(open());
  write_first();
  memory.emplace("memory:end", Caches::Configuration{{"default", {.key_function = "unambiguous"}}});
  last_of_all.work = [] {
    report([] { (*memory)["default"].set("a key with spaces", 1); });
    report([] { register_key_function("mine", KeyFunction()); });
    report([] { set_key_warning_handler(ignore_key_warnings()); });
  };
  return 0;
}

// ---- threads ----

int thread_local_of_main() {
  of_thread.emplace(open());
  of_thread->set("first", 1);
  return 0;
}

int thread_local_of_another() {
  std::thread([] {
    registry_of_thread.emplace(directory, Caches::Configuration{{"default", {}}}, options);
    (*registry_of_thread)["default"].set("first", 1);
  }).join();
  return 0;
}

int thread_local_of_one_that_does_not_end() {
  static std::latch written(1);
  std::thread([] {
    of_thread.emplace(open());
    of_thread->set("first", 1);
    written.count_down();
    for (;;) ::pause();
  }).detach();
  written.wait();
  return 0;
}

// Made before the thread's first use of Cairn, and so destroyed after what Cairn has in the thread.
int used_at_a_threads_end() {
  caches.emplace(directory, both, options);
  std::thread([] {
    last_of_thread.work = [] {
      report([] { (*caches)["default"].set("second", 2); });
      report([] { (*caches)["other"].incr("counter", 1, {.initial = 0}); });
      report([] { (*caches)["other"].incr("counter"); });
      report([] { (void)caches->all(true).at(0)->get<int>("first"); });
      report([] { caches->erase("default"); });
      report([] { (*caches)["default"].set("second", 2); });
    };
    (*caches)["default"].set("first", 1);
    (*caches)["default"].incr("first", 0);
  }).join();
  return 0;
}

int used_at_mains_end() {
  caches.emplace(directory, both, options);
  last_of_thread.work = [] { report([] { (*caches)["default"].set("second", 2); }); };
  (*caches)["default"].set("first", 1);
  return 0;
}

// ---- exit() in the middle ----

// Until the end has begun; the threads go on until the process is gone.
void work(Cache& on, int number) {
  const std::string key = "key" + std::to_string(number);
  try {
    for (;;) {
      on.set(key, number);
      on.incr(key);
      on.get<int>(key);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::process_ending) say(error.what());
  }
  for (;;) ::pause();
}

int exit_in_another_thread() {
  static Cache used = open();
  used.set("first", 1);
  for (int i = 0; i < 4; ++i) std::thread([i] { work(used, i); }).detach();
  std::thread([] { std::exit(0); }).detach();
  work(used, 4);
  return 1;
}

// Uses it in a thread until it is refused, which the end of the process waits for.
void use_to_the_end(const std::function<void()>& use) {
  static std::latch began(1);
  static std::latch refused(1);
  last_of_all.work = [] { refused.wait(); };
  std::thread([use] {
    try {
      for (bool first = true;; first = false) {
        use();
        if (first) began.count_down();
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::process_ending) say(error.what());
    }
    refused.count_down();
    for (;;) ::pause();
  }).detach();
  began.wait();
}

// exit() destroys it before what was registered at the opening.
int local_static_in_use() {
  static Cache made = open();
  made.set("first", 1);
  use_to_the_end([] { made.get<int>("first"); });
  return 0;
}

int local_static_that_was_moved() {
  Cache here = open();
  here.set("first", 1);
  static Cache made = std::move(here);
  made.get<int>("first");
  use_to_the_end([] { made.get<int>("first"); });
  return 0;
}

int local_static_registry_in_use() {
  Cache::open(directory + "-other", {}, options).set("key", 1);
  static Caches made = registry();
  made["default"].set("first", 1);
  use_to_the_end([] { made["default"].get<int>("first"); });
  return 0;
}

int local_static_view_in_use() {
  open().set("first", 1);
  static StoreView made(directory);
  use_to_the_end([] { made.find("default", ":1:first", [](const RecordInfo&) {}); });
  return 0;
}

// The cache is used before the static object around it is complete.
int used_by_the_constructor_of_a_local_static() {
  struct Application {
    Cache cache = open();
    Application() { cache.set("first", 1); }
  };
  static Application made;
  use_to_the_end([] { made.cache.get<int>("first"); });
  return 0;
}

// The other begins to while the first closes the store, and asks the clock for the time.
int exit_in_two_threads() {
  static std::latch closing(1);
  static std::atomic<bool> ending = false;
  StoreOptions clocked = options;
  clocked.clock = [] {
    if (ending.exchange(false)) {
      closing.count_down();
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    return system_clock_reading();
  };
  cache.emplace(Cache::open(directory, {}, clocked));
  write_first();
  std::thread([] {
    closing.wait();
    std::exit(0);
  }).detach();
  ending = true;
  std::exit(0);
}

int exit_in_a_factory() {
  cache.emplace(open());
  write_first();
  cache->get_or_set("second", []() -> int { std::exit(0); });
  return 1;
}

int exit_in_update() {
  cache.emplace(open());
  write_first();
  cache->update<int>("first", [](auto) -> int { std::exit(0); });
  return 1;
}

int exit_in_a_visitor() {
  cache.emplace(open());
  write_first();
  cache->for_each_key("", [](auto) -> bool { std::exit(0); });
  return 1;
}

int exit_in_a_key_function() {
  static bool now = false;
  const auto validate = [](std::string_view) {
    if (now) std::exit(0);
  };
  cache.emplace(Cache::open(directory, {.validate_key = validate}, options));
  write_first();
  now = true;
  cache->get<int>("first");
  return 1;
}

int exit_in_the_clock() {
  static std::atomic<bool> now = false;
  StoreOptions clocked = options;
  clocked.clock = [] {
    if (now.exchange(false)) std::exit(0);
    return system_clock_reading();
  };
  cache.emplace(Cache::open(directory, {}, clocked));
  write_first();
  cache->sync();
  now = true;
  cache->get<int>("first");
  return 1;
}

// The store was left as a crash leaves it, so that opening has something to say.
int exit_in_on_recovery() {
  StoreOptions told = options;
  told.on_recovery = [](const RecoveryReport&) { std::exit(0); };
  Cache other = Cache::open(directory + "-other", {}, options);
  other.set("first", 1);
  cache.emplace(Cache::open(directory, {}, told));
  return 1;
}

// Its thread is the healer.
int exit_in_on_health() {
  StoreOptions told = options;
  told.free_space_reserve = 1ull << 62;  // there is never enough
  told.on_health = [](const Health&) { std::exit(0); };
  cache.emplace(Cache::open(directory, {}, told));
  write_first();
  for (;;) ::pause();
}

int exit_while_another_looks_on() {
  cache.emplace(open());
  write_first();
  static std::latch inside(1);
  std::thread([] {
    cache->update<int>("first", [](auto value) {
      inside.count_down();
      for (;;) ::pause();
      return value;
    });
  }).detach();
  inside.wait();
  return 0;
}

// ---- ways without an end ----

int quick_exit_errand() {
  cache.emplace(open());
  write_first();
  cache->sync();
  std::quick_exit(0);
}

int underscore_exit() {
  cache.emplace(open());
  write_first();
  cache->sync();
  ::_exit(0);
}

// The child is told so by its first use of Cairn, and destroys what it has inherited.
int fork_after_a_view() {
  open().set("first", 1);
  auto look = std::make_unique<StoreView>(directory);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    report([&] { look->check(); });
    report([] { StoreView again(directory); });
    report([] { open(); });
    report([] { Cache::open(directory + "-other"); });
    look.reset();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return 1;
  return look->check().damaged ? 1 : 0;
}

bool refused(const std::function<void()>& call) {
  try {
    call();
    return false;
  } catch (const Error& error) {
    return error.code() == ErrorCode::forked_process;
  }
}

bool ended_well(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// In a child of what has been opened before.
bool can_use_what_is_not_on_disk() {
  const auto works = [](Cache& own) {
    own.set("key", 1);
    return own.get_or_set("key", 2) == 1 && own.get_or_set("other", 2) == 2;
  };
  Cache own = Cache::open("memory:own");
  Caches aliases("memory:own", {{"one", {}}, {"two", {}}});
  Cache nothing = Cache::open("dummy:");
  nothing.set("key", 1);
  return works(own) && works(aliases["one"]) && works(aliases["two"]) &&
         aliases.all().size() == 2 && nothing.get_or_set("key", 2) == 2;
}

// The parent has a store open, or looks at one, or has closed it again.
int fork_to_a_cache_in_memory() {
  static std::optional<Cache> shared = Cache::open("memory:own");
  shared->set("parent", 1);
  cache.emplace(open());
  cache->set("first", 1);
  for (int turn = 0; turn < 2; ++turn, cache->close()) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);
      bool well = can_use_what_is_not_on_disk();
      Cache mine = Cache::open("memory:own");
      mine.set("mine", 1);
      well = well && !mine.contains("parent") && refused([] { shared->get<int>("parent"); }) &&
             refused([] { cache->get<int>("first"); }) && refused([] { open(); });
      const pid_t grandchild = ::fork();
      if (grandchild == 0) {
        ::alarm(20);
        const bool told = refused([&] { mine.get<int>("mine"); }) && refused([] { open(); });
        ::_exit(told && can_use_what_is_not_on_disk() ? 0 : 1);
      }
      well = ended_well(grandchild) && well;
      shared.reset();
      cache.reset();
      mine.close();
      ::_exit(well && mine.get<int>("mine") == 1 ? 0 : 1);
    }
    if (!ended_well(child)) return 1;
  }
  return shared->get<int>("parent") == 1 && cache->get<int>("first") == 1 ? 0 : 1;
}

// What threads of the parent waited for when it forked is nothing to the child's.
int fork_while_a_thread_waits() {
  Cache parents = Cache::open("memory:parents");
  std::thread waiting;
  int status = 1;
  parents.get_or_set("key", [&] {
    waiting = std::thread([&] { parents.get_or_set("key", 2); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // nothing says that it waits
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);
      Cache own = Cache::open("memory:own");
      std::atomic<int> runs{0};
      std::promise<void> begun;
      const auto factory = [&] {
        if (++runs == 1) begun.set_value();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return 1;
      };
      std::thread other([&] { own.get_or_set("key", factory); });  // may have the id of `waiting`
      begun.get_future().wait();
      own.get_or_set("key", factory);
      other.join();
      ::_exit(runs == 1 ? 0 : 1);
    }
    status = ended_well(child) ? 0 : 1;
    return 1;
  });
  waiting.join();
  return status;
}

// No handler of fork() tells the child, nor its children, and what is locked stays so.
int child_without_fork_handlers() {
  cache.emplace(open());
  cache->set("first", 1);
  static std::optional<Cache> in_memory = Cache::open("memory:own");
  in_memory->set("first", 1);
  memory.emplace("memory:own", Caches::Configuration{{"default", {}}});
  view.emplace(directory);
  const auto everything_refused = [] {
    return refused([] { cache->set("first", 2); }) && refused([] { cache->get("first"); }) &&
           refused([] { in_memory->get("first"); }) && refused([] { (*memory)["default"]; }) &&
           refused([] { view->check(); }) && refused([] { StoreView again(directory); }) &&
           refused([] { open(); }) && refused([] { Cache::open(directory + "-other"); }) &&
           refused([] { Cache::open("memory:new"); }) && refused([] { Cache::open("dummy:"); }) &&
           refused([] { (void)KeyFunction("default"); });
  };
  const pid_t child = ::_Fork();
  if (child == 0) {
    ::alarm(20);
    bool told = everything_refused();
    const pid_t grandchild = ::fork();
    if (grandchild == 0) ::_exit(everything_refused() ? 0 : 1);
    told = ended_well(grandchild) && told;
    cache->close();
    cache.reset();
    in_memory.reset();
    memory.reset();
    view.reset();
    std::exit(told ? 0 : 1);
  }
  if (!ended_well(child)) return 1;
  // A fork with handlers is noticed as ever.
  const pid_t told = ::fork();
  if (told == 0) ::_exit(refused([] { open(); }) && can_use_what_is_not_on_disk() ? 0 : 1);
  if (!ended_well(told)) return 1;
  cache->set("first", 1);
  return 0;
}

// Threads are in the middle of everything.  The child says whether it is refused what it has
// inherited, and can do with a cache of its own.
int fork_while_memory_is_used() {
  const Caches::Configuration one{{"default", {}}};
  memory.emplace("memory:end", one);
  (*memory)["default"].set("n", 0);
  static Cache direct = Cache::open("memory:end");
  set_key_warning_handler(ignore_key_warnings());
  for (int i = 0; i < 3; ++i) {
    std::thread([] {
      for (int n = 0;; ++n) {
        (*memory)["default"].set("a key with spaces", n);
        direct.get_or_set("made", [&] { return n; });
        direct.update<int>("updated", [](auto) { return 1; });
        std::thread([] { (*memory)["default"].incr("n", 1, {.initial = 0}); }).join();
      }
    }).detach();
  }
  for (int i = 0; i < 100; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);
      const bool told = refused([] { direct.get<int>("made"); }) &&
                        refused([] { direct.update<int>("updated", [](auto) { return 2; }); }) &&
                        refused([] { direct.get_or_set("made", 1); }) &&
                        refused([] { (*memory)["default"].stats(); }) &&
                        refused([] { memory->all(); });
      direct.close();
      memory.reset();
      Caches own("memory:end", one);
      const bool empty = !own["default"].contains("a key with spaces");
      own["default"].set("a key with spaces", 1);
      const bool works = own["default"].get<int>("a key with spaces") == 1 &&
                         Cache::open("memory:end").contains("a key with spaces");
      ::_exit(told && empty && works ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) ::_exit(1);
  }
  // A store on disk can be opened in a child if the parent had none.
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    open().set("first", 1);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::_exit(WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1);
}

// What it has written to its streams is not lost.
int exit_in_a_forked_child() {
  cache.emplace(open());
  write_first();
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    std::printf("the child\n");
    std::exit(7);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : 1;
}

const std::map<std::string, int (*)()> ways = {
    {"namespace_scope_cache", namespace_scope_cache},
    {"namespace_scope_caches", namespace_scope_caches},
    {"local_static_before_the_first_opening", local_static_before_the_first_opening},
    {"local_static_after_the_first_opening", local_static_after_the_first_opening},
    {"closed_by_a_static_object", closed_by_a_static_object},
    {"many_stores", many_stores},
    {"opened_and_closed_before", opened_and_closed_before},
    {"view_at_namespace_scope", view_at_namespace_scope},
    {"used_by_a_static_object_made_before", used_by_a_static_object_made_before},
    {"used_by_a_static_object_made_after", used_by_a_static_object_made_after},
    {"used_by_atexit_registered_before", used_by_atexit_registered_before},
    {"used_by_atexit_registered_after", used_by_atexit_registered_after},
    {"memory_goes_on", memory_goes_on},
    {"statics_of_ours", statics_of_ours},
    {"thread_local_of_main", thread_local_of_main},
    {"thread_local_of_another", thread_local_of_another},
    {"thread_local_of_one_that_does_not_end", thread_local_of_one_that_does_not_end},
    {"used_at_a_threads_end", used_at_a_threads_end},
    {"used_at_mains_end", used_at_mains_end},
    {"exit_in_another_thread", exit_in_another_thread},
    {"local_static_in_use", local_static_in_use},
    {"local_static_that_was_moved", local_static_that_was_moved},
    {"local_static_registry_in_use", local_static_registry_in_use},
    {"local_static_view_in_use", local_static_view_in_use},
    {"used_by_the_constructor_of_a_local_static", used_by_the_constructor_of_a_local_static},
    {"exit_in_two_threads", exit_in_two_threads},
    {"exit_in_a_factory", exit_in_a_factory},
    {"exit_in_update", exit_in_update},
    {"exit_in_a_visitor", exit_in_a_visitor},
    {"exit_in_a_key_function", exit_in_a_key_function},
    {"exit_in_the_clock", exit_in_the_clock},
    {"exit_in_on_recovery", exit_in_on_recovery},
    {"exit_in_on_health", exit_in_on_health},
    {"exit_while_another_looks_on", exit_while_another_looks_on},
    {"quick_exit", quick_exit_errand},
    {"_exit", underscore_exit},
    {"fork_after_a_view", fork_after_a_view},
    {"fork_to_a_cache_in_memory", fork_to_a_cache_in_memory},
    {"fork_while_a_thread_waits", fork_while_a_thread_waits},
    {"child_without_fork_handlers", child_without_fork_handlers},
    {"fork_while_memory_is_used", fork_while_memory_is_used},
    {"exit_in_a_forked_child", exit_in_a_forked_child},
};

}  // namespace
}  // namespace cairn::test

int main(int count, char** arguments) try {
  using namespace cairn::test;
  if (count != 3 || !ways.contains(arguments[1])) return 2;
  directory = arguments[2];
  ::alarm(60);  // a way that hangs is killed
  return ways.at(arguments[1])();
} catch (const std::exception& error) {
  std::cout << error.what() << '\n';
  return 3;
}
