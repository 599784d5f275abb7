#include "durability/damage/contents.h"

#include <random>

namespace cairn::test::durability {
namespace {

constexpr int tabled_texts = 44;
constexpr int tabled_counters = 60;

// Does not compress, so that every bit of a table counts.
std::string random_text(std::mt19937_64& random, std::size_t size) {
  std::string text;
  while (text.size() < size) text.push_back(static_cast<char>(random()));
  return text;
}

class Writer {
 public:
  void set(int number) {
    const std::string key = "text-" + std::to_string(number);
    script_.calls.push_back({texts, key, random_text(random_, 200)});
  }
  void erase(int number) {
    script_.calls.push_back({texts, "text-" + std::to_string(number), std::nullopt});
  }
  void add(int number) {
    const std::string key = "counter-" + std::to_string(number);
    const auto step = static_cast<std::int64_t>(random_() % 1'000'000);
    script_.calls.push_back({counters, key, std::to_string(values_[number] += step), step});
  }
  Script& script() { return script_; }
  std::size_t size() const { return script_.calls.size(); }

 private:
  std::mt19937_64 random_{7};
  std::map<int, std::int64_t> values_;
  Script script_;
};

void apply(State& state, const Call& call) {
  const std::pair name(call.family, call.key);
  if (call.value) {
    state[name] = *call.value;
  } else {
    state.erase(name);
  }
}

}  // namespace

Script script() {
  Writer writer;
  for (int i = 0; i < tabled_texts; ++i) writer.set(i);
  for (int i = 0; i < tabled_counters; ++i) writer.add(i);
  writer.script().flushed = writer.size();
  for (int i = 0; i < 10; ++i) writer.erase(i);
  for (int i = 10; i < 20; ++i) writer.set(i);
  for (int i = 0; i < 20; ++i) writer.add(i);
  for (int i = 0; i < 20; ++i) writer.set(tabled_texts + i);
  writer.script().synced = writer.size();
  for (int i = 0; i < 10; ++i) {
    writer.set(tabled_texts + 20 + i);
    writer.add(i);
    writer.erase(20 + i);
  }
  return writer.script();
}

Oracle::Oracle(Script script) : script_(std::move(script)) {
  for (const Call& call : script_.calls) {
    apply(whole_, call);
    names_.insert({call.family, call.key});
    if (call.value) ever_.insert({{call.family, call.key}, *call.value});
  }
}

State Oracle::after(std::size_t calls) const {
  State state;
  for (std::size_t i = 0; i < calls; ++i) apply(state, script_.calls[i]);
  return state;
}

bool Oracle::cut_after_sync(const State& seen) const {
  State state = after(script_.synced);
  for (std::size_t i = script_.synced;; ++i) {
    if (state == seen) return true;
    if (i == script_.calls.size()) return false;
    apply(state, script_.calls[i]);
  }
}

}  // namespace cairn::test::durability
