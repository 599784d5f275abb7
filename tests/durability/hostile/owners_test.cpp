// Whose directory it is, and who has it open (X21, X25).

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "durability/hostile/scene.h"
#include "support/process.h"

namespace cairn::test::durability {
namespace {

constexpr auto invalid_option = ErrorCode::invalid_option;

bool root() { return ::geteuid() == 0; }

std::function<void(Scene&)> with_mode(mode_t mode) {
  return [=](Scene& scene) { scene.directory(scene.store(), mode); };
}

// The parent of the store has that mode while the other user tries.
std::function<void(Scene&)> in_parent(mode_t mode, bool there) {
  return [=](Scene& scene) {
    const fs::path parent = scene / "parent";
    scene.location = parent / "a" / "store";
    scene.directory(there ? scene.location : parent);
    if (there) scene.give_away(scene.location);
    fs::permissions(parent, fs::perms(mode));
    scene.undo([=] { fs::permissions(parent, fs::perms(0755)); });
  };
}

// A file in the other user's store that is not his to read.
std::function<void(Scene&)> unreadable(const std::string& name) {
  return [=](Scene& scene) {
    scene.filled_store();
    for (const auto& entry : fs::directory_iterator(scene.store())) scene.give_away(entry.path());
    scene.give_away(scene.store());
    const fs::path file = scene.store() / name;
    if (root() && ::chown(file.c_str(), 0, 0) != 0) throw std::runtime_error("chown");
    fs::permissions(file, fs::perms(0));
  };
}

// Root makes a directory for somebody else; anybody else tries one of root's.
void foreign(Scene& scene) {
  scene.directory(scene.store());
  if (!scene.give_away(scene.store())) scene.location = "/";
}

TEST(HostileOwners, AndModesAreRefused) {
  expect_refused(
      "owners and modes",
      {
          {"0777", with_mode(0777), invalid_option, "other users"},
          {"0770", with_mode(0770), invalid_option, "other users"},
          {"0707", with_mode(0707), invalid_option, "other users"},
          {"01777", with_mode(01777), invalid_option, "other users"},
          {"a link to 0777",
           [](Scene& s) {
             s.directory(s / "shared", 0777);
             s.link("shared", s.store());
           },
           invalid_option, "other users"},
          {"another user's", foreign, invalid_option, "belongs to another user"},
          {"a link to another user's",
           [](Scene& s) {
             s.directory(s / "his");
             s.link(s.give_away(s / "his") ? fs::path("his") : fs::path("/"), s.store());
           },
           invalid_option, "belongs to another user"},
          {"not to be written",
           [](Scene& s) {
             s.directory(s.store(), 0555);
             s.give_away(s.store());
           },
           ErrorCode::io,
           {},
           "as_user"},
          {"not to be searched",
           [](Scene& s) {
             s.directory(s.store(), 0);
             s.give_away(s.store());
           },
           ErrorCode::io,
           {},
           "as_user"},
          {"in a parent not to be written", in_parent(0555, false), ErrorCode::io, "parent",
           "as_user"},
          {"in a parent not to be searched", in_parent(0, true), ErrorCode::io, "parent",
           "as_user"},
          {"a mark not to be read", unreadable("CAIRN"), ErrorCode::io, "CAIRN", "as_user"},
          {"a lock file not to be read", unreadable("CAIRN.lock"), ErrorCode::io, "CAIRN.lock",
           "as_user"},
          {"a CURRENT not to be read", unreadable("CURRENT"), ErrorCode::io, {}, "as_user", true},
          {"on a read-only file system",
           [](Scene& s) {
             s.directory(s.store(), 0555);  // should mounting not be allowed
             if (!root()) return;
             s.directory(s.store(), 0700);
           },
           ErrorCode::io,
           {},
           "read_only"},
      });
}

// What is open in another process is told at once, however it is called, and by whom.
TEST(HostileOwners, WhoHaveItOpenKeepOthersOut) {
  const auto held = [](const std::function<void(Scene&)>& arrange) {
    return [=](Scene& scene) {
      scene.child({"hold", scene.store().native()});
      arrange(scene);
    };
  };
  expect_refused(
      "second openers",
      while_open({
          {"by its path", held([](Scene&) {}), ErrorCode::locked},
          {"by a link", held([](Scene& s) {
             s.link("store", s / "link");
             s.location = s / "link";
           }),
           ErrorCode::locked, "store"},
          {"by way of ..", held([](Scene& s) { s.location = s.store() / ".." / "store"; }),
           ErrorCode::locked, "store"},
          {"by a relative path", held([](Scene& s) { s.location = fs::relative(s.store()); }),
           ErrorCode::locked, "store"},
          {"with other options",
           held([](Scene& s) { s.options.durability = Durability::power_loss; }),
           ErrorCode::locked},
          {"as a column family of its own",
           held([](Scene& s) { s.cache.column_family = "another"; }), ErrorCode::locked},
          {"while no descriptors are left", held([](Scene&) {}), ErrorCode::io, {}, "no_files"},
          {"whose lock file was deleted",
           held([](Scene& s) { fs::remove(s.store() / "CAIRN.lock"); }), ErrorCode::locked},
          {"whose lock file was replaced", held([](Scene& s) {
             fs::remove(s.store() / "CAIRN.lock");
             s.file(s.store() / "CAIRN.lock", "1\nlog\n");
           }),
           ErrorCode::locked},
      }));
}

// S94, X23
TEST(HostileOwners, ASecondOpenerIsToldWho) {
  Scene scene;
  const pid_t holder = scene.child({"hold", scene.store().native()});
  const Refusal refusal = scene.attempt();
  EXPECT_NE(refusal.message.find("process " + std::to_string(holder)), std::string::npos)
      << refusal.message;
}

// Kept by whoever holds the directory, not by names in it that anyone may remove.
TEST(HostileOwners, KeepOthersOutWithoutAnyLockFile) {
  Scene scene;
  scene.child({"hold", scene.store().native()});
  fs::remove(scene.store() / "CAIRN.lock");
  fs::remove(scene.store() / "LOCK");
  EXPECT_EQ(scene.attempt().code, ErrorCode::locked);
}

// One process has one store under every name, and so one set of options.
TEST(HostileOwners, InOneProcessAgreeAboutOptions) {
  const auto open = [](const std::function<void(Scene&)>& arrange) {
    return [=](Scene& scene) {
      scene.keep(Cache::open(scene.store()));
      scene.options.durability = Durability::power_loss;
      arrange(scene);
    };
  };
  expect_refused(
      "other options in one process",
      while_open({
          {"by its path", open([](Scene&) {}), invalid_option},
          {"by a link", open([](Scene& s) {
             s.link("store", s / "link");
             s.location = s / "link";
           }),
           invalid_option, "/store'"},
          {"by way of ..", open([](Scene& s) { s.location = s.store() / ".." / "store"; }),
           invalid_option, "/store'"},
          {"by a relative path", open([](Scene& s) { s.location = fs::relative(s.store()); }),
           invalid_option, "/store'"},
          {"with a slash", open([](Scene& s) { s.location = s.store() / ""; }), invalid_option,
           "/store'"},
          {"another interval",
           open([](Scene& s) { s.options = {.sync_interval = std::chrono::seconds(2)}; }),
           invalid_option},
          {"another budget", open([](Scene& s) { s.options = {.memory_budget = 64 << 20}; }),
           invalid_option},
          {"sharing", open([](Scene& s) { s.options = {.allow_shared = true}; }), invalid_option},
          {"another clock", open([](Scene& s) { s.options = {.clock = system_clock_reading}; }),
           invalid_option},
      }));
}

}  // namespace
}  // namespace cairn::test::durability
