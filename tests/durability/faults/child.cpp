// Breaks the disk of stores of its own, so that a crash is this process's.
//
//   faults_child sweep LEVEL STAGE FIRST STEP LAST DIRECTORY KIND...
//                                                 each operation of FIRST, FIRST+STEP, ...
//   faults_child fill LEVEL tmpfs|ext4 DIRECTORY
//
// LEVEL, STAGE and KIND are the numbers of Durability, Stage and FaultKind.  For each operation and
// kind it prints what begins, each violation, and what came of it.
#include <iostream>
#include <string>
#include <vector>

#include "durability/faults/full_disk.h"
#include "durability/faults/run.h"

namespace cairn::test::durability {
namespace {

void sweep(Durability level, Stage stage, std::uint64_t first, std::uint64_t step,
           std::uint64_t last, const std::string& scratch, const std::vector<FaultKind>& kinds) {
  for (std::uint64_t operation = first; operation <= last; operation += step) {
    for (const FaultKind kind : kinds) {
      const Fault fault{operation, kind};
      std::cout << "point " << operation << ' ' << fault.name() << std::endl;
      const FaultResult result = run_with_fault(level, stage, fault, scratch);
      for (const std::string& violation : result.violations) {
        std::cout << "violation " << violation << '\n';
      }
      std::cout << "result " << result.operations << ' ' << result.failed << ' ' << result.refused
                << ' ' << result.healed_after.count() << std::endl;
    }
  }
}

int run(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t i) { return std::stoull(words.at(i)); };
  const auto level = static_cast<Durability>(number(2));
  if (words.at(1) == "sweep") {
    std::vector<FaultKind> kinds;
    for (std::size_t i = 8; i < words.size(); ++i) {
      kinds.push_back(static_cast<FaultKind>(number(i)));
    }
    sweep(level, static_cast<Stage>(number(3)), number(4), number(5), number(6), words.at(7),
          kinds);
    return 0;
  }
  const Volume volume = words.at(3) == "ext4" ? Volume::ext4 : Volume::tmpfs;
  if (const std::string refusal = mount_volume(volume, words.at(4)); !refusal.empty()) {
    std::cout << "may not mount: " << refusal << '\n';
    return 0;
  }
  const FullDiskResult result = fill(words.at(4), level);
  for (const std::string& violation : result.violations) {
    std::cout << "violation " << violation << '\n';
  }
  std::cout << "result " << result.written << ' ' << result.refused << ' ' << result.healed_after_ms
            << '\n';
  return 0;
}

}  // namespace
}  // namespace cairn::test::durability

int main(int count, char** arguments) try {
  return cairn::test::durability::run({arguments, arguments + count});
} catch (const std::exception& error) {
  std::cout << "violation " << error.what() << '\n';
  return 1;
}
