// says: an optional of an optional, or of nullptr, would come back empty
#include <optional>

#include <cairn/cache.h>

void optional_of_optional(cairn::Cache& cache) {
#ifdef MISTAKE
  const std::optional<std::optional<int>> answer = std::optional<int>();
#else
  const std::optional<int> answer;
#endif
  cache.set("answer", answer);
}
