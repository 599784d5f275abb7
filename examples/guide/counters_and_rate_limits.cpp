// The code of docs/guide/counters_and_rate_limits.md: counters that are exact, and what is made of
// them.
#include <cairn/caches.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <string>

using namespace std::chrono_literals;

namespace {

void count(cairn::Cache& cache) {
  // [count]
  const std::int64_t visits = cache.incr("visits", 1, {.initial = 0, .timeout = cairn::never});
  const std::int64_t credit = cache.decr("credit:ada", 5, {.initial = 100, .timeout = 24h});
  const std::int64_t number = cache.get("visits", std::int64_t{0});  // 0 if nobody has counted yet
  // [count]
  std::cout << "visit " << visits << " of " << number << ", credit " << credit << "\n";
}

void number_invoices(cairn::Cache& cache) {
  // [numbers]
  cache.add("invoice", 2026'0000, {.timeout = cairn::never});  // does nothing if it is there
  const std::int64_t invoice =
      cache.incr("invoice", 1, {.durability = cairn::Durability::power_loss});
  // [numbers]
  std::cout << "invoice " << invoice << "\n";
}

void count_many(cairn::Cache& cache) {
  cache.set_many({{"sent", 0}, {"bytes", 0}}, {.timeout = cairn::never});
  // [many]
  cache.incr_many({{"sent", 1}, {"bytes", 1536}});  // "sent" and "bytes" are there
  // [many]
  std::cout << "bytes " << cache.get("bytes", 0) << "\n";
}

// [collect]
std::map<std::string, std::int64_t> collect(cairn::Cache& cache) {
  std::map<std::string, std::int64_t> totals;
  for (const std::string& key : cache.keys("views:")) {
    if (const auto views = cache.pop<std::int64_t>(key)) totals[key] = *views;
  }
  return totals;
}
// [collect]

void collect_views(cairn::Cache& cache) {
  for (const char* page : {"home", "home", "about"}) {
    cache.incr(std::string("views:") + page, 1, {.initial = 0, .timeout = cairn::never});
  }
  for (const auto& [key, views] : collect(cache)) std::cout << key << " " << views << "\n";
  std::cout << collect(cache).size() << " are left\n";
}

// [limit]
struct Verdict {
  bool allowed;
  std::chrono::milliseconds retry_after;  // 0 if allowed
};

Verdict admit(cairn::Cache& limits, const std::string& client, std::int64_t most,
              std::chrono::seconds window) {
  const std::string key = "requests:" + client;
  // The first request makes the counter, and with it the window; later ones leave the expiry alone.
  if (limits.incr(key, 1, {.initial = 0, .timeout = window}) <= most) return {true, 0ms};
  return {false, limits.ttl(key).value_or(0ms).duration()};
}
// [limit]

void limit(cairn::Cache& limits) {
  for (int i = 0; i < 4; ++i) {
    const Verdict verdict = admit(limits, "198.51.100.7", 3, 60s);
    std::cout << (verdict.allowed ? "allowed" : "refused") << "\n";
  }
}

void mistakes(cairn::Cache& cache) {
  cache.set("name", "Ada");
  // [mistakes]
  try {
    cache.incr("no-such-counter");
  } catch (const cairn::KeyNotFound&) {
    std::cout << "nobody has made it\n";
  }
  const std::optional<std::int64_t> none = cache.try_incr("no-such-counter");  // empty instead
  try {
    cache.incr("name");  // holds text
  } catch (const cairn::WrongType&) {
    std::cout << "it holds text\n";
  }
  // [mistakes]
  std::cout << (none ? "some" : "none") << "\n";
}

}  // namespace

int main() try {
  cairn::Caches caches("counters.cache", {{"default", {}}, {"limits", {}}});
  count(caches["default"]);
  number_invoices(caches["default"]);
  count_many(caches["default"]);
  collect_views(caches["default"]);
  limit(caches["limits"]);
  mistakes(caches["default"]);
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
