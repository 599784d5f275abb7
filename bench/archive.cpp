// Encode and decode of a small struct: our Codec against Boost's own binary archive over a
// stringstream, in the same run.  Boost's appears twice: as its documentation shows it, and with
// everything switched off that can be.
#include <string>

#include <benchmark/benchmark.h>
#include <cairn/boost.h>
#include <cairn/encoded_value.h>
#include "user.h"

namespace {

using bench::stock_decode;
using bench::stock_encode;
using bench::User;

constexpr unsigned bare =
    boost::archive::no_header | boost::archive::no_codecvt | boost::archive::no_tracking;

void encode_cairn(benchmark::State& state) {
  const User user;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(cairn::encode_value("user:1", user));
}
BENCHMARK(encode_cairn);

void encode_boost(benchmark::State& state, unsigned flags) {
  const User user;
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(stock_encode(user, flags));
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
  const std::string bytes = stock_encode(User(), flags);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(stock_decode<User>(bytes, flags));
}
BENCHMARK_CAPTURE(decode_boost, usual, 0U);
BENCHMARK_CAPTURE(decode_boost, bare, bare);

}  // namespace

BENCHMARK_MAIN();
