// A program that is compiled without RTTI: everything works, and a struct needs a pinned name.
#include <cairn/boost.h>
#include <cairn/caches.h>

#include <iostream>
#include <string_view>

struct Point {
  int x = 0;
  int y = 0;

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& x& y;
  }
};

#ifndef UNNAMED
template <>
struct cairn::TypeName<Point> {
  static constexpr std::string_view value = "consumer.Point";
};
#endif

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  cairn::Cache cache = cairn::Cache::open(argv[1]);
  cache.set("point", Point{1, 2});
  const Point point = cache.get<Point>("point").value_or(Point{});
  bool caught = false;
  try {
    cache.incr("missing");
  } catch (const cairn::KeyNotFound&) {
    caught = true;
  }
  std::cout << point.x << ", " << point.y << (caught ? "; missing\n" : "\n");
  return point.x == 1 && point.y == 2 && caught ? 0 : 1;
}
