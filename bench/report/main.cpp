// Draws what bench/durability has measured: a page, its drawings as files, and tables as Markdown
// on the standard output.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "durability/results.h"
#include "report/charts.h"
#include "report/page.h"

namespace {

void write(const std::filesystem::path& file, std::string_view text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) throw std::runtime_error("cannot write " + file.native());
}

void require_complete(const bench::Results& results) {
  for (const bench::Cell& each : bench::matrix()) {
    if (bench::find(results, each) == nullptr) {
      throw std::runtime_error("not measured: " + bench::name(each));
    }
  }
  if (results.reopenings.empty() || results.losses.size() != bench::levels.size()) {
    throw std::runtime_error("openings or kills are missing");
  }
}

int run(int count, char** values) {
  std::string input;
  std::filesystem::path output;
  bool complete = false;
  CLI::App flags("Draws the results of bench/durability", "report");
  flags.add_option("results", input, "What `durability --out` has written")
      ->required()
      ->check(CLI::ExistingFile);
  flags.add_option("--output", output, "Directory for report.html and the drawings; is made");
  flags.add_flag("--expect-complete", complete, "Fail unless everything was measured");
  CLI11_PARSE(flags, count, values);

  std::ifstream stream(input);
  const bench::Results results = bench::results_from(nlohmann::json::parse(stream));
  if (complete) require_complete(results);
  if (!output.empty()) {
    std::filesystem::create_directories(output);
    const std::vector<bench::Chart> charts = bench::draw_all(results);
    for (const bench::Chart& each : charts) write(output / (each.name + ".svg"), each.svg);
    write(output / "report.html", bench::page(results, charts));
  }
  fmt::print("{}", bench::summary(results));
  return 0;
}

}  // namespace

int main(int count, char** values) try {
  return run(count, values);
} catch (const std::exception& error) {
  fmt::print(stderr, "report: {}\n", error.what());
  return 1;
}
