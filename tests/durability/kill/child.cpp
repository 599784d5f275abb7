// The program that is killed.  HOUR is how many hours its clock is ahead of the machine's.
//
//   kill_child write DIRECTORY LEVEL HOUR BEGIN...    takes steps from those on, one number per
//                                                     thread, and acknowledges each on standard
//                                                     output
//   kill_child early DIRECTORY LEVEL HOUR BEGIN...    acknowledges before it writes: a lie
//   kill_child dump DIRECTORY LEVEL HOUR FROM TO      prints what there is, of the contested adds
//                                                     those of rounds FROM to TO
//   kill_child do DIRECTORY LEVEL HOUR WHAT...        does what is said, says so, and waits for its
//                                                     end
//   kill_child list DIRECTORY LEVEL HOUR              prints all keys and values
//   kill_child history DIRECTORY LEVEL HOUR PREFIX    works on a few keys and tells each beginning
//   kill_child lies DIRECTORY LEVEL HOUR PREFIX       and end; a liar tells the end first

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <cairn/caches.h>
#include "durability/kill/script.h"
#include "durability/linearizability/ops.h"

namespace cairn::test::durability {
namespace {

struct Arguments {
  std::string mode;
  std::string directory;
  std::string level;
  std::int64_t hour;
  std::vector<std::string> rest;
};

Durability level(const std::string& name) {
  if (name == "clean_close") return Durability::clean_close;
  if (name == "process_crash") return Durability::process_crash;
  if (name == "interval") return Durability::interval;
  return Durability::power_loss;
}

Cache open(const Arguments& arguments) {
  const auto ahead = std::chrono::hours(arguments.hour);
  const ClockSource later = [ahead] {
    const ClockReading reading = system_clock_reading();
    return ClockReading{reading.wall + ahead, reading.boot + ahead};
  };
  // A small budget, so that memtables are flushed now and then; and a short interval.
  return Cache::open(arguments.directory, {.timeout = never},
                     {.durability = level(arguments.level),
                      .sync_interval = std::chrono::milliseconds(5),
                      .memory_budget = 8 << 20,
                      .clock = later});
}

template <class Message>
void tell(const Message& message) {
  if (::write(1, &message, sizeof message) != sizeof message) std::_Exit(1);
}

// Padding, so that a few thousand steps fill a memtable.
std::string padded(std::int64_t step) { return std::to_string(step) + std::string(500, '.'); }

// Whether the step was an add that was granted.
bool take(Cache& cache, int thread, std::int64_t step) {
  const std::string counters[] = {key("own", thread), key("many", thread)};
  switch (verb(step)) {
    case Verb::set:
      cache.set(key("set", thread, set_slot(step)), padded(step));
      break;
    case Verb::lease:
      cache.set(key("lease", thread, set_slot(step)), step, {.timeout = std::chrono::minutes(30)});
      break;
    case Verb::erase:
      cache.erase(key("set", thread, erased_slot(step)));
      break;
    case Verb::erase_many: {
      const auto [first, second] = discarded_slots(step);
      cache.erase_many({key("set", thread, first), key("set", thread, second)});
      break;
    }
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
      return cache.add(added_key(round(step)), thread);
    case Verb::touch:
      cache.touch(key("lease", thread, touched_slot(step)));
      break;
  }
  return false;
}

int write(const Arguments& arguments, bool early) {
  if (arguments.rest.size() != threads) return 2;
  Cache cache = open(arguments);
  for (int thread = 0; thread < threads; ++thread) {
    cache.add(key("own", thread), 0, {.durability = Durability::power_loss});
    cache.add(key("many", thread), 0, {.durability = Durability::power_loss});
  }
  cache.add("shared", 0, {.durability = Durability::power_loss});
  std::vector<std::thread> writers;
  for (int thread = 0; thread < threads; ++thread) {
    writers.emplace_back([&, thread] {
      const auto at = static_cast<std::size_t>(thread);
      for (std::int64_t step = std::stoll(arguments.rest[at]);; ++step) {
        if (early) tell(Ack{thread, 0, step});
        const bool granted = take(cache, thread, step);
        if (!early) tell(Ack{thread, granted ? 1 : 0, step});
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  return 1;
}

std::int64_t number(Cache& cache, std::string_view name) try {
  return cache.get<std::int64_t>(name).value();
} catch (const WrongType&) {
  return std::stoll(cache.get(name).value());  // up to the padding
}

void show(Cache& cache, std::string_view name) {
  const bool lasting = cache.ttl(name).value().is_never();
  std::cout << name << ' ' << number(cache, name) << (lasting ? " lasting\n" : " leased\n");
}

int dump(const Arguments& arguments) {
  Cache cache = open(arguments);
  for (const char* prefix : {"set-", "lease-", "batch-", "own-", "many-", "shared"}) {
    for (const std::string& name : cache.keys(prefix)) show(cache, name);
  }
  const std::int64_t to = std::stoll(arguments.rest.at(1));
  for (std::int64_t from = std::stoll(arguments.rest.at(0)); from <= to; ++from) {
    const std::string name = added_key(from);
    if (const auto owner = cache.get<std::int64_t>(name)) {
      std::cout << name << ' ' << *owner << " lasting\n";
    }
  }
  return 0;
}

int list(const Arguments& arguments) {
  Cache cache = open(arguments);
  for (const std::string& name : cache.keys()) show(cache, name);
  return 0;
}

int perform(const Arguments& arguments) {
  Cache cache = open(arguments);
  for (const std::string& what : arguments.rest) {
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

int history(const Arguments& arguments, bool lies) {
  Cache cache = open(arguments);
  const std::string prefix = arguments.rest.at(0);
  std::vector<std::thread> workers;
  for (int thread = 0; thread < threads; ++thread) {
    workers.emplace_back([&, thread] {
      Dice dice(std::hash<std::string>{}(prefix) + static_cast<std::uint64_t>(thread));
      for (std::uint32_t step = 0;; ++step) {
        Telling telling{.thread = thread, .over = 0};
        telling.operation = any_operation(dice, thread, step);
        telling.key = static_cast<std::int32_t>(dice() % told_keys);
        tell(telling);
        telling.over = 1;
        if (lies) tell(telling);
        telling.operation.result =
            perform(cache, prefix + std::to_string(telling.key), telling.operation);
        if (!lies) tell(telling);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  return 1;
}

int run(const Arguments& arguments) {
  if (arguments.mode == "write") return write(arguments, false);
  if (arguments.mode == "early") return write(arguments, true);
  if (arguments.mode == "dump") return dump(arguments);
  if (arguments.mode == "list") return list(arguments);
  if (arguments.mode == "do") return perform(arguments);
  if (arguments.mode == "history") return history(arguments, false);
  if (arguments.mode == "lies") return history(arguments, true);
  return 2;
}

}  // namespace
}  // namespace cairn::test::durability

int main(int count, char** arguments) try {
  if (count < 5) return 2;
  return cairn::test::durability::run({arguments[1],
                                       arguments[2],
                                       arguments[3],
                                       std::stoll(arguments[4]),
                                       {arguments + 5, arguments + count}});
} catch (const std::exception& error) {
  std::cerr << "kill_child: " << error.what() << '\n';
  return 1;
}
