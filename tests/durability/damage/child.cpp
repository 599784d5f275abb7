// Makes stores, damages copies of them and looks, so that an abort or a hang is this process's.
//
//   damage_child make closed|killed DIRECTORY
//   damage_child sweep DIRECTORY COPY FIRST STEP END CONTROL
//
// Of the injuries of the store in DIRECTORY, which is left alone, it tries FIRST, FIRST+STEP, ...
// before END, each on a new COPY, and prints for each its number, the verdict's and words. CONTROL:
// `none`, or what is to be noticed: `unguarded` stores without seal and watermark, `deaf` besides,
// a wrong `oracle`, or an `abort` or a `hang` at every third.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "durability/damage/verdict.h"

namespace cairn::test::durability {
namespace {

// Seconds; SIGALRM ends this process then.
constexpr unsigned longest_trial = 10;
constexpr unsigned shortest_hang = 1;

Oracle make_oracle(bool right) {
  Script all = script();
  if (!right) all.calls.at(30).value->back() ^= 1;
  return Oracle(all);
}

std::string one_line(std::string text) {
  for (char& byte : text) {
    if (byte == '\n') byte = ' ';
  }
  return text;
}

void sweep(const std::string& store, const std::string& copy, std::size_t first, std::size_t step,
           std::size_t end, const std::string& control) {
  const StoreFiles whole = read_files(store);
  const std::vector<Injury> all = injuries(whole);
  const Oracle oracle = make_oracle(control != "oracle");
  for (std::size_t i = first; i < std::min(end, all.size()); i += step) {
    StoreFiles files = whole;
    all[i].apply(files);
    if (control == "unguarded" || control == "deaf") {
      files.erase("CAIRN.seal");
      files.erase("CAIRN.watermark");
    }
    ::alarm(control == "hang" ? shortest_hang : longest_trial);
    if (i % 3 == 0 && control == "abort") std::abort();
    if (i % 3 == 0 && control == "hang") ::pause();
    write_files(copy, files);
    const Finding found = examine(copy, oracle, whole, control == "deaf" ? Ear::deaf : Ear::open);
    std::cout << i << ' ' << static_cast<int>(found.verdict) << ' ' << one_line(found.words)
              << std::endl;
  }
}

int run(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t i) { return std::stoull(words.at(i)); };
  if (words.at(1) == "make") {
    (words.at(2) == "closed" ? make_closed : make_killed)(words.at(3));
  } else {
    sweep(words.at(2), words.at(3), number(4), number(5), number(6), words.at(7));
  }
  return 0;
}

}  // namespace
}  // namespace cairn::test::durability

int main(int count, char** arguments) try {
  return cairn::test::durability::run({arguments, arguments + count});
} catch (const std::exception& error) {
  std::cerr << "damage_child: " << error.what() << '\n';
  return 1;
}
