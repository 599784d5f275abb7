// Encode and decode of a small struct: our Codec against Boost's own binary archive over a
// stringstream, in the same run.  Boost's appears twice: as its documentation shows it, and with
// everything switched off that can be.
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

#include <cairn/boost.h>
#include <cairn/encoded_value.h>

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

}  // namespace bench

namespace {

using bench::User;

constexpr unsigned bare =
    boost::archive::no_header | boost::archive::no_codecvt | boost::archive::no_tracking;

std::string boost_encode(const User& user, unsigned flags) {
  std::ostringstream stream;
  boost::archive::binary_oarchive archive(stream, flags);
  archive << user;
  return std::move(stream).str();
}

User boost_decode(const std::string& bytes, unsigned flags) {
  std::istringstream stream(bytes);
  boost::archive::binary_iarchive archive(stream, flags);
  User user;
  archive >> user;
  return user;
}

void encode_cairn(benchmark::State& state) {
  const User user;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(cairn::encode_value("user:1", user));
}
BENCHMARK(encode_cairn);

void encode_boost(benchmark::State& state, unsigned flags) {
  const User user;
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(boost_encode(user, flags));
}
BENCHMARK_CAPTURE(encode_boost, usual, 0U);
BENCHMARK_CAPTURE(encode_boost, bare, bare);

void decode_cairn(benchmark::State& state) {
  const std::string bytes = cairn::encode_value("user:1", User()).bytes;
  const std::string payload = bytes.substr(cairn::EncodedValue::header_room);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(
        cairn::decode_value<User>({cairn::ValueKind::archive, payload, "user:1"}));
  }
}
BENCHMARK(decode_cairn);

void decode_boost(benchmark::State& state, unsigned flags) {
  const std::string bytes = boost_encode(User(), flags);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(boost_decode(bytes, flags));
}
BENCHMARK_CAPTURE(decode_boost, usual, 0U);
BENCHMARK_CAPTURE(decode_boost, bare, bare);

}  // namespace

BENCHMARK_MAIN();
