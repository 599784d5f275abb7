// The keys and values that benchmarks write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// "user:00012345".
std::string numbered(std::string_view name, std::size_t number);
/// Half compressible, as values are.
std::string value(std::size_t number, std::size_t size = 100);

/// Keys NAME:0 to NAME:COUNT-1 in random order; every picker has an order of its own, so that no
/// side finds warm in the processor's caches what the other has just read.
class Picker {
 public:
  explicit Picker(std::string_view name = "user", std::size_t count = 100'000);
  const std::string& next();

 private:
  const std::vector<std::string>& keys_;
  std::uint64_t state_;
};

}  // namespace bench
