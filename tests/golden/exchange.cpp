// Stores that go from one build of Cairn to another (scripts/elsewhere): another RocksDB, another
// compiler.
//
//   exchange write DIRECTORY      makes two stores there: `closed`, and `killed`, whose process is
//                                 gone before it could close, so that a part is in the log only
//   exchange read DIRECTORY N     expects everything in both, the counter at N, looking first, then
//                                 opening, and again after a compaction; leaves it at N + 1
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include <cairn/inspect.h>
#include <gtest/gtest.h>

#include "golden/golden_store.h"

namespace cairn::golden {
namespace {

namespace fs = std::filesystem;

void write_and_die(const fs::path& directory) {
  const ::pid_t child = ::fork();  // nothing has been opened yet
  if (child == 0) {
    write_store(directory, [] { ::raise(SIGKILL); });
    std::abort();
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(WTERMSIG(status), SIGKILL);
}

void read(const fs::path& directory, std::int64_t counter) {
  for (const char* name : {"closed", "killed"}) {
    SCOPED_TRACE(name);
    const CheckReport looked = StoreView(directory / name).check({});
    EXPECT_TRUE(looked.sound()) << looked.problems.front().what;
    EXPECT_GT(looked.counters, 0u);
    check_store(directory / name, counter);
  }
}

int run(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "write" && argc == 3) {
    fs::create_directories(argv[2]);
    write_and_die(fs::path(argv[2]) / "killed");
    write_store(fs::path(argv[2]) / "closed");
  } else if (what == "read" && argc == 4) {
    read(argv[2], std::stoll(argv[3]));
  } else {
    std::cerr << "usage: exchange write DIRECTORY | read DIRECTORY N\n";
    return 2;
  }
  return testing::UnitTest::GetInstance()->Failed() ? 1 : 0;
}

}  // namespace
}  // namespace cairn::golden

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    return cairn::golden::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "exchange: " << error.what() << '\n';
    return 1;
  }
}
