// Injuries tried one after the other, in processes that may die of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "durability/damage/injury.h"
#include "durability/damage/verdict.h"

namespace cairn::test::durability {

/// What came of the injuries of one kind of file.
struct Tally {
  std::uint64_t trials = 0;
  std::array<std::uint64_t, 4> of_kind{};  ///< by Injury::Kind
  std::array<std::uint64_t, verdicts> verdict{};
  std::uint64_t aborts = 0;
  std::uint64_t flips_that_abort = 0;  ///< among them
  std::uint64_t hangs = 0;
  std::vector<std::string> said = {};  ///< of the first that are neither harmless nor reported

  std::uint64_t count(Verdict which) const { return verdict[static_cast<std::size_t>(which)]; }
  std::uint64_t count(Injury::Kind kind) const { return of_kind[static_cast<std::size_t>(kind)]; }
  void add(const Tally& other);
  std::string text() const;
};

/// By kind of file.
using Tallies = std::map<std::string, Tally>;
Tally sum(const Tallies& tallies);

/// Which injuries, by their numbers.
struct Range {
  std::size_t first;
  std::size_t step;
  std::size_t end;
};

/// Tries injuries of the store in a directory, in several processes side by side.  This process
/// opens no store.
class Sweep {
 public:
  /// `control`: as durability/damage/child.cpp has it.
  explicit Sweep(const std::filesystem::path& store, std::string control = "none");

  const std::vector<Injury>& injuries() const { return injuries_; }
  Tallies run(const Range& range) const;

 private:
  std::filesystem::path store_;
  std::string control_;
  std::vector<Injury> injuries_;
};

/// Fills the directory with a store, `closed` or `killed`.
void make_store(const std::string& how, const std::filesystem::path& directory);

}  // namespace cairn::test::durability
