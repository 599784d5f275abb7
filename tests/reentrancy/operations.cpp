// The columns of the table.
#include <cairn/inspect.h>

#include <algorithm>

#include "reentrancy/table.h"

namespace cairn::test {
namespace {

using std::filesystem::path;

constexpr std::int64_t seeded = 7;

bool lists(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool exports(const path& location) {
  std::size_t records = 0;
  const StoreView view(location);
  for (const std::string& family : view.families()) {
    view.for_each(family, {}, [&](const RecordInfo&) { return ++records > 0; });
  }
  return records > 0;
}

// In the order in which they are done: what empties and closes comes last.
std::vector<Operation> made() {
  using S = Scene;
  return {
      {"get", false, [](S&, Cache& c, auto&) { return c.get("text") == "a value"; }},
      {"contains", false, [](S&, Cache& c, auto&) { return c.contains("text"); }},
      {"get_many", false,
       [](S&, Cache& c, auto&) {
         return c.get_many({"text", "absent"}).size() == 1;
       }},
      {"ttl", false, [](S&, Cache& c, auto&) { return c.ttl("text").has_value(); }},
      {"keys", false, [](S&, Cache& c, auto&) { return lists(c.keys(), "text"); }},
      {"for_each_key", false,
       [](S&, Cache& c, auto&) {
         bool met = false;
         c.for_each_key("text", [&](std::string_view) { return met = true; });
         return met;
       }},
      {"stats", false, [](S&, Cache& c, auto&) { return !c.stats().backend.empty(); }},
      {"sync", false, [](S&, Cache& c, auto&) { return c.sync(), true; }},
      {"set", true,
       [](S&, Cache& c, auto&) { return c.set("set", 1), c.template get<int>("set") == 1; }},
      {"add", true, [](S&, Cache& c, auto&) { return c.add("added", 1); }},
      {"set_many", true,
       [](S&, Cache& c, auto&) {
         return c.set_many({{"a", 1}, {"b", "text"}}).empty();
       }},
      {"get_or_set", true,
       [](S&, Cache& c, auto&) { return c.get_or_set("made", [] { return 3; }) == 3; }},
      {"get_or_set of what is there", false,
       [](S&, Cache& c, auto&) { return c.get_or_set("text", "another") == "a value"; }},
      {"update", true,
       [](S&, Cache& c, auto&) {
         return c.template update<int>("updated", [](auto) { return 5; }) == 5;
       }},
      {"touch", true, [](S&, Cache& c, auto&) { return c.touch("text"); }},
      {"expire_at", true,
       [](S&, Cache& c, auto&) {
         return c.expire_at("text", std::chrono::system_clock::now() + std::chrono::hours(1));
       }},
      {"incr", true, [](S&, Cache& c, auto&) { return c.incr("number") == seeded + 1; }},
      {"incr_many", true,
       [](S&, Cache& c, auto&) {
         return c.incr_many({{"number", 1}}), true;
       }},
      {"incr_version", true, [](S&, Cache& c, auto&) { return c.incr_version("moved") == 2; }},
      {"pop", true, [](S&, Cache& c, auto&) { return c.pop("popped") == "p"; }},
      {"erase", true, [](S&, Cache& c, auto&) { return c.erase("erased"); }},
      {"erase_many", true,
       [](S&, Cache& c, auto&) {
         return c.erase_many({"erased-a", "absent"}) == 1;
       }},
      {"erase_prefix", true, [](S&, Cache& c, auto&) { return c.erase_prefix("erased-b") == 1; }},
      {"expire", true, [](S&, Cache& c, auto&) { return c.expire(), true; }},
      {"compact", true, [](S&, Cache& c, auto&) { return c.compact(), true; }},
      {"checkpoint", false,
       [](S& s, Cache& c, auto&) {
         const path copy = s.path(s.fresh("copy"));
         try {
           c.checkpoint(copy);
         } catch (const InvalidOption&) {
           return !s.on_disk();
         }
         return std::filesystem::exists(copy / "CURRENT");
       }},
      {"StoreView", false,
       [](S& s, Cache&, const path& location) { return !s.on_disk() || exports(location); }, true},
      {"open", false,
       [](S& s, Cache& c, const path& location) {
         const bool own = location == s.location();
         const Cache fresh = Cache::open(location, {.column_family = c.options().column_family},
                                         own ? s.store() : StoreOptions());
         return fresh.contains("text");
       }},
      {"first use of an alias", true,
       [](S& s, Cache&, const path& location) {
         const bool own = location == s.location();
         Cache fresh = Cache::open(location, {.column_family = s.fresh("alias")},
                                   own ? s.store() : StoreOptions());
         fresh.set("key", 1);  // makes a column family
         return fresh.get<int>("key") == 1;
       },
       false, true},
      {"cull", true, [](S&, Cache& c, auto&) { return c.cull(), true; }},
      {"clear", true, [](S&, Cache& c, auto&) { return c.clear(), !c.contains("text"); }},
      {"close", false, [](S&, Cache& c, auto&) { return c.close(), true; }, true},
  };
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = made();
  return all;
}

}  // namespace cairn::test
