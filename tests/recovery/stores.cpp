#include "recovery/stores.h"

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/live_directory.h"

namespace cairn::test {
namespace fs = std::filesystem;
namespace {

std::string key(int number) { return "key-" + std::to_string(number); }

// RocksDB removes the one before in its own time.
void remove_old_manifests(const fs::path& directory) {
  std::string current;
  std::ifstream(directory / "CURRENT") >> current;
  std::vector<fs::path> old;
  for (const fs::directory_entry& each : fs::directory_iterator(directory)) {
    const std::string name = each.path().filename().native();
    if (name.starts_with("MANIFEST-") && name != current) old.push_back(each.path());
  }
  for (const fs::path& each : old) fs::remove(each);
}

void write(Cache& cache, int from, int to) {
  for (int i = from; i < to; ++i) cache.set(key(i), std::string(100, 'v'), {.timeout = never});
}

}  // namespace

void Left::closed(bool flushed) const {
  Cache cache = Cache::open(path(), {}, {.durability = Durability::process_crash});
  write(cache, 0, 10);
  if (flushed) cache.compact();
  cache.close();
}

void Left::killed(Durability durability) const {
  const fs::path alive = directory_ / "alive";
  {
    Cache cache = Cache::open(alive, {}, {.durability = durability});
    write(cache, 0, 10);
    cache.sync();
    write(cache, 10, 20);
    fs::remove_all(path());
    copy_live(alive, path());
    remove_old_manifests(path());
    cache.close();
  }
  fs::permissions(path(), fs::perms::owner_all);
  fs::remove_all(alive);
}

fs::path Left::file(const std::string& part) const {
  fs::path found;
  for (const fs::directory_entry& each : fs::directory_iterator(path())) {
    const std::string name = each.path().filename().native();
    if (!name.starts_with(part) && !name.ends_with(part)) continue;
    if (!found.empty()) throw std::runtime_error("two files " + part);
    found = each.path();
  }
  if (found.empty()) throw std::runtime_error("no file " + part);
  return found;
}

int count_values(const Cache& cache) {
  int count = 0;
  for (int i = 0; i < 20; ++i) {
    if (cache.get(key(i)) == std::string(100, 'v')) ++count;
  }
  return count;
}

void truncate_by(const fs::path& path, std::uintmax_t bytes) {
  fs::resize_file(path, fs::file_size(path) - bytes);
}

void flip_bit(const fs::path& path, std::uintmax_t offset, int bit) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(offset));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte ^ (1 << bit)));
}

}  // namespace cairn::test
