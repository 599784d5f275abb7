// A random run of operations on a subject and on the reference, compared read by read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/reference.h"
#include "model/subject.h"
#include "support/fake_clock.h"

namespace cairn::test {

/// What a run found.
struct Findings {
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;
  std::uint64_t checked_reads = 0;  ///< keys whose value, kind and ttl were compared
  std::uint64_t mismatches = 0;
  std::string first_mismatch;
  std::vector<std::string> operations;

  /// Writes the operations to a file and says where, with the seed and the first mismatch.
  std::string report() const;
};

class RandomRun {
 public:
  /// `whole` may be null: then the run uses only what every subject can do.
  RandomRun(std::uint64_t seed, FakeClock clock, Subject& subject, WholeSubject* whole);

  Findings run(std::uint64_t steps);

 private:
  void step();
  void single_change();
  void counter_change();
  void batch_change();
  void engine_event();
  void check_some();
  void check_all();
  void check_checkpoint();
  void turn_clock();

  void check(const Key& key);
  template <class T>
  void expect(const T& seen, const T& expected, std::string_view what, const Key& key);
  void mismatch(std::string what);
  void log(std::string operation);

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  Key any_key();
  Any any_value();
  Timeout any_timeout();
  std::int64_t any_delta();
  std::vector<std::string> some_names();

  std::mt19937_64 random_;
  ReferenceClock clock_;
  Reference reference_;
  Subject& subject_;
  WholeSubject* whole_;
  Findings findings_;
};

}  // namespace cairn::test
