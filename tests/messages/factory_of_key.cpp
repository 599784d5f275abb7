// says: a factory takes no argument: capture the key, get_or_set(key, [&] { return load(key)
#include <functional>
#include <string>
#include <string_view>

#include <cairn/cache.h>

std::string load_text(std::string_view key);

std::string factory_of_key(cairn::Cache& cache, const std::string& key) {
#ifdef MISTAKE
  const std::function<std::string(const std::string&)> load = load_text;
  return cache.get_or_set(key, [](std::string_view missing) { return load_text(missing); }) +
         cache.get_or_set(key, load) + cache.get_or_set(key, load_text);
#else
  return cache.get_or_set(key, [&] { return load_text(key); });
#endif
}
