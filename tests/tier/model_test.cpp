// The tier beside a map that has everything: whatever it finds is what the map has, now.
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tier/record_tier.h"

namespace cairn::tier {
namespace {

constexpr std::size_t key_count = 400;

// The engine is a map; operations on it may be half done: read but not filled in, or being changed.
class Model {
 public:
  Model(std::size_t bytes, unsigned seed) : tier_(bytes), random_(seed) {
    for (Space& space : spaces_) space = tier_.new_space();
  }

  void step() {
    ++now_;
    switch (below(12)) {
      case 0:
      case 1:
        return begin_change();
      case 2:
      case 3:
        return end_change();
      case 4:
      case 5:
        return begin_read();
      case 6:
      case 7:
        return end_read();
      case 8:
        if (below(200) == 0) clear();
        return;
      default:
        return find();
    }
  }

  std::uint64_t found = 0;

 private:
  struct Stored {
    std::string record;
    Instant expires_at;
    std::uint8_t note;
  };
  using Name = std::pair<std::size_t, std::string>;  // which of the spaces, which key
  struct Read {
    Name name;
    Space space;
    RecordTier::Ticket ticket;
    std::optional<Stored> stored;
  };

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  Name any_name() {
    const std::uint64_t skewed = below(key_count) * below(key_count) / key_count;
    std::string bytes = std::to_string(skewed);
    if (skewed % 3 == 0) bytes.append(skewed % 40, '-');
    return {below(spaces_.size()), bytes};
  }
  Key key_of(const Name& name) const { return key(spaces_[name.first], name.second); }

  Stored any_record(const Name& name) {
    std::string record = name.second + "/" + std::to_string(++written_) + "/";
    record.append(below(20) == 0 ? below(700) : below(5) * 8, static_cast<char>(written_));
    const Instant expires_at = below(3) == 0 ? now_ + below(500) : never_expires;
    return {record, expires_at, static_cast<std::uint8_t>(written_)};
  }

  void begin_change() {
    const Name name = any_name();
    if (changes_.count(name) > 0) return;
    changes_.try_emplace(name, tier_, key_of(changes_name(name)));
  }
  // The change's key looks at bytes that last: those of the map's own key.
  const Name& changes_name(const Name& name) { return *names_.insert(name).first; }

  void end_change() {
    if (changes_.empty()) return;
    auto change = changes_.begin();
    std::advance(change, below(changes_.size()));
    const Name name = change->first;
    switch (below(4)) {
      case 0:  // an error: the engine has what it had
        break;
      case 1:
        engine_.erase(name);
        break;
      default: {
        const Stored stored = any_record(name);
        engine_[name] = stored;
        change->second.store(stored.record, stored.expires_at, stored.note, now_,
                             below(2) == 0 ? RecordTier::Keep::known : RecordTier::Keep::always);
      }
    }
    changes_.erase(change);
  }

  void begin_read() {
    const Name name = any_name();
    const auto ticket = tier_.ticket(key_of(name));
    const auto stored = engine_.find(name);
    reads_.push_back({name, spaces_[name.first], ticket,
                      stored == engine_.end() ? std::nullopt : std::optional(stored->second)});
  }
  void end_read() {
    if (reads_.empty()) return;
    const std::size_t which = below(reads_.size());
    const Read read = std::move(reads_[which]);
    reads_.erase(reads_.begin() + static_cast<std::ptrdiff_t>(which));
    if (!read.stored) return;
    tier_.fill(key(read.space, read.name.second), read.ticket, read.stored->record,
               read.stored->expires_at, read.stored->note, now_);
  }

  // As clear() does it: another space.  Changes under way would hold it up.
  void clear() {
    changes_.clear();
    const std::size_t which = below(spaces_.size());
    std::erase_if(engine_, [&](const auto& each) { return each.first.first == which; });
    tier_.retire(spaces_[which]);
    spaces_[which] = tier_.new_space();
  }

  void find() {
    const Name name = any_name();
    std::string record = "what was there before";
    const auto hit = tier_.find(key_of(name), record);
    if (!hit) return;
    ++found;
    ASSERT_EQ(changes_.count(name), 0u);
    const auto stored = engine_.find(name);
    ASSERT_NE(stored, engine_.end());
    ASSERT_EQ(record, stored->second.record);
    ASSERT_EQ(hit->expires_at, stored->second.expires_at);
    ASSERT_EQ(hit->note, stored->second.note);
  }

  RecordTier tier_;
  std::mt19937_64 random_;
  Instant now_ = 1'000'000;
  std::uint64_t written_ = 0;
  std::array<Space, 3> spaces_{};
  std::map<Name, Stored> engine_;
  std::set<Name> names_;
  std::map<Name, RecordTier::Change> changes_;
  std::vector<Read> reads_;
};

class TierModel : public testing::TestWithParam<std::size_t> {};

TEST_P(TierModel, NeverFindsAnythingButWhatTheEngineHas) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    Model model(GetParam(), seed);
    for (int step = 0; step < 60'000 && !HasFatalFailure(); ++step) model.step();
    EXPECT_GT(model.found, 1000u);
    if (HasFatalFailure()) GTEST_FAIL() << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, TierModel,
                         testing::Values(RecordTier::least_bytes, std::size_t{4} << 20,
                                         std::size_t{32} << 20));

}  // namespace
}  // namespace cairn::tier
