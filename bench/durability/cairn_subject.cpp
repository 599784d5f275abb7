#include <chrono>

#include <cairn/cache.h>
#include "durability/subject.h"
#include "raw_store.h"

namespace bench {
namespace {

class CairnSubject final : public Subject {
 public:
  CairnSubject(const std::filesystem::path& directory, cairn::Durability level)
      : level_(level),
        cache_(cairn::Cache::open(directory, {.timeout = std::chrono::hours(1)},
                                  {.durability = level, .memory_budget = memory_budget})) {}

  void set(const std::string& key, const std::string& value) override { cache_.set(key, value); }
  void set_many(const Batch& batch) override { cache_.set_many(batch); }
  void incr(const std::string& key) override { cache_.incr(key); }
  void make_counters(const std::vector<std::string>& keys) override {
    std::vector<std::pair<std::string_view, int>> zeros;
    for (const std::string& key : keys) zeros.emplace_back(key, 0);
    cache_.set_many(zeros);
  }
  void settle() override {
    if (level_ != cairn::Durability::clean_close) cache_.sync();
  }

 private:
  cairn::Durability level_;
  cairn::Cache cache_;
};

}  // namespace

std::unique_ptr<Subject> open_cairn(const std::filesystem::path& directory,
                                    cairn::Durability level) {
  return std::make_unique<CairnSubject>(directory, level);
}

}  // namespace bench
