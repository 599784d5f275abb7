#include "terminal/number_option.h"

#include <charconv>
#include <concepts>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include "terminal/exit_code.h"
#include "terminal/terminal.h"
#include "terminal/text.h"

namespace cairn::tool {
namespace {

template <std::integral Number>
Number whole_number(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec == std::errc() && parsed.ptr == end) return value;
  throw UsageError(fmt::format("'{}' is no such number; write a whole number from {} to {}",
                               escape(text), std::numeric_limits<Number>::min(),
                               std::numeric_limits<Number>::max()));
}

template <std::integral Number>
CLI::Option* add_whole(CLI::App& command, const std::string& names, Number& value,
                       const std::string& description) {
  return command
      .add_option_function<std::string>(
          names,
          [names, &value](const std::string& text) {
            naming(names, [&] { value = whole_number<Number>(text); });
          },
          description)
      ->type_name("N");
}

}  // namespace

void naming(const std::string& names, const std::function<void()>& parse) {
  try {
    parse();
  } catch (const UsageError& error) {
    throw UsageError(names.substr(names.rfind(',') + 1) + ": " + error.what());
  }
}

CLI::Option* add_count(CLI::App& command, const std::string& names, std::uint64_t& value,
                       const std::string& description) {
  return add_whole(command, names, value, description);
}

CLI::Option* add_integer(CLI::App& command, const std::string& names, std::int64_t& value,
                         const std::string& description) {
  return add_whole(command, names, value, description);
}

CLI::Option* add_duration(CLI::App& command, const std::string& names,
                          const std::function<void(std::chrono::milliseconds)>& take,
                          const std::string& description, std::chrono::milliseconds least,
                          std::chrono::milliseconds most) {
  return command
      .add_option_function<std::string>(
          names,
          [=](const std::string& text) {
            naming(names, [&] {
              const std::chrono::milliseconds duration = parse_duration(text);
              if (duration < least || duration > most) {
                throw UsageError(fmt::format("'{}' is not from {} to {}", escape(text),
                                             duration_text(least), duration_text(most)));
              }
              take(duration);
            });
          },
          description)
      ->type_name("DURATION");
}

CLI::Option* add_size(CLI::App& command, const std::string& names,
                      const std::function<void(std::uint64_t)>& take,
                      const std::string& description) {
  return command
      .add_option_function<std::string>(
          names, [=](const std::string& text) { naming(names, [&] { take(parse_size(text)); }); },
          description)
      ->type_name("SIZE");
}

}  // namespace cairn::tool
