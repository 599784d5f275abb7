#include "api/open_backend.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include <cairn/error.h>
#include "backend/dummy_backend.h"
#include "backend/memory_backend.h"
#include "backend/rocksdb/memory_shares.h"
#include "backend/rocksdb/rocksdb_backend.h"
#include "backend/rocksdb/rocksdb_store.h"
#include "backend/same_clock.h"
#include "process/fork_guard.h"
#include "store/directory/directory.h"

namespace cairn {
namespace {

constexpr std::uint64_t largest_value = 2ull << 30;
constexpr std::uint64_t smallest_budget = 8ull << 20;

// Names become parts of file names and of column family names.
bool usable_name(std::string_view name) {
  const auto usable = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), usable);
}

[[noreturn]] void refuse(std::string_view alias, const std::string& why) {
  throw InvalidOption("cache " + quote(alias) + ": " + why);
}

// "memory" of "memory:NAME"; empty for a path.
std::string_view scheme(std::string_view location) {
  const std::size_t colon = location.find(':');
  if (colon == std::string_view::npos || colon < 2) return {};
  const std::string_view word = location.substr(0, colon);
  const auto lower = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return std::all_of(word.begin(), word.end(), lower) ? word : std::string_view();
}

bool is_location(const std::string& text) {
  return !text.empty() && text.find('\0') == std::string::npos;
}

std::shared_ptr<Backend> open_memory(const std::string& name, const std::string& family,
                                     const StoreOptions& store) {
  // By location and family, and by the process: a child does not use what it has inherited.
  using Name = std::tuple<std::string, std::string, int>;
  static auto* const mutex = new process::StaticMutex;
  static auto* const caches = new std::map<Name, std::weak_ptr<MemoryBackend>>;
  static auto* const looked_at = new std::size_t(32);
  process::ForkGuard::notice();
  // Made beforehand: it reads the clock, which may be the caller's, and use another cache.
  const auto fresh = std::make_shared<MemoryBackend>(name, store.clock);
  std::shared_ptr<MemoryBackend> found;
  {
    const std::lock_guard lock(*mutex);
    if (caches->size() >= *looked_at * 2) {  // names that are gone
      std::erase_if(*caches, [](const auto& each) { return each.second.expired(); });
      *looked_at = std::max<std::size_t>(caches->size(), 32);
    }
    std::weak_ptr<MemoryBackend>& slot = (*caches)[{name, family, process::ForkGuard::forks()}];
    found = slot.lock();
    if (!found) {
      slot = fresh;
      return fresh;
    }
  }
  if (!same_clock(found->clock_source(), store.clock, found->rank())) {
    throw InvalidOption("location " + quote("memory:" + name) +
                        " is in use in this process with another clock; give all its caches the "
                        "same");
  }
  return found;
}

void check_record_memory(std::string_view alias, const StoreOptions& store) {
  if (!store.record_memory || *store.record_memory == 0) return;
  const std::string asked = "record_memory is " + std::to_string(*store.record_memory) + " bytes";
  if (*store.record_memory < MemoryShares::least_records) {
    refuse(alias,
           asked + "; give 0 for none, or at least " + std::to_string(MemoryShares::least_records));
  }
  if (*store.record_memory > store.memory_budget - MemoryShares::least_engine) {
    refuse(alias, asked + " of a memory_budget of " + std::to_string(store.memory_budget) +
                      ", and blocks and write buffers need at least " +
                      std::to_string(MemoryShares::least_engine) + "; give at most " +
                      std::to_string(store.memory_budget - MemoryShares::least_engine));
  }
}

}  // namespace

void check_options(std::string_view alias, const CacheOptions& options, const StoreOptions& store) {
  const std::string rule = " may have 1 to 64 letters, digits, '.', '_' and '-'";
  if (!usable_name(alias)) refuse(alias, "an alias" + rule);
  if (!options.column_family.empty() && !usable_name(options.column_family)) {
    refuse(alias, "column_family " + quote(options.column_family) + rule);
  }
  if (options.cull_frequency < 0) {
    refuse(alias, "cull_frequency is " + std::to_string(options.cull_frequency) +
                      "; give 0 (empty the cache) or more");
  }
  if (options.max_entries && *options.max_entries < -1) {
    refuse(alias, "max_entries is " + std::to_string(*options.max_entries) +
                      "; give a number of entries, or leave it out for no limit");
  }
  if (options.max_value_size > largest_value) {
    refuse(alias, "max_value_size exceeds 2 GiB");
  }
  if (store.durability > Durability::power_loss || store.durability < Durability::clean_close) {
    refuse(alias, "durability is none of the four levels");
  }
  if (store.on_damage > OnDamage::start_empty || store.on_damage < OnDamage::refuse) {
    refuse(alias, "on_damage is none of the three");
  }
  if (store.memory_budget < smallest_budget) refuse(alias, "memory_budget is less than 8 MiB");
  check_record_memory(alias, store);
  if (store.sync_interval <= std::chrono::milliseconds::zero()) {
    refuse(alias, "sync_interval is not positive; use Durability::power_loss to sync every write");
  }
  if (store.max_write_delay < std::chrono::milliseconds::zero()) {
    refuse(alias, "max_write_delay is negative; give 0 to wait as long as it takes");
  }
  if (store.reclaim_interval < std::chrono::milliseconds::zero()) {
    refuse(alias, "reclaim_interval is negative; give 0 to reclaim nothing by itself");
  }
}

std::filesystem::path resolve_location(const std::filesystem::path& location) {
  const std::string& text = location.native();
  if (!is_location(text)) return location;  // open_backend() refuses it
  const std::string_view backend = scheme(text);
  if (backend.empty()) return store::absolute_path(location);
  const std::string rest = text.substr(backend.size() + 1);
  if (backend != "rocksdb" || rest.empty()) return location;
  return "rocksdb:" + store::absolute_path(rest).native();
}

std::shared_ptr<Backend> open_backend(const std::filesystem::path& location,
                                      const std::string& family, const StoreOptions& store) {
  const std::string& text = location.native();
  if (!is_location(text)) {
    throw InvalidCacheBackend("location " + quote(text) +
                              " is not one; give a directory, 'memory:NAME' or 'dummy:'");
  }
  const std::string_view backend = scheme(text);
  const std::string rest = backend.empty() ? text : text.substr(backend.size() + 1);
  if (backend.empty() || (backend == "rocksdb" && !rest.empty())) {
    return RocksdbStore::at(rest, store)->backend(family);
  }
  if (backend == "memory") return open_memory(rest, family, store);
  if (backend == "dummy") return std::make_shared<DummyBackend>();
  throw InvalidCacheBackend("Could not find backend " + quote(backend) +
                            ": no such backend; give a directory (as './" + text +
                            "' if that is one), 'memory:NAME' or 'dummy:'");
}

}  // namespace cairn
