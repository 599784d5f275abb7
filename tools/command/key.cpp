// cairn set, touch, erase: one key.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "command/commands.h"
#include "command/writing.h"
#include "records/view.h"
#include "terminal/exit_code.h"
#include "terminal/number_option.h"
#include "terminal/stream.h"
#include "terminal/terminal.h"

namespace cairn::tool {
namespace {

struct Key {
  KeyChoice choice;
  Timeout timeout = std::chrono::minutes(5);
};

struct Value {
  std::optional<std::string> text;
  bool integer = false;
  bool real = false;
  bool boolean = false;
  bool null = false;
  bool string = false;
};

Cache open(const Key& key, const std::string& alias) {
  return open_cache(
      key.choice.directory,
      {.timeout = key.timeout,
       .key_function = [choice = key.choice](auto&&...) { return choice.final_key(); },
       .key_warnings = ignore_key_warnings(),
       .max_value_size = 2ull << 30,
       .column_family = alias});
}

// Only what is there can be touched or erased.
Cache open_existing(const Key& key) {
  const std::string alias = choose_alias(open_view(key.choice.directory), key.choice.alias);
  return open(key, alias);
}

// A store that is there, and a cache that need not be.
Cache open_for_set(const Key& key) {
  const StoreView view = open_view(key.choice.directory);
  if (key.choice.alias) return open(key, *key.choice.alias);
  return open(key, view.families().empty() ? "default" : choose_alias(view, {}));
}

[[noreturn]] void missing(const Key& key) {
  complain(fmt::format("no live value at '{}'", escape(key.choice.key)));
  throw Leave{ExitCode::no};
}

// ---- values ----

// As a shell writes it: what `echo` adds at the end does not count.
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

template <class Number>
Number number(std::string_view text, const char* option, const char* what) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec == std::errc() && parsed.ptr == end) return value;
  throw UsageError(fmt::format("{}: '{}' is not {}", option, escape(text), what));
}

bool truth(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  throw UsageError(fmt::format("--bool: '{}' is neither true nor false", escape(text)));
}

void set(const Key& key, const Value& value) {
  if (value.null && value.text) throw UsageError("--null stands for the value; give no other");
  if (key.choice.alias && key.choice.alias->empty()) {
    throw UsageError("--alias: '' is not an alias; leave it out for the only one, or `default`");
  }
  const std::string text = value.text   ? *value.text
                           : value.null ? std::string()
                                        : read_standard_input();
  // What does not parse is refused before anything is opened.
  const std::string_view word = value.text ? std::string_view(text) : trimmed(text);
  const auto integer =
      value.integer ? number<std::int64_t>(word, "--int", "a 64-bit integer in decimal") : 0;
  const auto real =
      value.real ? number<double>(word, "--double", "a number that a double holds") : 0;
  const bool boolean = value.boolean && truth(word);

  Cache cache = open_for_set(key);
  const SetOptions options{.timeout = key.timeout};
  if (value.integer) {
    cache.set(key.choice.key, integer, options);
  } else if (value.real) {
    cache.set(key.choice.key, real, options);
  } else if (value.boolean) {
    cache.set(key.choice.key, boolean, options);
  } else if (value.null) {
    cache.set(key.choice.key, nullptr, options);
  } else {
    cache.set(key.choice.key, text, options);
  }
  finish(cache);
}

void touch(const Key& key) {
  Cache cache = open_existing(key);
  const bool found = cache.touch(key.choice.key);
  finish(cache);
  if (!found) missing(key);
}

void erase(const Key& key) {
  Cache cache = open_existing(key);
  const bool found = cache.erase(key.choice.key);
  finish(cache);
  if (!found) missing(key);
}

// ---- the command line ----

CLI::App* add_key_command(CLI::App& app, const char* name, const char* description,
                          KeyChoice& choice) {
  CLI::App* const command = app.add_subcommand(name, description);
  command->add_option("DIRECTORY", choice.directory, "The store, which nobody may have open")
      ->required();
  command
      ->add_option("KEY", choice.key,
                   "The key as the program writes it; after -- if it begins with -")
      ->required();
  command->add_option("-a,--alias", choice.alias,
                      "The alias; not needed if there is one, or one called `default`");
  CLI::Option* const prefix =
      command->add_option("--key-prefix", choice.key_prefix, "The cache's key_prefix");
  CLI::Option* const version =
      add_integer(*command, "--version", choice.version, "The key's version")->default_str("1");
  command->add_flag("--raw", choice.raw, "KEY is the final key, as `cairn keys` shows it")
      ->excludes(prefix)
      ->excludes(version);
  return command;
}

void add_timeout(CLI::App& command, Key& key) {
  command
      .add_option_function<std::string>(
          "--timeout",
          [&key](const std::string& text) {
            naming("--timeout", [&] { key.timeout = parse_timeout(text); });
          },
          "How long it lives: 500ms, 30s, 5m, 2h, 7d or never")
      ->type_name("DURATION")
      ->default_str("5m");
}

void add_set(CLI::App& app) {
  const auto key = std::make_shared<Key>();
  const auto value = std::make_shared<Value>();
  CLI::App* const command = add_key_command(app, "set", "Store a value", key->choice);
  command->footer(
      "A value that begins with a minus goes after --: cairn set DIRECTORY KEY --int -- -5");
  command->add_option("VALUE", value->text, "The value; if it is left out, all of standard input");
  CLI::Option_group* const kind = command->add_option_group("kind", "What the value is");
  kind->add_flag("--string", value->string, "Bytes as they are (the default)");
  kind->add_flag("--int", value->integer, "A 64-bit integer, which incr can count");
  kind->add_flag("--double", value->real, "A floating-point number");
  kind->add_flag("--bool", value->boolean, "True or false");
  kind->add_flag("--null", value->null, "Null, and no value");
  kind->require_option(0, 1);
  add_timeout(*command, *key);
  command->callback([key, value] { set(*key, *value); });
}

}  // namespace

void add_key_commands(CLI::App& app) {
  add_set(app);
  const auto touched = std::make_shared<Key>();
  CLI::App* const touching =
      add_key_command(app, "touch", "Give a value a new expiry", touched->choice);
  add_timeout(*touching, *touched);
  touching->callback([touched] { touch(*touched); });
  const auto erased = std::make_shared<Key>();
  add_key_command(app, "erase", "Remove a value", erased->choice)->callback([erased] {
    erase(*erased);
  });
}

}  // namespace cairn::tool
