// Whose directory it is, and who has it open (X21, X22, X25).

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "opening/opening.h"

namespace cairn::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* nobody = "65534";

std::string code(ErrorCode code) { return std::to_string(static_cast<int>(code)) + " "; }

class Owner : public testing::Test {
 protected:
  Owner() { fs::permissions(directory_.path(), fs::perms(0755)); }
  fs::path path() const { return directory_ / "store"; }
  static bool root() { return ::geteuid() == 0; }
  // Opens in another process, as another user if we may become one.
  Result open_elsewhere(const fs::path& where) const {
    std::vector<std::string> arguments{CAIRN_OPENING_CHILD, "open", where.native()};
    if (root()) arguments.push_back(nobody);
    return run(arguments);
  }

  TempDirectory directory_;
};

// ---- permissions ----

// Root makes a directory for somebody else; anybody else tries one of root's.
TEST_F(Owner, AnotherUsersDirectoryIsRefusedUnlessSharingIsAllowed) {
  if (!root()) return expect_refused("/", ErrorCode::invalid_option, "belongs to another user");
  fs::create_directory(path());
  fs::permissions(path(), fs::perms(0700));
  ASSERT_EQ(::chown(path().c_str(), 65534, 65534), 0);
  expect_refused(path(), ErrorCode::invalid_option, "belongs to another user");
  EXPECT_TRUE(fs::is_empty(path()));
  Cache cache = Cache::open(path(), {}, {.allow_shared = true});
  cache.set("key", 1);
  EXPECT_EQ(cache.get<int>("key"), 1);
}

TEST_F(Owner, ADirectoryThatOthersMayWriteIsRefusedUnlessSharingIsAllowed) {
  for (const unsigned bits : {0770u, 0707u, 0777u, 01777u}) {
    const fs::path shared = directory_ / std::to_string(bits);
    fs::create_directory(shared);
    fs::permissions(shared, fs::perms(bits));
    expect_refused(shared, ErrorCode::invalid_option, "other users");
    EXPECT_TRUE(fs::is_empty(shared));
    Cache::open(shared, {}, {.allow_shared = true}).set("key", 1);
    EXPECT_EQ(mode(shared), bits) << "left as it was";
  }
}

TEST_F(Owner, ADirectoryThatOthersMayReadIsOpened) {
  fs::create_directory(path());
  fs::permissions(path(), fs::perms(0755));
  Cache::open(path()).set("key", 1);
}

// ---- the lock ----

TEST_F(Owner, TheLockFileNamesItsHolderAndWhetherItKeepsALog) {
  const std::string number = std::to_string(::getpid());
  const std::string space = fs::read_symlink("/proc/self/ns/pid").native();
  {
    const Cache cache = Cache::open(path(), {}, {.durability = Durability::clean_close});
    EXPECT_EQ(read_file(path() / "CAIRN.lock"), number + "\nno log\n" + space + "\n");
  }
  const Cache cache = Cache::open(path());
  EXPECT_EQ(read_file(path() / "CAIRN.lock"), number + "\nlog\n" + space + "\n");
  EXPECT_EQ(mode(path() / "CAIRN.lock"), 0600u);
}

// S94, X23
TEST_F(Owner, ASecondProcessIsToldWhoHasItAtOnce) {
  Process holder({CAIRN_OPENING_CHILD, "hold", path().native()});
  ASSERT_EQ(holder.line(), "holding " + std::to_string(holder.pid()));
  const auto before = picture(path());
  // The quickest of a few: the machine may be busy with something else, Cairn must not be.
  std::chrono::steady_clock::duration quickest = std::chrono::hours(1);
  for (int i = 0; i < 5; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    expect_refused(path(), ErrorCode::locked, std::to_string(holder.pid()));
    quickest = std::min(quickest, std::chrono::steady_clock::now() - begin);
  }
  EXPECT_LT(quickest, std::chrono::milliseconds(100));
  EXPECT_THAT(refusal(path())->message, HasSubstr(path().native()));
  EXPECT_THROW(Cache::open(path()), IoError);
  EXPECT_EQ(picture(path()), before);

  holder.kill();
  EXPECT_EQ(Cache::open(path()).get<int>("key"), 1) << "kill -9 leaves no lock";
}

TEST_F(Owner, CloseLetsAnotherProcessIn) {
  Cache cache = Cache::open(path());
  EXPECT_THAT(run({CAIRN_OPENING_CHILD, "open", path().native(), "0"}).output,
              StartsWith(code(ErrorCode::locked)));
  cache.close();
  EXPECT_EQ(run({CAIRN_OPENING_CHILD, "open", path().native(), "0"}).output, "opened\n");
  EXPECT_EQ(cache.get<int>("key"), 1) << "and back again";
}

TEST_F(Owner, AChildThatOutlivesItsParentKeepsNoLock) {
  Process parent({CAIRN_OPENING_CHILD, "outlive", path().native()});
  const std::string line = parent.line();
  ASSERT_THAT(line, StartsWith("child "));
  EXPECT_EQ(parent.wait(), 0);
  EXPECT_EQ(Cache::open(path()).get<int>("key"), 1);
  ::kill(std::stoi(line.substr(6)), SIGKILL);
}

TEST_F(Owner, AForkedChildMayDestroyItsHandles) {
  EXPECT_EQ(run({CAIRN_OPENING_CHILD, "destroy", path().native()}).status, 0);
}

TEST_F(Owner, AChildForkedWhileAnotherThreadWritesIsRefusedToo) {
  EXPECT_EQ(run({CAIRN_OPENING_CHILD, "busy", path().native()}).status, 0);
}

TEST_F(Owner, AChildForkedWhileAnotherThreadWritesToABoundedCacheIsRefusedToo) {
  EXPECT_EQ(run({CAIRN_OPENING_CHILD, "busy", path().native(), "1000"}).status, 0);
}

// ---- one store however it is called ----

TEST_F(Owner, EverySpellingOfADirectoryIsOneStore) {
  Cache cache = Cache::open(path());
  cache.set("key", 1);
  fs::create_directory_symlink(path(), directory_ / "link");
  fs::create_directory_symlink("store", directory_ / "relative-link");
  for (const fs::path& spelling :
       {directory_ / "." / "store", directory_ / "store" / "", directory_ / "store" / ".",
        directory_ / "store" / ".." / "store", directory_ / "link", directory_ / "relative-link",
        fs::path(directory_.path().native() + "//store"), fs::path("rocksdb:" + path().native()),
        fs::relative(path())}) {
    Cache other = Cache::open(spelling);
    EXPECT_EQ(other.get<int>("key"), 1) << spelling;
    other.set(spelling.native(), 1);
    EXPECT_TRUE(cache.contains(spelling.native())) << spelling;
  }
}

TEST_F(Owner, ARelativePathMeansWhatItMeantWhenItWasOpened) {
  struct Back {
    const fs::path before = fs::current_path();
    ~Back() { fs::current_path(before); }
  } const back;
  fs::create_directory(directory_ / "elsewhere");
  fs::current_path(directory_.path());
  Cache cache = Cache::open("store");
  cache.set("key", 1);
  fs::current_path(directory_ / "elsewhere");
  cache.close();
  EXPECT_EQ(cache.get<int>("key"), 1);
  EXPECT_EQ(Cache::open("../store").get<int>("key"), 1);
  EXPECT_FALSE(fs::exists("store"));
}

// One that was made without fork handlers has the descriptors still.
TEST_F(Owner, AChildKeepsNoLockOfAStoreThatItsParentHasClosed) {
  Cache cache = Cache::open(path());
  cache.set("key", 1);
  const pid_t child = ::_Fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  cache.close();
  EXPECT_NO_THROW(cache.set("key", 2));
  cache.close();
  EXPECT_EQ(run({CAIRN_OPENING_CHILD, "open", path().native(), "0"}).status, 0);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_F(Owner, AliasesWithOneDirectoryThroughDifferentPathsShareAStore) {
  fs::create_directory_symlink(path(), directory_ / "link");
  fs::create_directory(path());
  fs::permissions(path(), fs::perms(0700));
  Caches caches(path(), {{"one", {.column_family = "data"}},
                         {"two", {.column_family = "data", .location = directory_ / "link"}}});
  caches["one"].set("key", 1);
  EXPECT_EQ(caches["two"].get<int>("key"), 1);
}

TEST_F(Owner, ManyThreadsThatOpenANewDirectoryAtOnceAllHaveIt) {
  for (int round = 0; round < 5; ++round) {
    const fs::path fresh = directory_ / ("round-" + std::to_string(round)) / "store";
    std::latch start(4);
    std::atomic<int> opened{0};
    std::vector<std::thread> threads;
    for (int index = 0; index < 4; ++index) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        try {
          Cache::open(fresh).add("key", 1);
          ++opened;
        } catch (const Error& error) {
          ADD_FAILURE() << error.what();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(opened, 4);
  }
}

TEST_F(Owner, ManyProcessesThatOpenANewDirectoryAtOnceAreServedOrToldItIsLocked) {
  for (int round = 0; round < 3; ++round) {
    const std::string fresh = (directory_ / ("round-" + std::to_string(round))).native();
    std::vector<std::unique_ptr<Process>> children;
    for (int i = 0; i < 4; ++i) {
      children.push_back(
          std::make_unique<Process>(std::vector<std::string>{CAIRN_OPENING_CHILD, "open", fresh}));
    }
    for (const auto& child : children) {
      const std::string said = child->rest();
      EXPECT_TRUE(said == "opened\n" || said.starts_with(code(ErrorCode::locked))) << said;
    }
  }
}

// ---- copies ----

TEST_F(Owner, ACheckpointIsAStoreOfItsOwn) {
  for (const Durability level : {Durability::clean_close, Durability::interval}) {
    const std::string name = std::to_string(static_cast<int>(level));
    Cache cache = Cache::open(directory_ / ("store" + name), {}, {.durability = level});
    cache.set("key", "value");
    cache.incr("n", 5, {.initial = 0});
    const fs::path copy = directory_ / ("copy" + name);
    cache.checkpoint(copy);
    cache.set("key", "later");
    EXPECT_EQ(mode(copy), 0700u);
    Cache copied = Cache::open(copy, {}, {.durability = level});
    EXPECT_EQ(copied.stats().recovery.left_by, LeftBy::close);
    EXPECT_THAT(copied.stats().recovery.findings, testing::IsEmpty());
    EXPECT_EQ(copied.get("key"), "value");
    EXPECT_EQ(copied.incr("n"), 6);
    EXPECT_EQ(cache.get("key"), "later");
    EXPECT_EQ(cache.get<int>("n"), 5);
  }
}

// With logs in it, of which all but the last are the store's own.
TEST_F(Owner, ACheckpointIsSealed) {
  {
    Cache cache = Cache::open(directory_ / "store");
    Cache other = Cache::open(directory_ / "store", {.column_family = "other"});
    for (int i = 0; i < 100; ++i) {
      cache.set(std::to_string(i), i);
      other.set(std::to_string(i), i);
      if (i % 30 == 0) other.expire();  // begins another log
    }
    cache.checkpoint(directory_ / "copy");
  }
  EXPECT_TRUE(fs::exists(directory_ / "copy" / "CAIRN.seal"));
  bool told = false;
  StoreOptions options;
  options.on_recovery = [&](const RecoveryReport&) { told = true; };
  Cache copied = Cache::open(directory_ / "copy", {}, options);
  EXPECT_FALSE(told);
  EXPECT_EQ(copied.get<int>("99"), 99);
}

TEST_F(Owner, ACheckpointReplacesNothing) {
  Cache cache = Cache::open(path());
  cache.set("key", 1);
  fs::create_directory(directory_ / "empty");
  write_file(directory_ / "file", "text");
  fs::create_symlink(directory_ / "nowhere", directory_ / "link");
  const auto before = picture(directory_.path());
  for (const char* name : {"empty", "file", "link", "store", "."}) {
    EXPECT_THROW(cache.checkpoint(directory_ / name), InvalidOption) << name;
  }
  EXPECT_THROW(cache.checkpoint(directory_ / "missing" / "copy"), IoError);
  EXPECT_THROW(cache.checkpoint(""), Error);
  EXPECT_EQ(picture(directory_.path()), before) << "and leaves nothing half made";
}

TEST_F(Owner, ACheckpointTakesATrailingSlash) {
  Cache cache = Cache::open(path());
  cache.set("key", 1);
  cache.checkpoint(directory_ / "slash" / "");
  EXPECT_EQ(Cache::open(directory_ / "slash").get<int>("key"), 1);
}

}  // namespace
}  // namespace cairn::test
