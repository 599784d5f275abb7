#include "soak/slots.h"

#include <fmt/format.h>

#include <cairn/clock.h>

namespace soak {
namespace {

// The store's clock may be a little ahead of the wall clock or behind it while that is being set.
constexpr std::int64_t slack_ms = 50;

std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
  return number ^ (number >> 31);
}

}  // namespace

std::int64_t now() { return cairn::system_clock_reading().wall.count(); }

Presence Slot::presence(std::int64_t begin, std::int64_t end) const {
  if (kind == Kind::missing) return Presence::must_not_be;
  if (expiry.earliest == Expiry::no_end || end + slack_ms < expiry.earliest) {
    return Presence::must_be;
  }
  return begin - slack_ms > expiry.latest ? Presence::must_not_be : Presence::may_be;
}

std::string key_of(std::size_t thread, std::size_t slot, std::uint64_t generation) {
  return fmt::format("w{}:{:06}:{}", thread, slot, generation);
}

std::size_t text_bytes(std::uint64_t version) { return 20 + mixed(version) % 981; }

std::string text_of(std::uint64_t version) {
  std::string text(text_bytes(version), 'v');
  std::uint64_t state = mixed(version + 1);
  for (std::size_t i = 0; i < text.size() / 2; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    text[i] = static_cast<char>('!' + (state >> 33) % 90);
  }
  return text;
}

}  // namespace soak
