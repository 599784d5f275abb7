// What is in the golden stores: written by one build, read by every later one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <cairn/boost.h>

namespace cairn::golden {

struct Point {
  int x = 0;
  std::string label;
  friend bool operator==(const Point&, const Point&) = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& x& label;
  }
};

/// Makes a store of this build's format in a directory that does not exist yet: values of every
/// kind, a counter with merge operands, expired values and a void, in two aliases, partly in files
/// and partly in the log.  `before_close` is called when all of it is written.
void write_store(
    const std::filesystem::path& directory, const std::function<void()>& before_close = [] {});

/// Expects all of that to be there.  Opens the store for writing, so give it a copy, and adds one
/// to the counter, which is found at `counter`.
void check_store(const std::filesystem::path& directory, std::int64_t counter = 1129);

}  // namespace cairn::golden

template <>
struct cairn::TypeName<cairn::golden::Point> {
  static constexpr std::string_view value = "cairn.golden.Point";
};
