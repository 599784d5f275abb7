#include "conformance/contract.h"

#include "backend/rocksdb/rocksdb_backend.h"

namespace cairn::test {
namespace {

std::string custom_key(std::string_view key, std::string_view prefix, std::int64_t version) {
  return "CUSTOM-" + std::string(prefix) + "-" + std::to_string(version) + "-" + std::string(key);
}

CacheOptions sharing(CacheOptions options) {
  if (options.column_family.empty()) options.column_family = "shared";
  return options;
}

Caches::Configuration aliases() {
  register_key_function("tests.custom_key", custom_key);
  return {
      {"default", sharing({})},
      {"prefix", sharing({.key_prefix = "cacheprefix"})},
      {"v2", sharing({.version = 2})},
      {"custom_key", sharing({.key_function = custom_key})},
      {"custom_key2", sharing({.key_function = "tests.custom_key"})},
      {"cull", sharing({.max_entries = 30})},
      {"zero_cull", sharing({.max_entries = 30, .cull_frequency = 0})},
  };
}

std::filesystem::path location_in(const TempDirectory& directory) {
  if (testing::TestWithParam<Ground>::GetParam().backend == "rocksdb") return directory / "cache";
  return "memory:" + directory.path().filename().native();  // a name of this test's own
}

// Reads everything, so that it is found in memory from then on, past what counts and checks keys.
void heat(RocksdbBackend& backend) {
  Reads::Listing listing;
  do {
    listing = backend.list(listing.next, {}, 1000);
    for (const std::string& key : listing.keys) backend.read(key);
  } while (!listing.next.empty());
}

}  // namespace

Contract::Contract() : location_(location_in(directory_)), caches_(location_, aliases(), store()) {}

StoreOptions Contract::store() {
  // What expires is removed when a test says so.
  return {.record_memory = GetParam().record_memory,
          .reclaim_interval = 0ms,
          .clock = [this, time = clock.source()] {
            if (on_clock_read) on_clock_read();
            return time();
          }};
}

Cache& Contract::open(CacheOptions options) {
  cache();  // opens, with the clock of all of them
  return opened_.emplace_back(Cache::open(location_, sharing(std::move(options)), store()));
}

void Contract::settle() {
  switch (GetParam().state) {
    case State::fresh:
      break;
    case State::compacted:
      cache().compact();
      break;
    case State::hot:
      heat(*RocksdbStore::at(location_, store())->backend("shared"));
      break;
    case State::reopened:
      caches_.close_all();
      for (Cache& each : opened_) each.close();
      break;
  }
}

}  // namespace cairn::test
