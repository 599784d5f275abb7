// The levels of durability, as tests over several of them name them.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include <cairn/options.h>

namespace cairn {

inline std::string name_of(Durability level) {
  switch (level) {
    case Durability::clean_close:
      return "clean_close";
    case Durability::process_crash:
      return "process_crash";
    case Durability::interval:
      return "interval";
    case Durability::power_loss:
      return "power_loss";
  }
  return "unknown";
}

inline void PrintTo(Durability level, std::ostream* out) { *out << name_of(level); }

namespace test {

inline std::string level_of(const testing::TestParamInfo<Durability>& info) {
  return name_of(info.param);
}

}  // namespace test
}  // namespace cairn
