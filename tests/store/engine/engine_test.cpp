// Column families by generation, and what the store remembers from one opening to the next.
#include "store/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>

#include <fstream>

#include "store/directory/watermark.h"
#include "store/open_store.h"
#include "support/engine_access.h"

namespace cairn::store {
namespace {

using testing::UnorderedElementsAre;

std::optional<std::string> get(OpenStore& open, const std::string& family, const std::string& key) {
  const Session session(*open, open->family(family), Session::Intent::read, "test");
  Pinned pinned;
  const std::optional<std::string_view> found = session.get(key, pinned);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

void put(OpenStore& open, const std::string& family, const std::string& key,
         const std::string& value) {
  Session(*open, open->family(family), Session::Intent::write, "test").put(key, value);
}

std::vector<std::string> families(const OpenStore& open) {
  std::vector<std::string> names;
  EXPECT_TRUE(
      rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), open.path().native(), &names).ok());
  return names;
}

// Works on the closed store with nothing but RocksDB, as a crash would have left it.
void with_rocksdb(
    const OpenStore& open,
    const std::function<void(rocksdb::DB&, std::vector<rocksdb::ColumnFamilyHandle*>&)>& work) {
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  rocksdb::ColumnFamilyOptions options;
  options.merge_operator = std::make_shared<ttl::CounterMerge>();
  for (const std::string& name : families(open)) descriptors.emplace_back(name, options);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DBOptions database;
  database.info_log = std::make_shared<Logger>(nullptr);
  std::filesystem::remove(open.path() / "CAIRN.seal");  // as a crash leaves it
#if ROCKSDB_MAJOR >= 11
  std::unique_ptr<rocksdb::DB> db;
  ASSERT_TRUE(rocksdb::DB::Open(database, open.path().native(), descriptors, &handles, &db).ok());
#else
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(database, open.path().native(), descriptors, &handles, &raw).ok());
  const std::unique_ptr<rocksdb::DB> db(raw);
#endif
  work(*db, handles);
  for (rocksdb::ColumnFamilyHandle* each : handles) db->DestroyColumnFamilyHandle(each);
}

TEST(Engine, AFamilyIsMadeByItsFirstWriteAndNotByReads) {
  OpenStore open;
  EXPECT_EQ(get(open, "pages", "k"), std::nullopt);
  EXPECT_THAT(families(open), UnorderedElementsAre("default"));
  put(open, "pages", "k", "value");
  EXPECT_THAT(families(open), UnorderedElementsAre("default", "pages@1"));
}

TEST(Engine, ClearingMakesTheNextGenerationAndDropsTheOld) {
  OpenStore open;
  put(open, "pages", "k", "value");
  open->clear(open->family("pages"), [] {});
  EXPECT_EQ(get(open, "pages", "k"), std::nullopt);
  EXPECT_THAT(families(open), UnorderedElementsAre("default", "pages@2"));
  put(open, "pages", "k", "new");
  open.reopen();
  EXPECT_EQ(get(open, "pages", "k"), "new");
  open->clear(open->family("pages"), [] {});
  EXPECT_THAT(families(open), UnorderedElementsAre("default", "pages@3"));
}

TEST(Engine, ClearingSaysWhenNobodyIsInside) {
  OpenStore open;
  int calls = 0;
  open->clear(open->family("pages"), [&] { ++calls; });
  EXPECT_EQ(calls, 0) << "there is nothing to clear";
  put(open, "pages", "k", "value");
  open->clear(open->family("pages"), [&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(Engine, ClearingOneFamilyLeavesTheOthers) {
  OpenStore open;
  put(open, "pages", "k", "value");
  put(open, "users", "k", "value");
  open->clear(open->family("pages"), [] {});
  EXPECT_EQ(get(open, "users", "k"), "value");
}

// A crash between the making of the new generation and the dropping of the old leaves both.
TEST(Engine, TheHighestGenerationWinsAndStaleOnesAreDroppedAtOpen) {
  OpenStore open;
  put(open, "pages", "k", "cleared");
  open.reopen([&] {
    with_rocksdb(open, [&](rocksdb::DB& db, auto& handles) {
      for (const char* name : {"pages@10", "pages@9"}) {
        rocksdb::ColumnFamilyHandle* made = nullptr;
        ASSERT_TRUE(db.CreateColumnFamily({}, name, &made).ok());
        ASSERT_TRUE(db.Put({}, made, "k", std::string("of ") + name).ok());
        handles.push_back(made);
      }
    });
  });
  EXPECT_EQ(get(open, "pages", "k"), "of pages@10") << "10 is higher than 9 as a number";
  EXPECT_THAT(families(open), UnorderedElementsAre("default", "pages@10"));
}

TEST(Engine, FamiliesWhoseNamesSayNoGenerationAreLeftAlone) {
  OpenStore open;
  put(open, "pages", "k", "value");
  open.reopen([&] {
    with_rocksdb(open, [](rocksdb::DB& db, auto& handles) {
      for (const char* name : {"strange", "pages@", "pages@x", "pages@1x"}) {
        rocksdb::ColumnFamilyHandle* made = nullptr;
        ASSERT_TRUE(db.CreateColumnFamily({}, name, &made).ok());
        handles.push_back(made);
      }
    });
  });
  EXPECT_EQ(get(open, "pages", "k"), "value");
  EXPECT_THAT(families(open), UnorderedElementsAre("default", "pages@1", "strange", "pages@",
                                                   "pages@x", "pages@1x"));
}

TEST(Engine, AtSignsInANameAreNoMatter) {
  OpenStore open;
  put(open, "a@2", "k", "value");
  open.reopen();
  EXPECT_EQ(get(open, "a@2", "k"), "value");
  EXPECT_EQ(get(open, "a", "k"), std::nullopt);
  EXPECT_THAT(families(open), UnorderedElementsAre("default", "a@2@1"));
}

TEST(Engine, TheMarkIsPersistedAtCloseAndGivenBackAtOpen) {
  OpenStore open;
  EXPECT_EQ(open.not_before, "");
  open.clock_time = "the time";
  open.reopen();
  EXPECT_EQ(open.not_before, "the time");
  open.clock_time = "later";
  open.reopen();
  EXPECT_EQ(open.not_before, "later");
}

TEST(Engine, TheMarkIsPersistedWithoutALogToo) {
  OpenStore open(Durability::clean_close);
  open.clock_time = "the time";
  open.reopen();
  EXPECT_EQ(open.not_before, "the time");
}

TEST(Engine, AnEmptyMarkIsNotPersisted) {
  OpenStore open;
  open.clock_time = "the time";
  open.reopen();
  open.clock_time = "";
  open.not_before = "";
  open.reopen();
  EXPECT_EQ(open.not_before, "the time");
}

// Opened on another day with the wall clock set back, a copy would otherwise show values that had
// expired before it was made.
TEST(Engine, ACheckpointRemembersTheTimeAtWhichItWasMade) {
  OpenStore open;
  put(open, "pages", "k", "value");
  open.clock_time = "now";
  const std::filesystem::path copy = open.path().native() + ".copy";
  Session(*open, open->family("pages"), Session::Intent::read, "test").checkpoint(copy);
  Rules rules;
  std::string not_before;
  rules.filter = [](const std::string&) { return nullptr; };
  rules.clock_time = [] { return std::string(); };
  rules.clock_not_before = [&](std::string_view text) {
    not_before = text;
    return Correction();
  };
  Store other(copy, {}, rules);
  other.attach();
  other.detach();
  EXPECT_EQ(not_before, "now");
}

TEST(Engine, WhatIsWrittenWithoutALogIsThereAfterAClose) {
  OpenStore open(Durability::clean_close);
  put(open, "pages", "k", "value");
  open.reopen();
  EXPECT_EQ(get(open, "pages", "k"), "value");
}

TEST(Engine, AnOperationOpensAStoreThatIsClosedAndClosesItAfterwards) {
  OpenStore open;
  put(open, "pages", "k", "value");
  open.reopen([&] {
    const std::uint64_t before = open->openings();
    EXPECT_EQ(get(open, "pages", "k"), "value");
    put(open, "pages", "k", "changed");
    EXPECT_EQ(open->openings(), before + 2);
  });
  EXPECT_EQ(get(open, "pages", "k"), "changed");
}

TEST(Engine, ABatchIsWrittenWhole) {
  OpenStore open;
  Session session(*open, open->family("pages"), Session::Intent::write, "test");
  session.put("gone", "value");
  Batch batch = session.batch();
  batch.put("a", "1");
  batch.erase("gone");
  batch.merge("counter", ttl::encode_integer(0, 0, 0));
  EXPECT_EQ(batch.count(), 3u);
  session.commit(batch, "batch");
  Pinned pinned;
  EXPECT_EQ(session.get("a", pinned), "1");
  EXPECT_EQ(session.get("gone", pinned), std::nullopt);
}

}  // namespace
// A compaction or a sync may take minutes: nobody else waits for it.
TEST(Lease, DoesNotKeepOthersFromWritingOrClearing) {
  OpenStore open;
  Family& family = open->family("one");
  Session(*open, family, Session::Intent::write, "test").put("key", "value");
  std::optional<Session> session(std::in_place, *open, family, Session::Intent::read, "test");
  const Engine::Lease lease(EngineAccess::of(*session));
  session.reset();
  open->clear(family, [] {});
  Session(*open, family, Session::Intent::write, "test").put("key", "value");
}

TEST(Lease, KeepsTheEngineFromClosing) {
  OpenStore open;
  Family& family = open->family("one");
  std::optional<Session> session(std::in_place, *open, family, Session::Intent::read, "test");
  std::optional<Engine::Lease> lease(std::in_place, EngineAccess::of(*session));
  Engine& engine = EngineAccess::of(*session);
  session.reset();
  std::atomic<bool> closed{false};
  std::thread closing([&] {
    open->detach();
    closed = true;
  });
  while (open->open_in()) std::this_thread::yield();  // taken out, and waiting for us
  engine.sync();
  EXPECT_FALSE(closed);
  lease.reset();
  closing.join();
  open->attach();
}

// A write can be read before its thread takes the ticket: here it never does.
class WriteWithoutTicket : public testing::Test {
 protected:
  // What is on disk, and what can be read.
  std::pair<std::uint64_t, std::uint64_t> after(const std::function<void(Session&)>& call) {
    Session session(*open_, family_, Session::Intent::write, "test");
    Engine& engine = EngineAccess::of(session);
    EXPECT_TRUE(engine.db().Put(engine.write_options(), family_.handle.get(), "key", "value").ok());
    const std::uint64_t shown = engine.db().GetLatestSequenceNumber();
    call(session);
    return {Watermark(open_.path()).sequence(), shown};
  }

  OpenStore open_;
  Family& family_ = open_->family("one");
};

TEST_F(WriteWithoutTicket, IsWaitedForByWhoRestsOnIt) {
  const auto [synced, shown] =
      after([](Session& session) { session.settle(Durability::power_loss, "key"); });
  EXPECT_GE(synced, shown);
}

TEST_F(WriteWithoutTicket, IsOnDiskAfterASync) {
  const auto [synced, shown] = after([](Session& session) { session.sync(); });
  EXPECT_GE(synced, shown);
}

}  // namespace cairn::store
