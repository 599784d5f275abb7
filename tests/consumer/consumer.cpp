// A program of someone who has cairn installed: writes to the cache in argv[1] and reads it back.
#include <cairn/caches.h>
#include <cairn/version.h>

#include <iostream>
#include <optional>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  cairn::Cache cache = cairn::Cache::open(argv[1]);
  cache.set("greeting", "hello");
  const std::string greeting = cache.get("greeting").value_or("nothing");
  cache.set("maybe", std::optional<int>(5));  // each kind of value needs something of the library
  cache.set("text", static_cast<const char*>("a C string"));
  cache.set("flag", true);
  cache.set("real", 2.5);
  const auto maybe = cache.get<std::optional<int>>("maybe");
  if (!maybe || *maybe != 5) return 1;
  if (!cache.get("flag", false) || cache.get("real", 0.0) < 2) return 1;
  std::cout << "cairn " << CAIRN_VERSION << " says " << greeting << '\n';
  return greeting == "hello" ? 0 : 1;
}
