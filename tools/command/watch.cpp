// cairn watch.
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include "command/commands.h"
#include "command/stats_text.h"
#include "terminal/number_option.h"
#include "terminal/terminal.h"

namespace cairn::tool {
namespace {

constexpr std::chrono::hours longest_interval(365 * 24);

struct Watch {
  std::string directory;
  std::chrono::milliseconds interval = std::chrono::seconds(2);
  std::uint64_t count = 0;
};

// Over what is there, line by line, so that nothing flickers.
std::string in_place(const std::string& text) {
  std::string drawn = "\x1b[H";
  for (const char c : text) {
    if (c == '\n') drawn += "\x1b[K";
    drawn += c;
  }
  return drawn + "\x1b[J";
}

void run_watch(const Watch& watch) {
  constexpr std::size_t largest = 3;
  for (std::uint64_t round = 1;; ++round) {
    const auto begun = std::chrono::steady_clock::now();
    Output output;  // every time: the terminal may have another size
    const std::string text = stats_text(gather(watch.directory, largest), output.terminal());
    if (output.terminal().interactive) {
      if (round == 1) output.write("\x1b[2J");
      output.write(in_place(text));
    } else {
      if (round > 1) output.write("\n");
      output.write(text);
    }
    output.flush();
    if (round == watch.count) return;
    std::this_thread::sleep_until(begun + watch.interval);
  }
}

}  // namespace

void add_watch(CLI::App& app) {
  const auto watch = std::make_shared<Watch>();
  CLI::App& command =
      *app.add_subcommand("watch", "Show the stats again and again; Ctrl-C ends it");
  command.add_option("DIRECTORY", watch->directory, "The store")->required();
  add_duration(
      command, "-i,--interval",
      [watch](std::chrono::milliseconds interval) { watch->interval = interval; },
      "How often: 500ms, 2s, 1m [2s]", std::chrono::milliseconds(100), longest_interval);
  add_count(command, "-c,--count", watch->count, "End after so many times; 0: never")
      ->default_str("0");
  command.callback([watch] { run_watch(*watch); });
}

}  // namespace cairn::tool
