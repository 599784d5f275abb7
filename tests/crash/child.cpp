// The program that the crash test kills.
//
//   crash_child write DIRECTORY LEVEL BEGIN...   takes steps from those on, one number per thread,
//                                                and acknowledges each on standard output
//   crash_child early DIRECTORY LEVEL BEGIN...   acknowledges before it writes: a lie
//   crash_child dump DIRECTORY LEVEL             prints all keys and values
//   crash_child do DIRECTORY LEVEL WHAT...       does what is said, says so, and waits for its end

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <cairn/caches.h>
#include "crash/script.h"

namespace cairn::test::crash {
namespace {

Durability level(const std::string& name) {
  if (name == "clean_close") return Durability::clean_close;
  if (name == "process_crash") return Durability::process_crash;
  if (name == "interval") return Durability::interval;
  return Durability::power_loss;
}

Cache open(char** arguments) {
  // A small budget, so that memtables are flushed now and then; and a short interval.
  return Cache::open(arguments[2], {.timeout = never},
                     {.durability = level(arguments[3]),
                      .sync_interval = std::chrono::milliseconds(5),
                      .memory_budget = 8 << 20});
}

void acknowledge(int thread, std::int64_t step, bool granted) {
  const Ack ack{thread, granted ? 1 : 0, step};
  if (::write(1, &ack, sizeof ack) != sizeof ack) std::_Exit(1);
}

// Padding, so that a few thousand steps fill a memtable.
std::string padded(std::int64_t step) { return std::to_string(step) + std::string(500, '.'); }

bool take(Cache& cache, int thread, std::int64_t step) {
  const std::string counters[] = {key("own", thread), key("many", thread)};
  switch (verb(step)) {
    case Verb::set:
      cache.set(key("set", thread, set_slot(step)), padded(step));
      break;
    case Verb::erase:
      cache.erase(key("set", thread, erased_slot(step)));
      break;
    case Verb::set_many:
      cache.set_many({{key("batch", thread, 0), step},
                      {key("batch", thread, 1), padded(step)},
                      {key("batch", thread, 2), step}});
      break;
    case Verb::own_incr:
      cache.incr(counters[0]);
      break;
    case Verb::shared_incr:
      cache.incr("shared");
      break;
    case Verb::incr_many:
      cache.incr_many({{counters[1], 1}, {"shared", 1}});
      break;
    case Verb::add:
      return cache.add(added_key(step), thread);
    case Verb::touch:
      cache.touch(key("set", thread, touched_slot(step)));
      break;
  }
  return false;
}

int write(int count, char** arguments, bool early) {
  if (count != 4 + threads) return 2;
  Cache cache = open(arguments);
  for (int thread = 0; thread < threads; ++thread) {
    cache.add(key("own", thread), 0, {.durability = Durability::power_loss});
    cache.add(key("many", thread), 0, {.durability = Durability::power_loss});
  }
  cache.add("shared", 0, {.durability = Durability::power_loss});
  std::vector<std::thread> writers;
  for (int thread = 0; thread < threads; ++thread) {
    writers.emplace_back([&, thread] {
      for (std::int64_t step = std::stoll(arguments[4 + thread]);; ++step) {
        if (early) acknowledge(thread, step, false);
        const bool granted = take(cache, thread, step);
        if (!early) acknowledge(thread, step, granted);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  return 1;
}

int dump(char** arguments) {
  Cache cache = open(arguments);
  cache.for_each_key("", [&](std::string_view key) {
    std::string shown;
    try {
      shown = std::to_string(*cache.get<std::int64_t>(key));
    } catch (const WrongType&) {
      shown = cache.get(key)->substr(0, cache.get(key)->find('.'));
    }
    std::cout << key << ' ' << shown << '\n';
    return true;
  });
  return 0;
}

int perform(int count, char** arguments) {
  Cache cache = open(arguments);
  for (int i = 4; i < count; ++i) {
    const std::string what = arguments[i];
    const std::string name = what.substr(what.find(':') + 1);
    if (what.starts_with("set:")) cache.set(name, 1);
    if (what.starts_with("durable:")) {
      cache.set(name, 1, {.durability = Durability::power_loss});
    }
    if (what.starts_with("crash:")) {
      cache.set(name, 1, {.durability = Durability::process_crash});
    }
    if (what.starts_with("incr:")) {
      cache.incr(name, 1, {.initial = 0, .durability = Durability::power_loss});
    }
    if (what == "sync") cache.sync();
    if (what == "close") cache.close();
    if (what == "clear") cache.clear();
  }
  std::cout << "done" << std::endl;
  for (;;) ::pause();
}

}  // namespace
}  // namespace cairn::test::crash

int main(int count, char** arguments) try {
  using namespace cairn::test::crash;
  const std::string mode = count > 3 ? arguments[1] : "";
  if (mode == "write") return write(count, arguments, false);
  if (mode == "early") return write(count, arguments, true);
  if (mode == "dump") return dump(arguments);
  if (mode == "do") return perform(count, arguments);
  return 2;
} catch (const std::exception& error) {
  std::cerr << "crash_child: " << error.what() << '\n';
  return 1;
}
