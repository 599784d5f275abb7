// Directories that hold something else than a store, or one that somebody tampered with (X25, S95).

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <memory>
#include <string>

#include "durability/hostile/scene.h"

namespace cairn::test::durability {
namespace {

constexpr auto invalid_option = ErrorCode::invalid_option;
constexpr auto corruption = ErrorCode::corruption;

// A directory for a store with a file in it.
std::function<void(Scene&)> with_file(const std::string& name, const std::string& text) {
  return [=](Scene& scene) {
    scene.directory(scene.store());
    scene.file(scene.store() / name, text);
  };
}

// A store one of whose files has another content.
std::function<void(Scene&)> tampered(const std::string& name, const std::string& text) {
  return [=](Scene& scene) {
    scene.filled_store();
    scene.file(scene.store() / name, text);
  };
}

// A store one of whose files is something else.
std::function<void(Scene&)> replaced(const std::string& name,
                                     const std::function<void(Scene&, const fs::path&)>& by) {
  return [=](Scene& scene) {
    scene.filled_store();
    const fs::path path = scene.store() / name;
    fs::remove(path);
    by(scene, path);
  };
}

void by_directory(Scene& scene, const fs::path& path) { scene.directory(path); }
void by_pipe(Scene& scene, const fs::path& path) { scene.fifo(path); }
void by_link_to_nowhere(Scene& scene, const fs::path& path) { scene.link(scene / "nowhere", path); }
void by_link_to_file(Scene& scene, const fs::path& path) {
  scene.file(scene / "precious", "text");
  scene.link(scene / "precious", path);
}

// The first file of a store whose name begins or ends so.
fs::path find(const Scene& scene, const std::string& part) {
  for (const auto& entry : fs::directory_iterator(scene.store())) {
    if (entry.path().filename().native().find(part) != std::string::npos) return entry.path();
  }
  throw std::runtime_error("no file like " + part);
}

void foreign_database(Scene& scene) {
  scene.directory(scene.store());
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(options, scene.store().native(), &db);
  const std::unique_ptr<rocksdb::DB> owner(db);
  if (!opened.ok() || !db->Put({}, "key", "value").ok()) throw std::runtime_error("foreign");
}

TEST(HostileContents, OfAnotherProgramAreRefused) {
  expect_refused("other programs' directories",
                 {
                     {"a letter", with_file("letter.txt", "dear"), invalid_option, "letter.txt"},
                     {"a hidden file", with_file(".profile", "x"), invalid_option, ".profile"},
                     {"a directory", [](Scene& s) { s.directory(s.store() / "inner"); },
                      invalid_option, "inner"},
                     {"a table", with_file("000012.sst", "x"), invalid_option, "000012.sst"},
                     {"another program's RocksDB", foreign_database, invalid_option, "RocksDB"},
                 });
}

TEST(HostileContents, OfAMarkThatIsNoneAreRefused) {
  const auto bare = [](Scene& scene, const std::vector<const char*>& without) {
    scene.filled_store();
    for (const char* name : without) fs::remove(scene.store() / name);
  };
  std::vector<Row> rows{
      {"a lost mark", [=](Scene& s) { bare(s, {"CAIRN"}); }, corruption, "CAIRN is missing"},
      {"a lost mark of a store that crashed",
       [=](Scene& s) {
         bare(s, {"CAIRN", "CAIRN.seal"});
       },
       corruption, "CAIRN is missing"},
      {"a lost mark, and a lost CURRENT",
       [=](Scene& s) {
         bare(s, {"CAIRN", "CURRENT"});
       },
       corruption, "CAIRN is missing"},
      {"nothing of ours",
       [=](Scene& s) {
         bare(s, {"CAIRN", "CAIRN.seal", "CAIRN.watermark", "CAIRN.manifest"});
       },
       invalid_option, "RocksDB"},
      {"a newer format", tampered("CAIRN", "cairn store format 2\n"), ErrorCode::newer_format,
       "format 2"},
      {"a mark that is a directory", replaced("CAIRN", by_directory), corruption, "CAIRN"},
      {"a mark that is a pipe", replaced("CAIRN", by_pipe), corruption, "CAIRN"},
      {"a mark that is a link", replaced("CAIRN", by_link_to_file), ErrorCode::io, "CAIRN"},
      {"a mark that links to nowhere", replaced("CAIRN", by_link_to_nowhere), ErrorCode::io,
       "CAIRN"},
      {"a mark to be that is a link",
       [](Scene& s) {
         s.directory(s.store());
         by_link_to_file(s, s.store() / "CAIRN.new");
       },
       ErrorCode::io,
       "CAIRN.new",
       {},
       true},
  };
  for (const char* text : {"", "cairn", "cairn store format ", "cairn store format 0\n",
                           "cairn store format -1\n", "cairn store format 1", "\xff\xff",
                           "cairn store format 1x\n", "cairn store format 99999999999999\n"}) {
    rows.push_back({text, tampered("CAIRN", text), corruption, "CAIRN"});
  }
  expect_refused("marks", rows);
}

TEST(HostileContents, OfALockFileThatIsNoneAreRefused) {
  expect_refused(
      "lock files",
      {
          {"a link", replaced("CAIRN.lock", by_link_to_file), ErrorCode::io, "CAIRN.lock"},
          {"a link to nowhere", replaced("CAIRN.lock", by_link_to_nowhere), ErrorCode::io,
           "CAIRN.lock"},
          {"a directory", replaced("CAIRN.lock", by_directory), ErrorCode::io, "CAIRN.lock"},
          {"a pipe", replaced("CAIRN.lock", by_pipe), ErrorCode::io, "CAIRN.lock"},
      });
}

// The store is not ours to judge before it is locked, so the lock file may change.
TEST(HostileContents, OfADatabaseThatWasTamperedWithAreRefused) {
  const auto row = [](const char* name, const std::function<void(Scene&)>& arrange) {
    return Row{name, arrange, corruption, {}, {}, true};
  };
  const auto manifest = [](Scene& s) { return find(s, "MANIFEST").filename().native(); };
  expect_refused("tampered databases",
                 {
                     row("a garbage CURRENT", tampered("CURRENT", "\x01\x02 garbage")),
                     row("an empty CURRENT", tampered("CURRENT", "")),
                     row("a CURRENT that names nothing", tampered("CURRENT", "MANIFEST-009999\n")),
                     row("a CURRENT that leads out of the directory",
                         tampered("CURRENT", "../../etc/passwd\n")),
                     row("a CURRENT that is a directory", replaced("CURRENT", by_directory)),
                     Row{"a CURRENT that is a pipe",
                         replaced("CURRENT", by_pipe),
                         corruption,
                         {},
                         "open",
                         true},
                     row("a garbage manifest",
                         [=](Scene& s) {
                           s.filled_store();
                           s.file(s.store() / manifest(s), std::string(500, 'x'));
                         }),
                     row("a lost table",
                         [](Scene& s) {
                           s.filled_store();
                           fs::remove(find(s, ".sst"));
                         }),
                 });
}

// RocksDB makes its own lock file, wherever a link leads.
TEST(HostileContents, ALockOfRocksDBThatLinksOutsideWritesNothingThere) {
  Scene scene;
  scene.filled_store();
  fs::remove(scene.store() / "LOCK");
  by_link_to_nowhere(scene, scene.store() / "LOCK");
  const auto before = scene.picture_outside();
  scene.attempt();
  EXPECT_EQ(scene.picture_outside(), before);
}

}  // namespace
}  // namespace cairn::test::durability
