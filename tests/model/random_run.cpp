#include "model/random_run.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include <cairn/error.h>

namespace cairn::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t names = 30;  // each in two versions: 60 keys

std::string text(const Key& key) { return key.name + "@" + std::to_string(key.version); }
std::string text(bool value) { return value ? "true" : "false"; }
std::string text(std::size_t value) { return std::to_string(value); }
std::string text(Timeout timeout) {
  return timeout.is_never() ? "never" : std::to_string(timeout.duration().count()) + "ms";
}
std::string text(const Any& value) {
  if (value.kind == ValueKind::integer) return std::to_string(value.number());
  return std::string(kind_name(value.kind)) + quote(value.payload);
}
std::string text(const Seen& seen) { return text(seen.value) + " for " + text(seen.ttl); }
std::string text(const Incremented& added) {
  return "outcome " + std::to_string(static_cast<int>(added.outcome)) + " value " +
         std::to_string(added.value) + " kind " + std::string(kind_name(added.kind));
}
std::string text(const std::string& value) { return value; }
template <class A, class B>
std::string text(const std::pair<A, B>& pair) {
  return text(pair.first) + "=" + text(pair.second);
}
template <class T>
std::string text(const std::vector<T>& values) {
  std::string all = "{";
  for (const T& each : values) all += text(each) + " ";
  return all + "}";
}
template <class T>
std::string text(const std::optional<T>& value) {
  return value ? text(*value) : "nothing";
}

bool same(const Incremented& a, const Incremented& b) {
  return a.outcome == b.outcome && a.value == b.value && a.kind == b.kind;
}
template <class T>
bool same(const T& a, const T& b) {
  return a == b;
}

}  // namespace

std::string Findings::report() const {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn-model-" + std::to_string(seed) + ".log");
  std::ofstream file(path);
  for (const std::string& each : operations) file << each << '\n';
  return "seed " + std::to_string(seed) + ": " + std::to_string(mismatches) +
         " mismatches; the first: " + first_mismatch +
         "\nthe operations up to there: " + path.native();
}

RandomRun::RandomRun(std::uint64_t seed, FakeClock clock, Subject& subject, WholeSubject* whole)
    : random_(seed),
      clock_(std::move(clock)),
      reference_(clock_),
      subject_(subject),
      whole_(whole) {
  findings_.seed = seed;
}

Findings RandomRun::run(std::uint64_t steps) {
  for (; findings_.steps < steps; ++findings_.steps) {
    step();
    check_some();
  }
  check_all();
  return std::move(findings_);
}

void RandomRun::step() {
  const std::uint64_t dice = below(1000);
  if (dice < 400) {
    single_change();
  } else if (dice < 740) {
    counter_change();
  } else if (dice < 800) {
    batch_change();
  } else if (dice < 970) {
    turn_clock();
  } else {
    engine_event();
  }
}

void RandomRun::single_change() {
  const Key key = any_key();
  const Any value = any_value();
  const Timeout timeout = any_timeout();
  const std::uint64_t dice = below(whole_ != nullptr ? 12 : 8);
  if (dice < 3) {
    log("set " + text(key) + " " + text(value) + " " + text(timeout));
    subject_.set(key, value, timeout);
    reference_.set(key, value, timeout);
  } else if (dice < 5) {
    log("add " + text(key) + " " + text(value) + " " + text(timeout));
    expect(subject_.add(key, value, timeout), reference_.add(key, value, timeout), "add", key);
  } else if (dice < 7) {
    log("touch " + text(key) + " " + text(timeout));
    expect(subject_.touch(key, timeout), reference_.touch(key, timeout), "touch", key);
  } else if (dice < 8) {
    log("erase " + text(key));
    expect(subject_.erase(key), reference_.erase(key), "erase", key);
  } else if (dice < 9) {
    log("pop " + text(key));
    const std::optional<Any> expected = reference_.value(key);
    reference_.erase(key);
    expect(whole_->pop(key), expected, "pop", key);
  } else if (dice < 11) {
    std::optional<Timeout> given;
    if (one_in(2)) given = timeout;
    const bool remove = one_in(6);
    log("update " + text(key) + (remove ? " away" : " to " + text(value)) + " " + text(given));
    const auto change = [&](const std::optional<Any>& now) -> std::optional<Any> {
      if (remove) return std::nullopt;
      return now && now->kind == ValueKind::integer ? Any::of(now->number() / 2 + 7) : value;
    };
    expect(whole_->update(key, change, given), reference_.update(key, change, given), "update",
           key);
  } else {
    const std::int64_t delta = key.version == 1 ? 1 : -1;
    log("move " + text(key) + " by " + std::to_string(delta));
    expect(whole_->move_version(key, delta), reference_.move_version(key, delta), "move", key);
  }
  check(key);
}

void RandomRun::counter_change() {
  const Key key = any_key();
  if (one_in(3)) {
    Subject::Deltas deltas;
    for (std::uint64_t i = 0, count = 1 + below(6); i < count; ++i) {
      deltas.emplace_back(one_in(3) ? key : any_key(), any_delta());
    }
    log("incr_many " + text(deltas[0].first) + " and " + std::to_string(deltas.size() - 1) +
        " more");
    for (const auto& [each, delta] : deltas) log("  " + text(each) + " " + std::to_string(delta));
    subject_.incr_many(deltas);
    reference_.incr_many(deltas);
    for (const auto& each : deltas) check(each.first);
    return;
  }
  const Step step{any_delta(), one_in(3) ? Direction::down : Direction::up};
  std::optional<Seed> seed;
  if (one_in(2)) seed = Seed{static_cast<std::int64_t>(below(100)), any_timeout()};
  // Now and then many in a row, so that chains grow to their limit.
  for (std::uint64_t left = one_in(12) ? 30 : 1; left > 0; --left) {
    log((step.direction == Direction::down ? "decr " : "incr ") + text(key) + " " +
        std::to_string(step.amount) +
        (seed ? " from " + std::to_string(seed->initial) + " for " + text(seed->timeout) : ""));
    expect(subject_.incr(key, step, seed), reference_.incr(key, step, seed), "incr", key);
  }
  check(key);
}

void RandomRun::batch_change() {
  if (whole_ == nullptr) return counter_change();
  const std::vector<std::string> some = some_names();
  const std::int64_t version = 1 + static_cast<std::int64_t>(below(2));
  if (one_in(3)) {
    log("erase_many " + text(some) + " version " + std::to_string(version));
    std::size_t expected = 0;
    for (const std::string& each : some) expected += reference_.erase({each, version}) ? 1 : 0;
    expect(whole_->erase_many(some, version), expected, "erase_many", {some[0], version});
  } else {
    const Timeout timeout = any_timeout();
    Subject::Values values;
    for (const std::string& each : some) values.emplace_back(each, any_value());
    log("set_many " + text(values) + " version " + std::to_string(version) + " " + text(timeout));
    whole_->set_many(values, version, timeout);
    for (const auto& [each, value] : values) reference_.set({each, version}, value, timeout);
  }
  for (const std::string& each : some) check({each, version});
}

void RandomRun::turn_clock() {
  const std::uint64_t dice = below(1000);
  std::chrono::milliseconds by(1 + below(400));
  if (dice < 950) {
    if (dice < 50) by *= 500;
    if (dice < 5) by += 1h;  // long enough for the grace after a jump to end
    log("time passes: " + std::to_string(by.count()) + "ms");
    clock_.advance(by);
  } else {
    // Back or forth, now and then by more than what counts as a jump; in all never so far back that
    // a mark would be ignored.
    by = std::chrono::milliseconds(1 + below(dice < 995 ? 50'000 : 1'800'000));
    if (one_in(2) && clock_.ahead_of_wall() < 20h) by = -by;
    log("the wall clock jumps by " + std::to_string(by.count()) + "ms");
    clock_.jump_wall(by);
  }
  if (subject_.now() != clock_.now()) {
    mismatch("the clock shows " + std::to_string(subject_.now()) + " instead of " +
             std::to_string(clock_.now()));
  }
}

void RandomRun::engine_event() {
  const std::uint64_t dice = below(100);
  if (dice < 45) {
    log("flush");
    subject_.flush();
  } else if (dice < 62) {
    const Key a = any_key();
    const Key b{any_key().name, a.version};
    log("compact " + text(std::min(a, b)) + " to " + text(std::max(a, b)));
    subject_.compact(std::min(a, b), std::max(a, b));
  } else if (dice < 66) {
    log("reap");
    subject_.reap();
  } else if (dice < 82) {
    const std::uint64_t level = random_();
    log("compact one level: " + std::to_string(level));
    subject_.compact_level(level);
  } else if (dice < 86) {
    log("expire");
    subject_.expire();
  } else if (dice < 94) {
    const bool whole = one_in(2);
    log(whole ? "close everything and reopen" : "close and reopen");
    subject_.reopen(whole);
  } else if (dice < 97) {
    log("clear");
    subject_.clear();
    reference_.clear();
  } else {
    check_checkpoint();
  }
  check_all();
}

void RandomRun::check_checkpoint() {
  // A copy has the time at which its mark was written; after a wall clock was set back, that may
  // be another than ours.
  if (whole_ == nullptr || clock_.ahead_of_wall() != 0ms) return;
  log("checkpoint");
  std::vector<Key> keys;
  for (int i = 0; i < 60; ++i) keys.push_back(any_key());
  const std::vector<std::optional<Seen>> seen = whole_->read_from_checkpoint(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ++findings_.checked_reads;
    expect(seen[i], reference_.read(keys[i]), "a checkpoint's", keys[i]);
  }
}

void RandomRun::check_some() {
  check(any_key());
  if (whole_ == nullptr || !one_in(100)) return;
  const std::int64_t version = 1 + static_cast<std::int64_t>(below(2));
  std::vector<std::pair<std::string, Any>> expected;
  std::vector<std::string> expected_keys;
  std::vector<std::string> wanted;
  for (std::uint64_t i = 0; i < names; ++i) {
    std::string name = "k" + std::to_string(10 + i);
    wanted.push_back(name);
    if (auto value = reference_.value({name, version})) {
      expected.emplace_back(name, *std::move(value));
      expected_keys.push_back(std::move(name));
    }
  }
  const Key all{"k10..", version};
  expect(whole_->get_many(wanted, version), expected, "get_many", all);
  expect(whole_->keys(version), expected_keys, "keys", all);
}

void RandomRun::check_all() {
  for (std::uint64_t i = 0; i < names; ++i) {
    for (std::int64_t version : {1, 2}) check({"k" + std::to_string(10 + i), version});
  }
}

void RandomRun::check(const Key& key) {
  ++findings_.checked_reads;
  expect(subject_.read(key), reference_.read(key), "read", key);
}

template <class T>
void RandomRun::expect(const T& seen, const T& expected, std::string_view what, const Key& key) {
  if (same(seen, expected)) return;
  mismatch(std::string(what) + " of " + text(key) + " gave " + text(seen) + " instead of " +
           text(expected));
}

void RandomRun::mismatch(std::string what) {
  log("MISMATCH " + what);
  if (findings_.mismatches++ == 0) findings_.first_mismatch = std::move(what);
}

void RandomRun::log(std::string operation) {
  if (findings_.mismatches > 0) return;
  findings_.operations.push_back("[" + std::to_string(clock_.now()) + "] " + std::move(operation));
}

Key RandomRun::any_key() {
  return {"k" + std::to_string(10 + below(names)), 1 + static_cast<std::int64_t>(below(2))};
}

Any RandomRun::any_value() {
  switch (below(10)) {
    case 0:
      return {ValueKind::null, ""};
    case 1:
      return {ValueKind::boolean, std::string(1, static_cast<char>(below(2)))};
    case 2:
      return {ValueKind::real, std::string(8, static_cast<char>(below(256)))};
    case 3:
      return {ValueKind::archive, std::string(8 + below(60), 'a')};
    case 4:
      return {ValueKind::bytes, std::string(below(300), static_cast<char>(below(256)))};
    case 5:
      return Any::of(std::numeric_limits<std::int64_t>::max() - static_cast<int>(below(3)));
    default:
      return Any::of(static_cast<std::int64_t>(below(1000)) - 500);
  }
}

Timeout RandomRun::any_timeout() {
  switch (below(20)) {
    case 0:
      return std::chrono::milliseconds(0);
    case 1:
      return std::chrono::milliseconds(-1);
    case 2:
      return std::chrono::milliseconds(1);
    case 3:
    case 4:
    case 5:
      return never;
    case 6:
      return std::chrono::hours(1 + below(24));
    default:
      return std::chrono::milliseconds(1 + below(20'000));
  }
}

std::int64_t RandomRun::any_delta() {
  switch (below(30)) {
    case 0:
      return std::numeric_limits<std::int64_t>::max();
    case 1:
      return std::numeric_limits<std::int64_t>::min();
    default:
      return static_cast<std::int64_t>(below(21)) - 10;
  }
}

std::vector<std::string> RandomRun::some_names() {
  std::set<std::string> some;
  for (std::uint64_t i = 0, count = 1 + below(8); i < count; ++i) some.insert(any_key().name);
  return {some.begin(), some.end()};
}

}  // namespace cairn::test
