// A location means what it meant when it was given, wherever the program goes later.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include <cairn/caches.h>
#include <cairn/inspect.h>
#include <cairn/transfer.h>
#include "support/temp_directory.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

// Two directories, and a program that stands in the first.
class WorkingDirectory : public testing::Test {
 protected:
  WorkingDirectory() : before_(fs::current_path()) {
    fs::create_directory(here());
    fs::create_directory(there());
    fs::current_path(here());
  }
  ~WorkingDirectory() override { fs::current_path(before_); }

  fs::path here() const { return directory_ / "here"; }
  fs::path there() const { return directory_ / "there"; }

 private:
  const fs::path before_;
  const TempDirectory directory_;
};

TEST_F(WorkingDirectory, AliasesAndThreadsThatComeLaterUseTheSameDirectory) {
  Caches caches("store", {{"one", {}}, {"two", {}}, {"other", {.location = "rocksdb:other"}}});
  caches["one"].set("key", 1);
  fs::current_path(there());
  caches["two"].set("key", 2);
  caches["other"].set("key", 3);
  std::thread([&] { EXPECT_EQ(caches["one"].get<int>("key"), 1); }).join();
  caches.close_all();
  EXPECT_EQ(caches["one"].get<int>("key"), 1);
  EXPECT_TRUE(fs::is_empty(there()));
  EXPECT_TRUE(fs::exists(here() / "store"));
  EXPECT_TRUE(fs::exists(here() / "other"));
}

// As a deployment that leads a link to its newest release.
TEST_F(WorkingDirectory, ALinkThatIsLedElsewhereLeadsNobodyAway) {
  fs::create_directory("one");
  fs::create_directory("two");
  fs::create_directory_symlink("one", "current");
  Caches caches("current", {{"a", {}}, {"b", {}}});
  caches["a"].set("key", 1);
  fs::remove("current");
  fs::create_directory_symlink("two", "current");
  caches["b"].set("key", 2);
  std::thread([&] { EXPECT_EQ(caches["a"].get<int>("key"), 1); }).join();
  EXPECT_EQ(caches["b"].stats().location, caches["a"].stats().location);
  EXPECT_TRUE(fs::is_empty("two"));
}

TEST_F(WorkingDirectory, ACacheReopensWhereItWas) {
  Cache cache = Cache::open("store");
  cache.set("key", 1);
  cache.close();
  fs::current_path(there());
  EXPECT_EQ(cache.get<int>("key"), 1);
  EXPECT_TRUE(fs::is_empty(there()));
}

TEST_F(WorkingDirectory, AViewReadsOnWhereItWas) {
  {
    Cache cache = Cache::open("store");
    for (int i = 0; i < 100; ++i) cache.set("key-" + std::to_string(i), i);
    cache.expire();  // into a table
  }
  StoreView view("store");
  fs::current_path(there());
  EXPECT_EQ(view.families().size(), 1u);
  EXPECT_EQ(view.summarise("default", 0).live, 100u);
  EXPECT_TRUE(view.check().problems.empty());
}

TEST_F(WorkingDirectory, AStoreWriterWritesOnWhereItWas) {
  StoreWriter writer("store");
  fs::current_path(there());
  writer.close();
  EXPECT_TRUE(fs::is_empty(there()));
}

// There is no such place any more: an error with a name, and not an exception of the library's.
TEST_F(WorkingDirectory, OneThatIsGoneIsAnErrorThatSaysSo) {
  const fs::path gone = there() / "gone";
  fs::create_directory(gone);
  fs::current_path(gone);
  fs::remove(gone);
  EXPECT_THROW(Cache::open("store"), IoError);
  EXPECT_THROW(Caches("store", {{"default", {}}}), IoError);
  EXPECT_THROW(StoreView("store"), IoError);
  Cache cache = Cache::open(here() / "store");
  cache.set("key", 1);
  EXPECT_EQ(cache.get<int>("key"), 1);
}

}  // namespace
}  // namespace cairn::test
