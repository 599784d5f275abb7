// says: a factory takes no argument: capture the key, get_or_set(key, [&] { return load(key)
#include <functional>
#include <string>
#include <string_view>

#include <cairn/boost.h>
#include <cairn/cache.h>

// A value that can also be called with a string is still a value.
struct Dictionary {
  std::vector<std::string> words;
  std::size_t operator()(std::string_view text) const { return words.size() + text.size(); }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& words;
  }
};

Dictionary load_words(std::string_view key);

std::size_t factory_of_key_with_boost(cairn::Cache& cache, const std::string& key) {
#ifdef MISTAKE
  const std::function<Dictionary(std::string)> load = load_words;
  return cache.get_or_set(key, [](std::string_view missing) { return load_words(missing); })("a") +
         cache.get_or_set(key, [&](std::string_view) { return load_words(key); })("b") +
         cache.get_or_set(key, load)("c") + cache.get_or_set(key, load_words)("d");
#else
  return cache.get_or_set(key, [&] { return load_words(key); })("a") +
         cache.get_or_set(key, Dictionary{{"b"}})("c");
#endif
}
