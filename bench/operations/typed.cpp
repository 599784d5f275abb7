// Values of other types: what Cairn's codecs cost beside what a program does without them.
#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

#include <cairn/boost.h>
#include "operations/contest.h"
#include "operations/stores.h"

namespace bench {

struct User {
  std::string name = "Ada Lovelace, London";
  std::int64_t id = 1815;
  std::vector<int> scores = {1, 2, 3, 4, 5, 6, 7, 8};

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name& id& scores;
  }
};

namespace {

using benchmark::DoNotOptimize;
using benchmark::State;

// The stock archive over a stringstream, as Boost's documentation shows it.
template <class T>
std::string stock_encode(const T& value) {
  std::ostringstream stream;
  boost::archive::binary_oarchive archive(stream);
  archive << value;
  return std::move(stream).str();
}

template <class T>
T stock_decode(const std::string& bytes) {
  std::istringstream stream(bytes);
  boost::archive::binary_iarchive archive(stream);
  T value;
  archive >> value;
  return value;
}

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
  pairs_of("struct", User(), stock_encode<User>, stock_decode<User>);
  using Ints = std::vector<int>;
  pairs_of("vector", User().scores, stock_encode<Ints>, stock_decode<Ints>);
  contest("encode_struct", {.us = 0.25}, encode_struct, encode_struct_stock);
  contest("decode_struct", {.us = 0.25}, decode_struct, decode_struct_stock);
}

}  // namespace bench
