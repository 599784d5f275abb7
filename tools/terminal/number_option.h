// Options of the command line that are numbers: each takes what it says, exactly, or the command
// ends with an error that names the option and what it takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cairn::tool {

/// A whole number that is not negative: digits and nothing else.  `names` are "-n,--limit".
CLI::Option* add_count(CLI::App& command, const std::string& names, std::uint64_t& value,
                       const std::string& description);
/// Any 64-bit integer: digits, after a minus if it is negative.
CLI::Option* add_integer(CLI::App& command, const std::string& names, std::int64_t& value,
                         const std::string& description);
/// What parse_duration() reads, from `least` to `most`.
CLI::Option* add_duration(CLI::App& command, const std::string& names,
                          const std::function<void(std::chrono::milliseconds)>& take,
                          const std::string& description,
                          std::chrono::milliseconds least = std::chrono::milliseconds(0),
                          std::chrono::milliseconds most = std::chrono::milliseconds::max());
/// What parse_size() reads.
CLI::Option* add_size(CLI::App& command, const std::string& names,
                      const std::function<void(std::uint64_t)>& take,
                      const std::string& description);

/// Runs `parse`; a UsageError from it is thrown on with the option's name before it.
void naming(const std::string& names, const std::function<void()>& parse);

}  // namespace cairn::tool
