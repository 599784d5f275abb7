// What --help knows, the man page and the completions of the shells know too.
#include <regex>
#include <set>

#include "tool.h"

namespace cairn::test {
namespace {

using testing::IsSupersetOf;

using Names = std::set<std::string>;

const std::filesystem::path sources = CAIRN_TOOL_SOURCES;

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Names found(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  Names names;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) {
    names.insert((*at)[1]);
  }
  return names;
}

// A table's first column in --help is two blanks from the edge, or four in a group.
Names commands() { return found(run_tool({"--help"}).output, "\n  ([a-z]+)  "); }

std::string help_of(const std::string& command) {
  return command.empty() ? run_tool({"--help"}).output : run_tool({command, "--help"}).output;
}
Names long_options(const std::string& command) {
  return found(help_of(command), "\n {2,4}(?:-[a-zA-Z0-9],)?(--[a-z-]+)");
}
Names short_options(const std::string& command) {
  return found(help_of(command), "\n {2,4}(-[a-zA-Z0-9]),--");
}

// The man page without its commands for fonts.
std::string manual() {
  std::string text = content(sources / "cairn.1");
  text = std::regex_replace(text, std::regex(R"(\\f[A-Z])"), "");
  text = std::regex_replace(text, std::regex(R"(\\-)"), "-");
  return std::regex_replace(text, std::regex(R"(\\~)"), " ");
}
Names manual_options() { return found(manual(), "(?:^|[^a-zA-Z0-9-])(--?[a-zA-Z0-9][a-z-]*)"); }

// What bash offers after `cairn COMMAND --`.
Names bash_options(const std::string& command) {
  const std::string script = "source '" + (sources / "completion/cairn.bash").native() +
                             "'; COMP_WORDS=(cairn " + (command.empty() ? "" : command + " ") +
                             "--); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _cairn; "
                             "printf '%s\\n' \"${COMPREPLY[@]}\"";
  const Result result = run({"bash", "-c", script});
  EXPECT_EQ(result.status, 0) << script;
  return found(result.output, "(--[a-z-]+)");
}
Names bash_commands() {
  const std::string script = "source '" + (sources / "completion/cairn.bash").native() +
                             "'; compopt() { :; }; cd /; COMP_WORDS=(cairn ''); COMP_CWORD=1; "
                             "_cairn; printf '%s\\n' \"${COMPREPLY[@]}\"";
  const Names all = found(run({"bash", "-c", script}).output, "(?:^|\n)([a-z]+)");
  return all;
}

// The part of zsh's completion that is for a command, with the lists that it names put in.
std::string zsh_part(const std::string& command) {
  const std::string text = content(sources / "completion/_cairn");
  const auto lists = [&](const std::string& name) {
    const std::size_t begin = text.find("\n" + name + "=(");
    return begin == std::string::npos ? "" : text.substr(begin, text.find("\n)", begin) - begin);
  };
  const std::size_t cases = text.find("case $command in");
  std::smatch match;
  const std::string rest = text.substr(cases);
  const std::regex arm("\n  (?:[a-z]+ \\| )*" + command + "(?: \\| [a-z]+)*\\)");
  if (!std::regex_search(rest, match, arm)) return "";
  const auto begin = static_cast<std::size_t>(match.position(0));
  std::string part = rest.substr(begin, rest.find(";;", begin) - begin);
  for (const char* name : {"filters", "key", "aliases", "timeout"}) {
    if (part.find("$" + std::string(name)) != std::string::npos) part += lists(name);
  }
  return part;
}
// A specification says first what an option excludes, and has what it does in brackets.
Names zsh_options(const std::string& command) {
  return found(zsh_part(command), "(--[a-z-]+)[}'\"]*\\[?");
}

TEST(Help, HasCommands) {
  EXPECT_THAT(commands(), IsSupersetOf({"dump", "check", "export", "load", "checkpoint"}));
  EXPECT_EQ(commands().size(), 16u);
  EXPECT_THAT(long_options("set"), IsSupersetOf({"--help", "--timeout", "--int", "--raw"}));
  EXPECT_THAT(short_options("keys"), IsSupersetOf({"-0", "-a", "-h"}));
}

TEST(Help, EveryCommandAndOptionIsInTheManual) {
  const std::string text = manual();
  for (const std::string& command : commands()) {
    EXPECT_TRUE(std::regex_search(text, std::regex("\n\\.[BR]+I?R? [^\n]*\\b" + command + "\\b")))
        << command;
  }
  Names all = commands();
  all.insert("");
  for (const std::string& command : all) {
    EXPECT_THAT(manual_options(), IsSupersetOf(long_options(command))) << command;
    EXPECT_THAT(manual_options(), IsSupersetOf(short_options(command))) << command;
  }
}

TEST(Help, BashOffersWhatThereIs) {
  for (const std::string& command : commands()) {
    EXPECT_EQ(bash_options(command), long_options(command)) << command;
  }
  EXPECT_EQ(bash_options(""), long_options(""));
  EXPECT_THAT(bash_commands(), IsSupersetOf(commands()));
}

TEST(Help, ZshOffersWhatThereIs) {
  for (const std::string& command : commands()) {
    EXPECT_EQ(zsh_options(command), long_options(command)) << command;
  }
  const std::string text = content(sources / "completion/_cairn");
  EXPECT_EQ(found(text.substr(0, text.find("\n)")), "\n  '([a-z]+):"), commands());
}

// And zsh understands what the file says (scripts/packages installs it).
TEST(Help, ZshUnderstandsIt) {
  ASSERT_EQ(run({"/bin/sh", "-c", "command -v zsh"}).status, 0) << "please install zsh";
  for (const std::string& command : commands()) {
    const std::string script =
        "_arguments() { print -rl -- \"$@\" }; complete_it() { local -a words=(cairn " + command +
        " ''); local CURRENT=3; source '" + (sources / "completion/_cairn").native() +
        "' }; complete_it";
    const Result result = run({"zsh", "-f", "-c", script});
    EXPECT_EQ(result.status, 0) << command;
    EXPECT_EQ(found(result.output, "(?:^|\n)[^\\[\n]*?(--[a-z-]+)\\["), long_options(command))
        << result.output;
  }
}

}  // namespace
}  // namespace cairn::test
