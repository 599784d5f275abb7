// What the tool writes to, and how bytes from a store are made fit for it.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace cairn::tool {

/// Bytes as a terminal may see them.  Valid UTF-8 stays as it is, but control characters, whatever
/// turns the direction of writing, and invalid bytes come as `\n`, `\x1b`, `\u{202e}`; a backslash
/// is doubled, so that it can be undone.
std::string escape(std::string_view bytes);
/// The same, appended.
void append_escaped(std::string& out, std::string_view bytes);
/// Whether all of them are printable ASCII, and neither a quotation mark nor a backslash: nothing
/// that any format escapes.
bool is_simple(std::string_view bytes);
/// Whether escape() changes nothing but backslashes.
bool is_plain(std::string_view bytes);
bool is_utf8(std::string_view bytes);

/// Ends what was cut.
inline constexpr std::string_view ellipsis = "…";

/// The columns that escaped text takes.
std::size_t display_width(std::string_view text);
/// Escaped text cut to so many columns; what was cut ends with an ellipsis.
std::string clip(std::string_view text, std::size_t columns);

/// A stream and what is known of it.
struct Terminal {
  explicit Terminal(std::FILE* output);

  std::FILE* stream;
  bool interactive;   ///< a terminal
  bool colours;       ///< a terminal, and NO_COLOR is not set, and TERM is not `dumb`
  std::size_t width;  ///< in columns; 80 if unknown
};

enum class Colour { bold, dim, red, green, yellow, cyan };

/// Text in a colour if the terminal has colours; else as it is.
std::string paint(const Terminal& terminal, Colour colour, std::string_view text);

/// Standard output, collected.  A write that fails ends the tool with one line; a reader that went
/// away (`| head`) ends it silently.
class Output {
 public:
  Output();
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  const Terminal& terminal() const { return terminal_; }
  void write(std::string_view text);
  void line(std::string_view text) {
    write(text);
    write("\n");
  }
  /// Call it at the end of a command: throws IoError if the text could not be written.
  void flush();

 private:
  Terminal terminal_;
  std::string pending_;
};

/// One line on standard error: `cairn: ...`.
void complain(std::string_view message);

}  // namespace cairn::tool
