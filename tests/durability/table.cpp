// Makes the sheet of the lines that the suites have published.
//
//   durability_table LINES JSON NAME=VALUE...
//
// LINES: a file of claims, one line of JSON each (durability/sheet.h).  The sheet goes to the
// standard output as Markdown and to the file JSON; the names and values, which say where and of
// what it was made, go to the head of both.  Exit status 1: there is a violation.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> columns = {"claim", "trials",  "violations",
                                          "seed",  "seconds", "size"};

bool column(const std::string& name) {
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

bool control(const Json& claim) {
  return claim.at("claim").get<std::string>().find("control") != std::string::npos;
}

// 1234567 as 1,234,567.
std::string grouped(std::string digits) {
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string shown(const Json& value) {
  if (value.is_number_unsigned()) return grouped(std::to_string(value.get<std::uint64_t>()));
  if (value.is_number_float()) {
    std::ostringstream text;
    text << std::round(value.get<double>() * 1000) / 1000;
    return text.str();
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// What is zero is not worth a word, except where the suite says nothing else.
std::string figures(const Json& claim) {
  std::string text;
  for (const auto& [name, value] : claim.items()) {
    if (column(name) || (value.is_number() && value.get<double>() == 0)) continue;
    std::string words = name;
    std::replace(words.begin(), words.end(), '_', ' ');
    text += (text.empty() ? "" : "; ") + words + " " + shown(value);
  }
  return text;
}

std::string row(const Json& claim) {
  return "| " + claim.at("claim").get<std::string>() + " | " + shown(claim.at("trials")) + " | " +
         shown(claim.at("violations")) + " | " + figures(claim) + " | " + claim.at("seed").dump() +
         " | " + shown(claim.at("seconds")) + " |\n";
}

std::string table(const std::vector<Json>& claims, bool of_controls) {
  std::string text =
      "| claim | trials | violations | further figures | seed | seconds |\n"
      "|---|--:|--:|---|--:|--:|\n";
  for (const Json& each : claims) {
    if (control(each) == of_controls) text += row(each);
  }
  return text;
}

std::vector<Json> read_claims(const char* path) {
  std::ifstream file(path);
  std::vector<Json> claims;
  for (std::string line; std::getline(file, line);) claims.push_back(Json::parse(line));
  if (claims.empty()) throw std::runtime_error(std::string("no claims in ") + path);
  std::stable_sort(claims.begin(), claims.end(), [](const Json& a, const Json& b) {
    return a.at("claim").get<std::string>() < b.at("claim").get<std::string>();
  });
  return claims;
}

int run(const std::vector<std::string>& words) {
  const std::vector<Json> claims = read_claims(words.at(1).c_str());
  Json sheet;
  std::string markdown = "# Reliability sheet\n\n";
  for (std::size_t i = 3; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    sheet[name] = words[i].substr(equals + 1);
    markdown += "- " + name + ": " + words[i].substr(equals + 1) + "\n";
  }
  sheet["claims"] = claims;
  std::ofstream(words.at(2)) << sheet.dump(1) << '\n';
  markdown +=
      "\n" + table(claims, false) +
      "\nControls: what is broken on purpose. A violation is one that was not noticed.\n\n" +
      table(claims, true);
  std::cout << markdown;
  return std::any_of(claims.begin(), claims.end(),
                     [](const Json& each) { return each.at("violations") != 0; })
             ? 1
             : 0;
}

}  // namespace

int main(int count, char** arguments) try {
  return run({arguments, arguments + count});
} catch (const std::exception& error) {
  std::cerr << "durability_table: " << error.what() << '\n';
  return 2;
}
