#include "operations/stores.h"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace bench {
namespace {

using namespace std::chrono_literals;

// The log is handed to the kernel and not synced, as raw RocksDB does by default.
constexpr auto durability = cairn::Durability::process_crash;

void fill(Stores& stores, const cairn::SetOptions& options) {
  for (std::size_t i = 0; i < key_count; ++i) {
    const std::string key = numbered("user", i);
    stores.cache.set(key, value(i), options);
    stores.raw.put(key, value(i));
  }
}

void fill_counters(Stores& stores) {
  for (std::size_t i = 0; i < counter_count; ++i) {
    const std::string key = numbered("hits", i);
    stores.cache.set(key, 0, {.timeout = cairn::never});
    stores.raw.put(key, std::string(24, '\0'));
  }
}

void prepare(Stores& stores, Stage stage) {
  switch (stage) {
    case Stage::memtable:
      fill(stores, {.timeout = cairn::never});
      break;
    case Stage::tables:
      fill(stores, {.timeout = cairn::never});
      stores.cache.compact();
      stores.raw.compact();
      break;
    case Stage::expired:
      fill(stores, {.timeout = 1ms});
      std::this_thread::sleep_for(2ms);
      break;
    case Stage::writing:
      fill(stores, {.timeout = 1h});
      fill_counters(stores);
      break;
    case Stage::typed:
    case Stage::grown:
    case Stage::fresh:
      break;
  }
}

struct Everything {
  std::mutex mutex;
  std::filesystem::path directory;
  std::map<Stage, std::unique_ptr<Stores>> open;
};

Everything& everything() {
  static Everything all;
  return all;
}

}  // namespace

void open_stores(const std::filesystem::path& directory) { everything().directory = directory; }

void close_stores() { everything().open.clear(); }

Stores& stores(Stage stage) {
  Everything& all = everything();
  const std::lock_guard lock(all.mutex);
  std::unique_ptr<Stores>& found = all.open[stage];
  if (!found) {
    const std::string name = std::to_string(static_cast<int>(stage));
    found = std::make_unique<Stores>(
        Stores{cairn::Cache::open(all.directory / ("cairn" + name), {},
                                  {.durability = durability, .memory_budget = memory_budget}),
               RawStore(all.directory / ("raw" + name))});
    prepare(*found, stage);
  }
  return *found;
}

}  // namespace bench
