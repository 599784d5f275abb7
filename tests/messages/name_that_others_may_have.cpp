// says: cairn could not tell this type from another of its name
// says: or pin a name: template <> struct cairn::TypeName<User>
#include <vector>

#include <cairn/boost.h>
#include <cairn/cache.h>

namespace {

struct Visit {
  int page = 0;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& page;
  }
};

}  // namespace

#ifndef MISTAKE
template <>
struct cairn::TypeName<Visit> {
  static constexpr std::string_view value = "messages.Visit";
};
#endif

std::size_t name_that_others_may_have(cairn::Cache& cache) {
  cache.set("visits", std::vector<Visit>(2));
  return cache.get<std::vector<Visit>>("visits")->size();
}
