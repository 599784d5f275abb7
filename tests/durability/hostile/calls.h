// Every call that a cache has, for those who must be refused all of them.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <cairn/caches.h>

namespace cairn::test::durability {

using Call = std::pair<const char*, std::function<void()>>;

inline std::vector<Call> every_call(Cache& cache, Caches& caches, const std::string& directory) {
  return {
      {"get", [&] { cache.get("key"); }},
      {"get with a fallback", [&] { cache.get("key", 1); }},
      {"contains", [&] { cache.contains("key"); }},
      {"get_many", [&] { cache.get_many({"key"}); }},
      {"ttl", [&] { cache.ttl("key"); }},
      {"keys", [&] { cache.keys(); }},
      {"set", [&] { cache.set("key", 2); }},
      {"set that removes", [&] { cache.set("key", 2, {.timeout = std::chrono::seconds(0)}); }},
      {"add", [&] { cache.add("new", 2); }},
      {"set_many",
       [&] {
         cache.set_many({{"key", 2}});
       }},
      {"get_or_set", [&] { cache.get_or_set("new", 2); }},
      {"touch", [&] { cache.touch("key"); }},
      {"expire_at", [&] { cache.expire_at("key", std::chrono::system_clock::now()); }},
      {"erase", [&] { cache.erase("key"); }},
      {"erase_many", [&] { cache.erase_many({"key"}); }},
      {"erase_prefix", [&] { cache.erase_prefix("k"); }},
      {"pop", [&] { cache.pop<int>("key"); }},
      {"update", [&] { cache.update<int>("key", [](auto) { return 2; }); }},
      {"clear", [&] { cache.clear(); }},
      {"incr", [&] { cache.incr("key"); }},
      {"decr", [&] { cache.decr("key"); }},
      {"try_incr", [&] { cache.try_incr("key"); }},
      {"incr_many",
       [&] {
         cache.incr_many({{"key", 1}});
       }},
      {"incr_version", [&] { cache.incr_version("key"); }},
      {"expire", [&] { cache.expire(); }},
      {"compact", [&] { cache.compact(); }},
      {"stats", [&] { cache.stats(); }},
      {"sync", [&] { cache.sync(); }},
      {"checkpoint", [&, directory] { cache.checkpoint(directory + "-copy"); }},
      {"open the same directory", [&, directory] { Cache::open(directory); }},
      {"open another directory", [&, directory] { Cache::open(directory + "-other"); }},
      {"an alias that was not used", [&] { caches["two"].get("key"); }},
      {"an alias that was used", [&] { caches["one"].get("key"); }},
  };
}

}  // namespace cairn::test::durability
