// How fast the tool reads a large store, and in how much memory: `cairn dump` and `cairn export`
// beside a bare RocksDB iterator over the same files.
//
//   dump [--records N] [--rounds N] [--directory DIRECTORY] [--keep] CAIRN
//
// Each reader is a process of its own, so that its peak memory is its own.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <rocksdb/db.h>
#include <CLI/CLI.hpp>

#include <cairn/caches.h>
#include <cairn/transfer.h>

namespace {

namespace fs = std::filesystem;

constexpr std::size_t batch_size = 1000;
constexpr std::size_t value_size = 100;

// Fills `value` with text that does not compress to nothing.
void make(std::string& value, std::uint64_t number) {
  value.clear();
  for (std::uint64_t state = number + 1; value.size() < value_size;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value += static_cast<char>('a' + (state >> 33) % 26);
  }
}

void fill(const fs::path& directory, std::uint64_t records) {
  {
    cairn::StoreWriter writer(directory);
    std::vector<cairn::RawRecord> batch(batch_size);
    for (std::uint64_t number = 0; number < records;) {
      batch.resize(std::min<std::uint64_t>(batch_size, records - number));
      for (cairn::RawRecord& each : batch) {
        char key[32];
        std::snprintf(key, sizeof key, ":1:key-%010llu", static_cast<unsigned long long>(number));
        each.key = key;
        each.kind = cairn::ValueKind::bytes;
        each.written_at = cairn::RawRecord::Time(std::chrono::milliseconds(1'700'000'000'000));
        make(each.payload, number++);
      }
      writer.write(batch);
    }
    writer.close();
  }
  cairn::Cache::open(directory).compact();  // rewrites: no log, one level
}

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

// What the tool is measured against.
void iterate(const fs::path& directory) {
  std::vector<std::string> names;
  check(rocksdb::DB::ListColumnFamilies({}, directory.native(), &names));
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names)
    descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  check(rocksdb::DB::OpenForReadOnly({}, directory.native(), descriptors, &handles, &raw));
  const std::unique_ptr<rocksdb::DB> db(raw);
  std::size_t bytes = 0;
  for (rocksdb::ColumnFamilyHandle* const each : handles) {
    const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, each));
    for (at->SeekToFirst(); at->Valid(); at->Next()) bytes += at->key().size() + at->value().size();
    check(at->status());
  }
  for (rocksdb::ColumnFamilyHandle* const each : handles) db->DestroyColumnFamilyHandle(each);
  if (bytes == 0) throw std::runtime_error("the store is empty");
}

struct Cost {
  double seconds;
  double cpu_seconds;
  double peak_mib;
};

// Runs something in a process of its own, its output going nowhere.
Cost run(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    try {
      work();
      ::_exit(0);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "dump: %s\n", error.what());
      ::_exit(1);
    }
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || ::wait4(child, &status, 0, &usage) != child || status != 0) {
    throw std::runtime_error("a reader failed");
  }
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          seconds(usage.ru_utime) + seconds(usage.ru_stime),
          static_cast<double>(usage.ru_maxrss) / 1024};
}

struct Contestant {
  const char* name;
  std::function<void()> work;
  std::vector<Cost> costs = {};
};

double median(const std::vector<Cost>& costs, double Cost::*what) {
  std::vector<double> values;
  for (const Cost& each : costs) values.push_back(each.*what);
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Everybody takes his turn in every round, so that what else the machine does meets all alike.  A
// round before the first one fills the system's cache.
void contest(std::vector<Contestant>& all, unsigned rounds, std::uint64_t records) {
  for (Contestant& each : all) run(each.work);
  for (unsigned round = 0; round < rounds; ++round) {
    for (Contestant& each : all) each.costs.push_back(run(each.work));
  }
  const double least_cpu = median(all.front().costs, &Cost::cpu_seconds);
  const double least = median(all.front().costs, &Cost::seconds);
  for (const Contestant& each : all) {
    const double seconds = median(each.costs, &Cost::seconds);
    const double cpu = median(each.costs, &Cost::cpu_seconds);
    std::printf("%-28s %10.0f records/s %7.2f s %4.0f %% %7.2f s CPU %4.0f %% %7.1f MiB\n",
                each.name, static_cast<double>(records) / seconds, seconds, 100 * least / seconds,
                cpu, 100 * least_cpu / cpu, median(each.costs, &Cost::peak_mib));
  }
}

std::function<void()> command(std::vector<std::string> arguments) {
  return [arguments = std::move(arguments)]() mutable {
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    ::execv(pointers[0], pointers.data());
    throw std::runtime_error("cannot start " + arguments[0]);
  };
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("How fast the tool reads a large store.");
  std::string tool;
  std::uint64_t records = 1'000'000;
  fs::path directory = fs::temp_directory_path() / "cairn-bench-dump";
  bool keep = false;
  unsigned rounds = 3;
  app.add_option("CAIRN", tool, "The tool")->required()->check(CLI::ExistingFile);
  app.add_option("--records", records, "How many records")->capture_default_str();
  app.add_option("--directory", directory, "Where to make the store; used if it is there");
  app.add_option("--rounds", rounds, "How often each reads; medians count")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--keep", keep, "Leave the store for the next run");
  CLI11_PARSE(app, argc, argv);

  // Before this process has any memory or thread that a child would inherit.
  if (!fs::exists(directory)) run([&] { fill(directory, records); });
  const std::string store = directory.native();
  std::vector<Contestant> all;
  all.push_back({"bare RocksDB iterator", [&] { iterate(directory); }});
  for (const char* format : {"jsonl", "csv", "table"}) {
    all.push_back({format, command({tool, "dump", store, "--format", format})});
  }
  all.push_back({"export", command({tool, "export", store})});
  contest(all, rounds, records);
  if (!keep) fs::remove_all(directory);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "dump: %s\n", error.what());
  return 1;
}
