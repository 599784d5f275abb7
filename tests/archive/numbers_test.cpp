// Numbers of every width, and what is made of numbers alone, through the archive.
#include <bit>
#include <bitset>
#include <complex>
#include <cstdint>
#include <limits>
#include <valarray>
#include <vector>

#include <gtest/gtest.h>

#include <cairn/boost.h>
#include "archive/everything.h"
#include "archive/round_trip.h"

namespace app {

struct Numbers {
  bool yes = true;
  char letter = 'x';
  std::int8_t i8 = std::numeric_limits<std::int8_t>::min();
  std::uint16_t u16 = std::numeric_limits<std::uint16_t>::max();
  int i32 = std::numeric_limits<int>::min();
  long i64 = std::numeric_limits<long>::min();
  unsigned long u64 = std::numeric_limits<unsigned long>::max();
  long long longer = -1;
  float single = 0.1F;
  double real = -0.0;
  char32_t character = U'\x1F600';
  Colour colour = Colour::green;
  bool operator==(const Numbers&) const = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& yes& letter& i8& u16& i32& i64& u64& longer& single& real& character;
    archive& colour;
  }
};

namespace {

TEST(Archive, GivesBackEveryKindOfNumber) { EXPECT_EQ(round_trip(Numbers()), Numbers()); }

TEST(Archive, GivesBackTheBitsOfANaN) {
  const std::vector<double> nan = {std::bit_cast<double>(0x7ff4'0000'dead'beefU)};
  EXPECT_EQ(std::bit_cast<std::uint64_t>(round_trip(nan)[0]), 0x7ff4'0000'dead'beefU);
}

TEST(Archive, GivesBackComplexNumbersBitsetsAndValarrays) {
  EXPECT_EQ(round_trip(std::complex(1.0, -2.0)), std::complex(1.0, -2.0));
  EXPECT_EQ(round_trip(std::bitset<70>("1000000001")), std::bitset<70>("1000000001"));
  const std::valarray<double> loaded = round_trip(std::valarray<double>{1, 2});
  EXPECT_EQ(std::vector<double>(begin(loaded), end(loaded)), (std::vector<double>{1, 2}));
}

}  // namespace
}  // namespace app
