// says: no Codec for this type: include <cairn/boost.h> or specialise Codec
// says: no Codec that decodes this type: include <cairn/boost.h> or specialise Codec
#include <optional>
#include <string>

#include <cairn/cache.h>

namespace {

struct Point {
  int x = 0;
  int y = 0;
};

}  // namespace

#ifndef MISTAKE
template <>
struct cairn::Codec<Point> {
  static ValueKind encode(const Point& point, std::string& out) {
    return Codec<int>::encode(point.x, out);
  }
  static Point decode(StoredValue value) { return {.x = Codec<int>::decode(std::move(value))}; }
};
#endif

std::size_t type_without_codec(cairn::Cache& cache) {
  cache.set("key", Point{1, 2});
#ifdef MISTAKE
  const std::optional<std::string_view> text = cache.get<std::string_view>("text");
#else
  const std::optional<std::string> text = cache.get<std::string>("text");
#endif
  return text ? text->size() : 0;
}
