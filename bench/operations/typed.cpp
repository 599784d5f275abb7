// Values of other types: what Cairn's codecs cost beside what a program does without them.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <cairn/boost.h>
#include "operations/contest.h"
#include "operations/stores.h"
#include "user.h"

namespace bench {
namespace {

using benchmark::DoNotOptimize;
using benchmark::State;

std::string integer_encode(const std::int64_t& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::int64_t integer_decode(const std::string& bytes) {
  std::int64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Set and get of one type in a store that has as many keys as a cache has hot ones.
template <class T, class Encode, class Decode>
void pairs_of(const std::string& name, const T& value, Encode encode, Decode decode) {
  contest(
      "set_" + name, {},
      [=](State& state) {
        cairn::Cache& cache = stores(Stage::typed).cache;
        Picker keys(name, counter_count);
        for ([[maybe_unused]] auto _ : state) cache.set(keys.next(), value);
      },
      [=](State& state) {
        RawStore& raw = stores(Stage::typed).raw;
        Picker keys(name, counter_count);
        for ([[maybe_unused]] auto _ : state) raw.put(keys.next(), encode(value));
      });
  // In stores of their own, which nobody writes to.
  const std::string stored = "stored_" + name;
  const auto prepare = [=] {
    Stores& both = stores(Stage::memtable);
    const std::string last = numbered(stored, counter_count - 1);
    if (both.cache.contains(last)) return;
    for (std::size_t i = 0; i < counter_count; ++i) {
      both.cache.set(numbered(stored, i), value, {.timeout = cairn::never});
      both.raw.put(numbered(stored, i), encode(value));
    }
  };
  contest(
      "get_" + name, {},
      [=](State& state) {
        prepare();
        const cairn::Cache& cache = stores(Stage::memtable).cache;
        Picker keys(stored, counter_count);
        for ([[maybe_unused]] auto _ : state) DoNotOptimize(cache.get<T>(keys.next()));
      },
      [=](State& state) {
        prepare();
        RawStore& raw = stores(Stage::memtable).raw;
        Picker keys(stored, counter_count);
        for ([[maybe_unused]] auto _ : state) DoNotOptimize(decode(raw.get(keys.next())));
      });
}

template <class T>
void stock_pairs_of(const std::string& name, const T& value) {
  pairs_of(
      name, value, [](const T& each) { return stock_encode(each); },
      [](const std::string& bytes) { return stock_decode<T>(bytes); });
}

void encode_struct(State& state) {
  const User user;
  for ([[maybe_unused]] auto _ : state) DoNotOptimize(cairn::encode_value("user:1", user));
}

void encode_struct_stock(State& state) {
  const User user;
  for ([[maybe_unused]] auto _ : state) DoNotOptimize(stock_encode(user));
}

void decode_struct(State& state) {
  const std::string bytes = cairn::encode_value("user:1", User()).bytes;
  const std::string payload = bytes.substr(cairn::EncodedValue::header_room);
  for ([[maybe_unused]] auto _ : state) {
    DoNotOptimize(cairn::decode_value<User>({cairn::ValueKind::archive, payload, "user:1"}));
  }
}

void decode_struct_stock(State& state) {
  const std::string bytes = stock_encode(User());
  for ([[maybe_unused]] auto _ : state) DoNotOptimize(stock_decode<User>(bytes));
}

}  // namespace

void register_typed() {
  pairs_of("int64", std::int64_t{1815}, integer_encode, integer_decode);
  stock_pairs_of("struct", User());
  stock_pairs_of("vector", User().scores);
  contest("encode_struct", {.us = 0.25}, encode_struct, encode_struct_stock);
  contest("decode_struct", {.us = 0.25}, decode_struct, decode_struct_stock);
}

}  // namespace bench
