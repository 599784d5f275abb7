// A program of someone who has cairn installed: writes to the cache in argv[1] and reads it back.
#include <cairn/caches.h>
#include <cairn/version.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  cairn::Cache cache = cairn::Cache::open(argv[1]);
  cache.set("greeting", "hello");
  const std::string greeting = cache.get("greeting").value_or("nothing");
  std::cout << "cairn " << CAIRN_VERSION << " says " << greeting << '\n';
  return greeting == "hello" ? 0 : 1;
}
