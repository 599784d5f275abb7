// The least cache that can be built from the rooms: a store with rules that the test chooses, and
// the operations that need those rules.  For the model's control, in which a rule is broken.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "model/engine_work.h"
#include "model/subject.h"
#include "store/border/engine_hooks.h"
#include "store/session.h"
#include "support/fake_clock.h"
#include "ttl/clock.h"
#include "ttl/expiry_filter.h"

namespace cairn::test {

/// The rules of the real store, for a test to replace one of.
struct ThinRules {
  std::shared_ptr<rocksdb::MergeOperator> merge;
  std::function<std::shared_ptr<rocksdb::CompactionFilterFactory>(std::shared_ptr<const ttl::Clock>,
                                                                  std::shared_ptr<ttl::DropCount>)>
      filter;
  /// A touch writes a merge operand with the new expiry instead of the whole record.
  bool touch_by_merge = false;

  static ThinRules real();
};

/// The operand of touch_by_merge: as an ADD, but with this tag and the new expiry for the delta.
inline constexpr char touch_tag = 0x22;

class ThinSubject final : public Subject {
 public:
  ThinSubject(const std::filesystem::path& directory, const FakeClock& clock, ThinRules rules);
  ~ThinSubject() override;

  ttl::Instant now() override { return clock_->now(); }
  std::optional<Seen> read(const Key& key) override;
  void set(const Key& key, const Any& value, Timeout timeout) override;
  bool add(const Key& key, const Any& value, Timeout timeout) override;
  bool touch(const Key& key, Timeout timeout) override;
  Incremented incr(const Key& key, const Step& step, const std::optional<Seed>& seed) override;
  void incr_many(const Deltas& deltas) override;
  bool erase(const Key& key) override;
  void clear() override;

  void flush() override { work_.flush(); }
  void compact(const Key& first, const Key& last) override;
  void compact_level(std::uint64_t dice) override { work_.compact_level(dice); }
  void reap() override { work_.reap(); }
  void expire() override { work_.compact_all(); }
  void reopen(bool whole) override;
  Exercise exercise() override;

 private:
  struct Found {
    ttl::Record record;
    std::string payload;
  };
  store::Rules store_rules() const;
  std::optional<Found> live(const store::Session& session, const std::string& key) const;
  void put(store::Session& session, const std::string& key, const Any& value,
           ttl::Instant expires_at) const;

  const ThinRules rules_;
  const std::shared_ptr<ttl::Clock> clock_;
  const std::shared_ptr<ttl::DropCount> dropped_ = std::make_shared<ttl::DropCount>(0);
  const store::HookedDirectory hooked_;
  store::Store store_;
  store::Family& family_;
  EngineWork work_;
  std::uint64_t reopens_ = 0;
};

}  // namespace cairn::test
