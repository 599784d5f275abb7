#include "keys.h"

#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <utility>

namespace bench {

std::string numbered(std::string_view name, std::size_t number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, ":%08zu", number);
  return std::string(name) + digits;
}

std::string value(std::size_t number, std::size_t size) {
  std::string made(size, 'v');
  std::uint64_t state = number * 2 + 1;
  for (std::size_t i = 0; i < size / 2; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    made[i] = static_cast<char>('!' + (state >> 33) % 90);
  }
  return made;
}

Picker::Picker(std::string_view name, std::size_t count)
    : keys_([&]() -> const std::vector<std::string>& {
        static std::mutex mutex;
        static std::map<std::pair<std::string, std::size_t>, std::vector<std::string>> made;
        const std::lock_guard lock(mutex);
        std::vector<std::string>& keys = made[{std::string(name), count}];
        for (std::size_t i = keys.size(); i < count; ++i) keys.push_back(numbered(name, i));
        return keys;
      }()),
      state_([] {
        static std::atomic<std::uint64_t> made{0};
        return made.fetch_add(1) * 0x9e3779b97f4a7c15u;
      }()) {}

const std::string& Picker::next() {
  state_ = state_ * 6364136223846793005u + 1442695040888963407u;
  return keys_[(state_ >> 33) % keys_.size()];
}

}  // namespace bench
