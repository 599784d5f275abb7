// The power cut after every event of a recording, with a verdict on what is left each time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "durability/power/replay.h"
#include "durability/scratch.h"
#include "durability/sheet.h"

namespace cairn::test::durability {

struct CutResult {
  std::uint64_t states = 0;
  std::uint64_t violations = 0;
  std::string first = {};
};

/// `Progress` has apply(event) and `started`; `judge(directory, progress)` says what is wrong with
/// what a cut has left, or nothing.  Looks at each `step`th event.
template <class Progress, class Judge>
CutResult cut_everywhere(const std::vector<Event>& events, const Disk::Lies& lies, std::size_t step,
                         const Judge& judge) {
  const ScratchDirectory scratch;
  Disk disk(lies);
  Progress progress;
  CutResult result;
  for (std::size_t i = 0; i < events.size(); ++i) {
    disk.apply(events[i]);
    progress.apply(events[i]);
    const bool last = i + 1 == events.size();
    if (!progress.started || !(last || events[i + 1].changes_disk()) || i % step != 0) continue;
    for (std::size_t model = i % 3; model < Damage::models; model += 3) {
      const Damage damage = Damage::model(model, seed() + i);
      write_files(scratch / "store", disk.cut(damage));
      const std::string wrong = judge(scratch / "store", progress);
      ++result.states;
      if (wrong.empty()) continue;
      ++result.violations;
      if (result.first.empty()) {
        result.first = wrong + ", after " + std::to_string(i + 1) + " events, " + damage.name();
      }
    }
  }
  return result;
}

}  // namespace cairn::test::durability
