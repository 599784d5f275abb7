// Where export writes to, and load and set read from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace cairn::tool {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

/// The lines of a file or of standard input.
class LineReader {
 public:
  /// "-" or empty: standard input.  Throws IoError.
  explicit LineReader(const std::string& file);

  /// The next line, without its end; false at the end of the input or when the program is
  /// interrupted.  The view is valid until the next call.  Throws IoError.
  bool next(std::string_view& line);

  std::uint64_t number() const { return number_; }  ///< of the last line, from 1
  std::uint64_t size() const { return size_; }      ///< of the input, in bytes; 0: not known

 private:
  bool fill();

  const std::string name_;
  const Descriptor file_;
  std::uint64_t size_ = 0;
  std::uint64_t number_ = 0;
  std::string buffer_;
  std::size_t begin_ = 0;     // of what has not been given out
  std::size_t searched_ = 0;  // no end of a line before this
  bool ended_ = false;
};

/// All of standard input.  Throws IoError.
std::string read_standard_input();

/// A file that has its name only when it is whole: until finish() it is called NAME.partial, and
/// that is what is left if the program ends before.
class WholeFile {
 public:
  /// Readable by its owner only, as the store is.  Throws IoError.
  explicit WholeFile(std::filesystem::path name);

  void write(std::string_view text);
  /// Writes what write() has kept, durably, and gives the file its name.
  void finish();

  const std::filesystem::path& partial() const { return partial_; }

 private:
  void flush();

  const std::filesystem::path name_;
  const std::filesystem::path partial_;
  const Descriptor file_;
  std::string pending_;
};

}  // namespace cairn::tool
