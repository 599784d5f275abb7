#include "durability/sheet.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <nlohmann/json.hpp>

namespace cairn::test::durability {
namespace {

std::string setting(const char* name) {
  const char* const text = std::getenv(name);
  return text != nullptr ? text : "";
}

std::uint64_t choose_seed() {
  const std::string given = setting("CAIRN_DURABILITY_SEED");
  // 32 bits: a number that JSON readers keep exactly.
  const std::uint64_t chosen = given.empty() ? std::random_device{}() : std::stoull(given);
  std::cout << "CAIRN_DURABILITY_SEED=" << chosen << std::endl;
  return chosen;
}

void append(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  // One write, so that the lines of two processes do not mix.
  const bool written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written) throw std::system_error(error, std::generic_category(), path);
}

}  // namespace

bool full() {
  const std::string size = setting("CAIRN_DURABILITY");
  if (size == "full") return true;
  if (size.empty() || size == "smoke") return false;
  throw std::invalid_argument("CAIRN_DURABILITY is smoke or full, not '" + size + "'");
}

std::uint64_t seed() {
  static const std::uint64_t chosen = choose_seed();
  return chosen;
}

std::string line(const Claim& claim) {
  nlohmann::ordered_json json;
  json["claim"] = claim.claim;
  json["trials"] = claim.trials;
  json["violations"] = claim.violations;
  json["seed"] = claim.seed;
  json["seconds"] = std::round(claim.seconds * 1000) / 1000;
  json["size"] = full() ? "full" : "smoke";
  for (const auto& [name, figure] : claim.figures) {
    std::visit([&, &key = name](const auto& value) { json[key] = value; }, figure);
  }
  return json.dump();
}

void publish(const Claim& claim) {
  const std::string text = line(claim) + '\n';
  std::cout << text << std::flush;
  const std::string sheet = setting("CAIRN_DURABILITY_SHEET");
  if (!sheet.empty()) append(sheet, text);
}

}  // namespace cairn::test::durability
