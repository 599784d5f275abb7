// cairn: looks into a cache while its owner is running, and mends one whose owner is gone.
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <cairn/error.h>
#include <cairn/version.h>
#include <CLI/CLI.hpp>
#include "command/commands.h"
#include "terminal/exit_code.h"
#include "terminal/interrupt.h"
#include "terminal/terminal.h"

namespace cairn::tool {
namespace {

constexpr const char* footer =
    "Commands that look never disturb: they take no lock and write no file, whoever has the store "
    "open.\nCommands that write need the store's owner to be gone.\n"
    "\n"
    "Exit codes: 0 fine, 1 not found or a check failed, 2 usage, 3 cannot open, 4 damaged,\n5 the "
    "owner changes the store faster than it can be read;\n"
    "130 interrupted by Ctrl-C, as a shell shows it.\n"
    "NO_COLOR in the environment turns colours off.";

// A file that the engine cannot open because there are no descriptors is a record that is not
// shown.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// In the order of --help.
void add_commands(CLI::App& app) {
  for (const auto add : {add_dump, add_get, add_keys, add_ttl, add_stats, add_watch, add_check,
                         add_export, add_load, add_key_commands, add_store_commands}) {
    add(app);
  }
}

// `cairn DIRECTORY` is `cairn stats DIRECTORY`.
void add_default_command(const CLI::App& app, std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].starts_with("-")) return;
  const auto commands = app.get_subcommands({});
  const bool command = std::any_of(commands.begin(), commands.end(), [&](const CLI::App* each) {
    return each->get_name() == arguments[0];
  });
  if (command) return;
  std::error_code ignored;
  if (!std::filesystem::exists(arguments[0], ignored) &&
      arguments[0].find('/') == std::string::npos) {
    throw UsageError(quote(arguments[0]) +
                     " is neither a command nor a directory; see cairn --help");
  }
  arguments.insert(arguments.begin(), "stats");
}

// CLI11 takes the next word for the value of `--timeout=`; here it is the empty value that it says.
void part_empty_values(std::vector<std::string>& arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> parted;
  for (auto each = arguments.begin(); each != arguments.end(); ++each) {
    const bool empty = each < end && each->starts_with("--") && each->find('=') == each->size() - 1;
    parted.push_back(empty ? each->substr(0, each->size() - 1) : *each);
    if (empty) parted.emplace_back();
  }
  arguments = std::move(parted);
}

ExitCode usage_error(const std::string& what) {
  std::string line = escape(what.substr(0, what.find('\n')));
  if (line.find("--help") == std::string::npos) line += "; see cairn --help";
  complain(line);
  return ExitCode::usage;
}

// What --help and --version have to say.
void say(const CLI::App& app, const CLI::Success& success) {
  std::ostringstream text;
  app.exit(success, text);
  Output output;
  output.write(text.str());
  output.flush();
}

ExitCode run(std::vector<std::string> arguments) {
  CLI::App app("Looks into a Cairn store.  `cairn DIRECTORY` says what is in it.", "cairn");
  app.set_version_flag("--version", "cairn " CAIRN_VERSION);
  app.footer(footer);
  app.require_subcommand(1);
  add_commands(app);
  try {
    add_default_command(app, arguments);
    part_empty_values(arguments);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants it
    try {
      app.parse(std::move(arguments));
    } catch (const CLI::Success& success) {
      say(app, success);
    }
    return ExitCode::fine;
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  } catch (const UsageError& error) {
    return usage_error(error.what());
  } catch (const Leave& leave) {
    return leave.code;
  } catch (const Error& error) {
    complain(escape(error.what()));
    return exit_code_of(error.code());
  } catch (const std::exception& error) {
    complain(escape(error.what()));
    return ExitCode::no_open;
  }
}

}  // namespace
}  // namespace cairn::tool

int main(int count, char** arguments) {
  // `| head` ends us, quietly, even where whoever started us ignores the signal.
  ::signal(SIGPIPE, SIG_DFL);
  cairn::tool::tidy_terminals_on_signals();
  cairn::tool::raise_file_limit();
  return static_cast<int>(cairn::tool::run({arguments + 1, arguments + count}));
}
