#include "store/border/engine_hooks.h"

#include <rocksdb/env.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "support/temp_directory.h"

namespace cairn::store {
namespace {

namespace fs = std::filesystem;

class HookedDirectoryTest : public testing::Test {
 protected:
  const test::TempDirectory directory_;
  rocksdb::EnvWrapper env_{rocksdb::Env::Default()};
};

TEST_F(HookedDirectoryTest, IsMeantByEverySpelling) {
  const HookedDirectory hooked((directory_ / "new").native() + "/", env_);
  fs::create_directory_symlink(directory_.path(), directory_ / "link");
  EXPECT_EQ(&env_of(directory_ / "new"), &env_);
  EXPECT_EQ(&env_of(directory_ / "." / "new"), &env_);
  EXPECT_EQ(&env_of(directory_ / "link" / "new"), &env_);
  fs::create_directory(directory_ / "new");
  EXPECT_EQ(&env_of(directory_ / "new"), &env_);
  EXPECT_EQ(&env_of(fs::relative(directory_ / "new")), &env_);
}

TEST_F(HookedDirectoryTest, LeavesOtherDirectoriesAlone) {
  const HookedDirectory hooked(directory_ / "one", env_);
  EXPECT_EQ(&env_of(directory_ / "other"), rocksdb::Env::Default());
  EXPECT_EQ(&env_of(directory_ / "one" / "below"), rocksdb::Env::Default());
  EXPECT_EQ(&env_of(directory_.path()), rocksdb::Env::Default());
}

TEST_F(HookedDirectoryTest, HasOneEnvAtATime) {
  rocksdb::EnvWrapper later(rocksdb::Env::Default());
  {
    const HookedDirectory hooked(directory_ / "store", env_);
    EXPECT_THROW(HookedDirectory(directory_ / "store", later), std::logic_error);
    EXPECT_EQ(&env_of(directory_ / "store"), &env_);
  }
  EXPECT_EQ(&env_of(directory_ / "store"), rocksdb::Env::Default());
  const HookedDirectory again(directory_ / "store", later);
  EXPECT_EQ(&env_of(directory_ / "store"), &later);
}

}  // namespace
}  // namespace cairn::store
