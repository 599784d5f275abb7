// The code of docs/guide/operations.md: a cache as a program in production opens, watches, copies
// and closes it.
#include <cairn/caches.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

void report(std::string_view what) { std::cerr << "cache: " << what << '\n'; }

// [open]
cairn::StoreOptions store_options() {
  return {
      .durability = cairn::Durability::interval,
      .memory_budget = 512 << 20,
      .max_write_delay = 2s,
      .on_damage = cairn::OnDamage::start_empty,
      .logger = report,
      .on_recovery =
          [](const cairn::RecoveryReport& recovery) {
            report("opened after a crash in " + std::to_string(recovery.took.count()) +
                   " ms; synced writes lost: " + std::to_string(recovery.lost_writes));
            for (const std::string& finding : recovery.findings) report(finding);
          },
      .on_health =
          [](const cairn::Health& health) {
            report(health.condition == cairn::Condition::healthy ? "works again" : health.cause);
          }};
}
// [open]

// [watch]
// What a monitoring system is told, in Prometheus' text format.
void print_metrics(const cairn::Stats& stats, std::ostream& out) {
  const std::string label = "{cache=\"" + stats.column_family + "\"} ";
  for (const cairn::StatsCounter& counter : cairn::stats_counters) {
    out << "cache_" << counter.name << "_total" << label << stats.*counter.value << '\n';
  }
  out << "cache_disk_bytes" << label << stats.disk_bytes << '\n'
      << "cache_memory_bytes" << label << stats.memory_bytes << '\n'
      << "cache_condition" << label << static_cast<int>(stats.health.condition) << '\n'
      << "cache_failures_total" << label << stats.health.failures << '\n';
}
// [watch]

// [expire]
// At night, for as long as there is time.
std::uint64_t expire_until(cairn::Cache& cache, std::chrono::steady_clock::time_point end) {
  return cache.expire([&](const cairn::ExpireProgress& now) {
    report("expired " + std::to_string(now.done) + " of " + std::to_string(now.total) + " bytes");
    return std::chrono::steady_clock::now() < end;
  });
}
// [expire]

// [backup]
// A copy of the whole store beside it, whole or not there at all.
void back_up(cairn::Cache& cache, const fs::path& backups) {
  fs::create_directories(backups);
  cache.checkpoint(backups / "next");
  fs::remove_all(backups / "latest");
  fs::rename(backups / "next", backups / "latest");
}
// [backup]

// [open errors]
cairn::Cache open_or_do_without(const fs::path& directory) {
  try {
    return cairn::Cache::open(directory, {}, store_options());
  } catch (const cairn::Error& error) {
    report(error.what());                                 // names the directory, and what to do
    if (error.code() == cairn::ErrorCode::locked) throw;  // a second instance: better to end
    return cairn::Cache::open("dummy:");
  }
}
// [open errors]

}  // namespace

int main() try {
  {
    cairn::Cache cache = open_or_do_without("app.cache");
    cache.set("greeting", "hello", {.timeout = cairn::never});
    cache.get("greeting");
    cache.get("missing");
    print_metrics(cache.stats(), std::cout);
    back_up(cache, "backups");
    back_up(cache, "backups");
    expire_until(cache, std::chrono::steady_clock::now() + 1min);
  }
  const cairn::Cache copy = cairn::Cache::open("backups/latest");
  std::cout << "the copy says " << copy.get("greeting").value_or("nothing") << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
