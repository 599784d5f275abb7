// A cache of blobs: thumbnails that are computed once for each picture and width.
//
//   blob_cache PICTURE.ppm [--width N] [--cache DIR] > thumbnail.ppm
//   blob_cache --self-check
//
// A blob's key is a hash of what it is made from, and the parameters: the same picture under
// another name is found, a picture that was changed is not, and nothing ever has to be invalidated.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <openssl/evp.h>
#include <CLI/CLI.hpp>

#include <cairn/cache.h>

namespace {

namespace fs = std::filesystem;

// ---- pictures: binary PPM, eight bits a colour ----

struct Picture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::string_view pixels;  // three bytes each, row by row
};

Picture parse(std::string_view content) {
  std::istringstream header{std::string(content.substr(0, 1024))};
  std::string magic;
  std::string comment;
  std::size_t numbers[3] = {};
  header >> magic;
  for (std::size_t& number : numbers) {
    while ((header >> std::ws).peek() == '#') std::getline(header, comment);
    header >> number;
  }
  const auto [width, height, largest] = numbers;
  header.get();  // one byte of white space ends the header
  constexpr std::size_t longest = 20'000;
  if (!header || magic != "P6" || largest != 255 || width < 1 || width > longest || height < 1 ||
      height > longest) {
    throw std::runtime_error("not a binary PPM picture (P6, 255 shades, at most 20000 x 20000)");
  }
  const auto begin = static_cast<std::size_t>(header.tellg());
  const std::size_t bytes = 3 * width * height;
  if (content.size() - begin < bytes) throw std::runtime_error("the picture ends too early");
  return {width, height, content.substr(begin, bytes)};
}

// The mean of every colour over the pixels that become one.
std::string shrink(const Picture& picture, std::size_t wanted_width) {
  const std::size_t width = std::min(wanted_width, picture.width);
  const std::size_t height = std::max<std::size_t>(picture.height * width / picture.width, 1);
  std::string out = fmt::format("P6\n{} {}\n255\n", width, height);
  out.reserve(out.size() + 3 * width * height);
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t top = y * picture.height / height;
    const std::size_t bottom = (y + 1) * picture.height / height;
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t left = x * picture.width / width;
      const std::size_t right = (x + 1) * picture.width / width;
      std::size_t sums[3] = {};
      for (std::size_t row = top; row < bottom; ++row) {
        for (std::size_t i = 3 * (row * picture.width + left);
             i < 3 * (row * picture.width + right); ++i) {
          sums[i % 3] += static_cast<unsigned char>(picture.pixels[i]);
        }
      }
      for (const std::size_t sum : sums) {
        out += static_cast<char>(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  return out;
}

// ---- the cache ----

std::string sha256(std::string_view content) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(content.data(), content.size(), digest, &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL computes no SHA-256");
  }
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

// What is named by its content is right for ever: nothing expires, and the bounds say what goes.
// A cache with these bounds holds at most 1000 x 1 MiB.
constexpr std::int64_t max_entries = 1000;
constexpr std::uint64_t max_blob = 1 << 20;

cairn::Cache open_cache(const fs::path& directory, std::int64_t entries = max_entries) {
  return cairn::Cache::open(
      directory, {.timeout = cairn::never, .max_entries = entries, .max_value_size = max_blob});
}

enum class Source { found, made, too_large };

struct Thumbnail {
  std::string bytes;
  Source source;
};

// However many threads ask for one that is missing, one of them makes it.  What is too large to be
// kept is handed out all the same, and made again the next time.
Thumbnail thumbnail(cairn::Cache& cache, std::string_view content, std::size_t width) {
  const std::string key = fmt::format("{}/{}", sha256(content), width);
  bool made = false;
  std::string bytes = cache.get_or_set(key, [&] {
    made = true;
    return shrink(parse(content), width);
  });
  const Source source = !made                     ? Source::found
                        : bytes.size() > max_blob ? Source::too_large
                                                  : Source::made;
  return {std::move(bytes), source};
}

// ---- the self-check ----

std::string picture(std::size_t number, std::size_t width, std::size_t height) {
  std::string content = fmt::format("P6\n# number {}\n{} {}\n255\n", number, width, height);
  for (std::size_t i = 0; i < 3 * width * height; ++i) {
    content += static_cast<char>((i * (number + 1) / 7) % 256);
  }
  return content;
}

struct Counts {
  std::size_t found = 0;
  std::size_t made = 0;
  std::size_t too_large = 0;
  friend bool operator==(const Counts&, const Counts&) = default;
};

Counts ask(cairn::Cache& cache, std::size_t pictures, std::size_t width) {
  Counts counts;
  for (std::size_t i = 0; i < pictures; ++i) {
    const std::string content = picture(i, 160, 120);
    const Thumbnail answer = thumbnail(cache, content, width);
    if (answer.bytes != shrink(parse(content), width)) throw std::runtime_error("wrong thumbnail");
    ++(answer.source == Source::found  ? counts.found
       : answer.source == Source::made ? counts.made
                                       : counts.too_large);
  }
  return counts;
}

void report(std::string_view what, Counts actual, Counts expected) {
  fmt::print("{:<28} found {:>3}, made {:>3}, too large {}\n", what, actual.found, actual.made,
             actual.too_large);
  if (actual != expected) throw std::runtime_error(fmt::format("self-check failed: {}", what));
}

void self_check() {
  std::string directory = (fs::temp_directory_path() / "blob_cache.XXXXXX").native();
  if (mkdtemp(directory.data()) == nullptr) throw std::runtime_error("cannot make " + directory);
  cairn::Cache cache = open_cache(directory, 60);
  report("40 pictures", ask(cache, 40, 64), {.made = 40});
  report("the same again", ask(cache, 40, 64), {.found = 40});
  cache.close();  // the next use opens the directory again
  report("after a restart", ask(cache, 40, 64), {.found = 40});
  report("10 in another width", ask(cache, 10, 32), {.made = 10});

  // 3.2 MB: served, and not kept.
  const std::string large = picture(0, 1600, 1200);
  for (const char* time : {"a blob of 3 MB", "the same again"}) {
    const Thumbnail answer = thumbnail(cache, large, 1200);
    if (answer.bytes.size() < 3'000'000) throw std::runtime_error("the large blob is cut short");
    report(time, {.too_large = answer.source == Source::too_large ? 1U : 0U}, {.too_large = 1});
  }

  report("100 pictures, room for 60", ask(cache, 100, 16), {.made = 100});
  const std::size_t held = cache.keys().size();
  fmt::print("{:<28} {}\n", "blobs held", held);
  if (held > 60) throw std::runtime_error("self-check failed: more blobs than max_entries");
  cache.close();
  fs::remove_all(directory);
  fmt::print("self-check passed\n");
}

// ---- the command line ----

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) throw std::runtime_error(fmt::format("cannot read {}", path.native()));
  return std::move(content).str();
}

void print_thumbnail(const fs::path& path, std::size_t width, const fs::path& directory) {
  cairn::Cache cache = open_cache(directory);
  const Thumbnail answer = thumbnail(cache, read(path), width);
  std::cout.write(answer.bytes.data(), static_cast<std::streamsize>(answer.bytes.size()));
  if (!std::cout.flush()) throw std::runtime_error("cannot write the thumbnail");
  constexpr const char* words[] = {"found", "made", "made; too large to be kept"};
  fmt::print(stderr, "{}\n", words[static_cast<int>(answer.source)]);
}

}  // namespace

int main(int argc, char** argv) try {
  fs::path path;
  fs::path directory = "blob_cache.cache";
  std::size_t width = 128;
  bool check = false;
  CLI::App app("Writes a thumbnail of a PPM picture to standard output, made or remembered.");
  app.add_option("picture", path, "a binary PPM file")->check(CLI::ExistingFile);
  app.add_option("--width", width, "of the thumbnail, in pixels")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--cache", directory, "directory of the cache")->capture_default_str();
  app.add_flag("--self-check", check, "show, with pictures of its own, what it does");
  try {
    app.parse(argc, argv);
    if (!check && path.empty()) throw CLI::RequiredError("picture");
  } catch (const CLI::Success& help) {
    return app.exit(help);
  }
  if (check) {
    self_check();
  } else {
    print_thumbnail(path, width, directory);
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "blob_cache: {}\n", error.what());
  return 2;
}
