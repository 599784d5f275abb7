#include "durability/clock/run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

#include <cairn/error.h>

namespace cairn::test::durability {
namespace {

constexpr std::int64_t day = 24 * ModelClock::hour;
constexpr std::int64_t year = 365 * day;
constexpr std::size_t kept_operations = 5000;
// system_clock counts nanoseconds, and ends in 2262.
constexpr std::int64_t latest_point = 290 * year;

std::chrono::milliseconds ms(std::int64_t count) { return std::chrono::milliseconds(count); }

std::string text(Timeout timeout) {
  return timeout.is_never() ? "never" : std::to_string(timeout.duration().count()) + " ms";
}
std::string text(const Any& value) {
  return value.kind == ValueKind::integer ? std::to_string(value.number()) : value.payload;
}
std::string text(const ModelCache::Seen& seen) {
  return text(seen.value) + " for " + text(seen.ttl);
}
std::string text(bool value) { return value ? "true" : "false"; }
template <class T>
requires std::is_integral_v<T> std::string text(T value) { return std::to_string(value); }
template <class T>
std::string text(const std::optional<T>& value) {
  return value ? text(*value) : "nothing";
}

}  // namespace

std::string ClockFindings::report() const {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / "cairn-clock-operations.log";
  std::ofstream file(path);
  for (const std::string& each : last) file << each << '\n';
  return std::to_string(mismatches) + " mismatches, the first: " + first_mismatch +
         "\nthe last operations up to there: " + path.native();
}

ClockRun::ClockRun(const Options& options)
    : options_(options), random_(options.seed), machine_(options.durability) {
  for (int i = 0; i < 24; ++i) keys_.push_back("k" + std::to_string(10 + i));
  clock_.start(FakeClock().wall().count());
}

ClockFindings ClockRun::run(std::uint64_t operations) {
  for (; findings_.operations < operations; ++findings_.operations) step();
  check_all();
  return std::move(findings_);
}

void ClockRun::step() {
  const std::uint64_t dice = below(10'000);
  if (dice < 5500) {
    one_key();
  } else if (dice < 7500) {
    counter();
  } else if (dice < 8200) {
    several_keys();
  } else if (dice < 9960) {
    turn_clock();
  } else {
    engine_event();
  }
}

void ClockRun::one_key() {
  const std::string key = any_key();
  const Any value = any_value();
  const Timeout timeout = any_timeout();
  Cache& cache = machine_.cache();
  const std::uint64_t dice = below(20);
  if (dice < 8) {
    log("set " + key + " " + text(value) + " " + text(timeout));
    cache.set(key, value, {.timeout = timeout});
    model_.set(key, value, timeout);
  } else if (dice < 11) {
    log("add " + key + " " + text(value) + " " + text(timeout));
    expect(cache.add(key, value, {.timeout = timeout}), model_.add(key, value, timeout), "add");
  } else if (dice < 14) {
    log("touch " + key + " " + text(timeout));
    expect(cache.touch(key, {.timeout = timeout}), model_.touch(key, timeout), "touch");
  } else if (dice < 15) {
    const std::int64_t when = std::min(clock_.wall() + spread(50 * year) - day, latest_point);
    log("expire_at " + key + " " + std::to_string(when));
    const bool touched = cache.expire_at(key, std::chrono::system_clock::time_point(ms(when)));
    expect(touched, model_.touch(key, ms(when - clock_.wall())), "expire_at");
  } else if (dice < 16) {
    log("erase " + key);
    expect(cache.erase(key), model_.erase(key), "erase");
  } else if (dice < 17) {
    log("pop " + key);
    expect(cache.pop<Any>(key), model_.pop(key), "pop");
  } else {
    std::optional<Timeout> given;
    if (below(2) == 0) given = timeout;
    log("update " + key + " to " + text(value) + " " + text(given));
    const SetOptions how{.timeout = given};
    cache.update<Any>(
        key, [&](const std::optional<Any>&) { return std::optional(value); }, how);
    model_.update(key, value, given);
  }
  check(key);
}

void ClockRun::counter() {
  const std::string key = any_key();
  const auto by = static_cast<std::int64_t>(below(21)) - 10;
  if (below(3) == 0) {
    const std::string other = any_key();
    log("incr_many " + key + " " + other + " by " + std::to_string(by));
    machine_.cache().incr_many({{key, by}, {other, 1}});
    model_.incr_blindly(key, by);
    model_.incr_blindly(other, 1);
    check(other);
  } else if (model_.read(key) && !model_.is_integer(key)) {
    return;
  } else {
    IncrOptions how;
    if (below(2) == 0) how.initial = static_cast<std::int64_t>(below(100));
    how.timeout = any_timeout();
    log("incr " + key + " by " + std::to_string(by) + " from " + text(how.initial) + " " +
        text(*how.timeout));
    std::optional<std::int64_t> seen;
    try {
      seen = machine_.cache().try_incr(key, by, how);
    } catch (const Error& error) {
      mismatch(error.what());
    }
    expect(seen, model_.incr(key, by, how.initial, *how.timeout), "incr");
  }
  check(key);
}

void ClockRun::several_keys() {
  std::map<std::string, Any> values;
  for (int i = 0; i < 3; ++i) values.insert_or_assign(any_key(), any_value());
  std::vector<std::string> some;
  for (const auto& each : values) some.push_back(each.first);
  if (below(3) == 0) {
    log("erase_many " + some.front() + "...");
    std::size_t expected = 0;
    for (const std::string& key : some) expected += model_.erase(key) ? 1 : 0;
    expect(machine_.cache().erase_many(some), expected, "erase_many");
  } else {
    const Timeout timeout = any_timeout();
    log("set_many " + some.front() + "... " + text(timeout));
    machine_.cache().set_many(values, {.timeout = timeout});
    for (const auto& [key, value] : values) model_.set(key, value, timeout);
  }
  for (const std::string& key : some) check(key);
}

void ClockRun::turn_clock() {
  const std::uint64_t dice = below(100);
  if (dice < 40) {
    // To the very edge of what some key still lives.
    const std::optional<std::int64_t> edge = model_.expiry(any_key());
    const std::int64_t by =
        edge ? *edge - clock_.now() + static_cast<std::int64_t>(below(3)) - 1 : 0;
    if (by <= 0 || by > 10 * day) return;
    log("time passes to an edge: " + std::to_string(by));
    machine_.pass(by);
    clock_.pass(by);
  } else if (dice < 75) {
    const bool suspended = dice < 45;
    const std::int64_t by = suspended ? spread(year) : spread(day);
    findings_.suspends += suspended ? 1 : 0;
    log((suspended ? "suspended for " : "time passes: ") + std::to_string(by));
    machine_.pass(by);
    clock_.pass(by);
  } else {
    jump();
  }
  check_clock();
  for (int i = 0; i < 4; ++i) check(any_key());
}

// The kernel sets no clock before 1970.
void ClockRun::jump() {
  const std::int64_t size = spread(100 * year);
  const std::int64_t by = std::max(below(2) == 0 ? size : -size, -clock_.wall());
  log("the wall clock jumps by " + std::to_string(by));
  ++findings_.jumps;
  machine_.jump(by);
  clock_.jump(by);
}

void ClockRun::engine_event() {
  const std::uint64_t dice = below(100);
  if (dice < 20) {
    log("flush");
    machine_.flush();
  } else if (dice < 35) {
    log("expire");
    machine_.cache().expire();
  } else if (dice < 50) {
    log("close the handle");
    machine_.reopen();
  } else {
    restart(dice < 75 ? Machine::End::closed : options_.kill);
  }
  check_clock();
  check_all();
}

void ClockRun::restart(Machine::End end) {
  const std::int64_t wall = any_wall();
  log((end == Machine::End::closed ? "close and start again at " : "kill and start again at ") +
      std::to_string(wall));
  std::vector<std::string> expired;
  std::copy_if(keys_.begin(), keys_.end(), std::back_inserter(expired),
               [&](const std::string& key) { return model_.expired(key); });
  const std::int64_t reached = clock_.now();
  machine_.restart(end, wall);
  // A kill loses what time was reached since it was last written down.
  const std::int64_t mark = end == Machine::End::killed ? machine_.mark_left() : reached;
  furthest_ = std::max(furthest_, reached);
  if (mark > furthest_) mismatch("a time was written down that was never reached");
  model_.end_of_process();
  clock_.start(wall);
  const bool believed = clock_.resume(mark);
  if (!believed) model_.correct(mark);
  if (end == Machine::End::closed) {
    expect(machine_.mark(), believed ? reached : wall, "the time written down at close");
  }
  if (options_.kill == Machine::End::killed) {
    expect(machine_.cache().stats().clock_mark_ignored, !believed, "clock_mark_ignored");
  }
  findings_.ignored_marks += believed ? 0 : 1;
  ++(end == Machine::End::closed ? findings_.closes : findings_.kills);
  for (const std::string& key : expired) {
    check(key);
    findings_.returned_by_rule += model_.read(key) ? 1 : 0;
  }
}

void ClockRun::check_clock() {
  expect(machine_.clock().now(), static_cast<ttl::Instant>(clock_.now()), "the clock");
  expect(machine_.clock().removal_time(), static_cast<ttl::Instant>(clock_.removal()),
         "the time that removals go by");
}

void ClockRun::check_all() {
  for (const std::string& key : keys_) check(key);
}

void ClockRun::check(const std::string& key) {
  ++findings_.reads;
  Cache& cache = machine_.cache();
  std::optional<ModelCache::Seen> seen;
  std::optional<Any> value = cache.get<Any>(key);
  const std::optional<Timeout> left = cache.ttl(key);
  if (value.has_value() != left.has_value() || value.has_value() != cache.contains(key)) {
    mismatch("get, ttl and contains disagree about " + key);
  }
  if (value && left) seen = {*std::move(value), *left};
  if (model_.may_be_gone(key, seen.has_value())) return;
  const std::optional<ModelCache::Seen> expected = model_.read(key);
  findings_.revivals += seen && !expected ? 1 : 0;
  expect(seen, expected, key);
}

template <class T>
void ClockRun::expect(const T& seen, const T& expected, const std::string& what) {
  if (seen == expected) return;
  mismatch(what + " gave " + text(seen) + " instead of " + text(expected));
}

void ClockRun::mismatch(const std::string& what) {
  log("MISMATCH " + what);
  if (findings_.mismatches++ == 0) findings_.first_mismatch = what;
}

void ClockRun::log(const std::string& what) {
  if (findings_.mismatches > 0) return;
  findings_.last.push_back("[" + std::to_string(clock_.now()) + "] " + what);
  if (findings_.last.size() > kept_operations) findings_.last.pop_front();
}

// As many of one size as of ten times that size, from 1 up.
std::int64_t ClockRun::spread(std::int64_t most) {
  const double part = static_cast<double>(random_() >> 11) * 0x1p-53;
  return static_cast<std::int64_t>(std::exp(std::log(static_cast<double>(most)) * part));
}

Any ClockRun::any_value() {
  ++unique_;
  if (below(2) == 0) return Any::of(unique_ % 1000);
  return {ValueKind::bytes, "v" + std::to_string(unique_)};
}

Timeout ClockRun::any_timeout() {
  switch (below(16)) {
    case 0:
      return ms(0);
    case 1:
      return ms(-spread(year));
    case 2:
      return never;
    case 3:
      // The longest that is not never and can still be added to any time of the run.
      return ms(std::int64_t{1} << 62);
    default:
      return ms(spread(200 * year));
  }
}

// Near the time that was reached, where it matters whether that was written down; or anywhere.
std::int64_t ClockRun::any_wall() {
  const bool near = below(2) == 0;
  const std::int64_t by = near ? spread(2 * day) : spread(100 * year);
  const std::int64_t from = near ? clock_.now() : clock_.wall();
  const std::int64_t latest = 350 * year;
  return std::clamp(below(3) == 0 ? from + by : from - by, std::int64_t{0}, latest);
}

}  // namespace cairn::test::durability
