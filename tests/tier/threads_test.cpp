// Readers beside writers in a tier so small that segments are reused under them all the time.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tier/record_tier.h"

namespace cairn::tier {
namespace {

constexpr std::size_t key_count = 600;

std::string name_of(std::size_t number) { return "key-" + std::to_string(number); }

// A record that says of each of its bytes what it has to be: key, version and length are in it.
std::string record_of(std::size_t number, std::uint64_t version) {
  std::string record = std::to_string(number) + ":" + std::to_string(version) + ":";
  const std::size_t size = record.size() + (number * 31 + version * 7) % 300;
  const auto filling = static_cast<char>('a' + (number + version) % 26);
  record.resize(size, filling);
  return record;
}

// The engine, and what was acknowledged of it.
struct Engine {
  struct Cell {
    std::mutex stripe;
    std::atomic<std::uint64_t> version{0};       // what the engine has
    std::atomic<std::uint64_t> acknowledged{0};  // what some call has returned
  };
  std::array<Cell, key_count> cells;
};

void raise(std::atomic<std::uint64_t>& to, std::uint64_t value) {
  std::uint64_t seen = to.load();
  while (seen < value && !to.compare_exchange_weak(seen, value)) {
  }
}

class Scene {
 public:
  explicit Scene(std::size_t bytes) : tier(bytes), space(tier.new_space()) {}

  void write(std::mt19937_64& random) {
    const std::size_t number = random() % key_count;
    const std::string name = name_of(number);
    const Key k = key(space, name);
    Engine::Cell& cell = engine.cells[number];
    const std::lock_guard lock(cell.stripe);
    RecordTier::Change change(tier, k);
    if (random() % 8 == 0) return;  // an error
    const std::uint64_t version = cell.version.load() + 1;
    cell.version.store(version);
    change.store(record_of(number, version), never_expires, static_cast<std::uint8_t>(version), 1);
    raise(cell.acknowledged, version);
  }

  void read(std::mt19937_64& random, std::string& record) {
    const std::size_t number = random() % key_count * (random() % key_count) / key_count;
    const std::string name = name_of(number);
    const Key k = key(space, name);
    Engine::Cell& cell = engine.cells[number];
    const std::uint64_t least = cell.acknowledged.load();
    if (const auto hit = tier.find(k, record)) {
      hits.fetch_add(1, std::memory_order_relaxed);
      const std::uint64_t version = check(number, record);
      if (hit->note != static_cast<std::uint8_t>(version)) wrong = "another record's note";
      if (version < least) wrong = "older than what was acknowledged";
      raise(cell.acknowledged, version);
      return;
    }
    const auto ticket = tier.ticket(k);
    const std::uint64_t version = cell.version.load();
    if (version < least) wrong = "the test itself";
    raise(cell.acknowledged, version);
    if (version == 0) return;
    tier.fill(k, ticket, record_of(number, version), never_expires,
              static_cast<std::uint8_t>(version), 1);
  }

  // A look in pieces; valid() alone says whether they belong together.
  void look(std::mt19937_64& random) {
    const std::size_t number = random() % key_count;
    const std::string name = name_of(number);
    const Look look = tier.look(key(space, name));
    if (!look) return;
    std::string record(look.size(), '?');
    const std::size_t half = record.size() / 2;
    look.copy(half, std::span(record).subspan(half));
    look.copy(0, std::span(record).first(half));
    if (look.valid()) check(number, record);
  }

  RecordTier tier;
  Space space;
  Engine engine;
  std::atomic<std::uint64_t> hits{0};
  std::atomic<const char*> wrong{nullptr};

 private:
  std::uint64_t check(std::size_t number, const std::string& record) {
    const std::size_t first = record.find(':');
    const std::uint64_t version =
        first == std::string::npos ? 0 : std::strtoull(record.c_str() + first + 1, nullptr, 10);
    if (record != record_of(number, version)) wrong = "a torn record, or another key's";
    return version;
  }
};

class TierThreads : public testing::TestWithParam<std::size_t> {};

TEST_P(TierThreads, ReadersFindWholeRecordsThatAreNotOlderThanWhatWasSeen) {
  Scene scene(GetParam());
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&scene, i] {
      std::mt19937_64 random(i);
      std::string record;
      for (int step = 0; step < 40'000 && scene.wrong.load() == nullptr; ++step) {
        switch (random() % (i == 0 ? 4 : 16)) {
          case 0:
          case 1:
            scene.write(random);
            break;
          case 2:
            scene.look(random);
            break;
          default:
            scene.read(random, record);
        }
      }
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(scene.wrong.load(), nullptr) << scene.wrong.load();
  EXPECT_GT(scene.hits.load(), 1000u);
}

INSTANTIATE_TEST_SUITE_P(Sizes, TierThreads,
                         testing::Values(RecordTier::least_bytes, std::size_t{1} << 20));

TEST(TierThreadTally, EveryHitIsCountedHoweverManyThreadsThereAre) {
  RecordTier tier(RecordTier::least_bytes);
  const Space space = tier.new_space();
  const Key k = key(space, "k");
  tier.fill(k, tier.ticket(k), "r", never_expires, 0, 1);
  constexpr int thread_count = 100;
  constexpr int finds = 500;
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i) {
    threads.emplace_back([&] {
      std::string record;
      for (int j = 0; j < finds; ++j) tier.find(k, record);
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(tier.counts().hits, std::uint64_t{thread_count} * finds);
}

}  // namespace
}  // namespace cairn::tier
