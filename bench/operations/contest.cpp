#include "operations/contest.h"

namespace bench {
namespace {

std::vector<Contest>& registered() {
  static std::vector<Contest> all;
  return all;
}

benchmark::internal::Benchmark* side(const std::string& name, const Body& body) {
  return benchmark::RegisterBenchmark(name.c_str(), body)->Unit(benchmark::kMicrosecond);
}

}  // namespace

const std::vector<Contest>& contests() { return registered(); }

void contest(const std::string& name, Target target, const Body& cairn, const Body& raw) {
  registered().push_back({name, Table::against_raw, target});
  side(name + "/left", cairn);
  side(name + "/right", raw);
}

void contest_of_threads(const std::string& name, const Body& cairn, const Body& raw) {
  const std::string two = name + "_two_threads";
  registered().push_back({two, Table::two_threads, {}});
  side(two + "/left", cairn)->Threads(2)->UseRealTime();
  side(two + "/right", raw)->Threads(2)->UseRealTime();
  const std::string scaling = name + "_scaling";
  registered().push_back({scaling, Table::scaling, {}});
  side(scaling + "/left", cairn)->Threads(2)->UseRealTime();
  side(scaling + "/right", cairn)->Threads(1)->UseRealTime();
}

void contest_of_growth(const std::string& name, const Body& after_a_million,
                       const Body& after_ten) {
  registered().push_back({name, Table::growth, {}});
  side(name + "/left", after_a_million);
  side(name + "/right", after_ten);
}

}  // namespace bench
