// A tour of your files: learns something costly about each, and remembers it.
//
//   tour [DIRECTORY] [--cache DIR] [--limit N]     visits, and prints what it saw
//   tour [DIRECTORY] [--cache DIR] --verify        recomputes, and compares with what is cached
//
// What is learned of a file is kept under its path and the time of its last change: a second tour,
// in another process or on another day, computes only what has changed.  How often that worked is
// counted in the cache as well.  scripts/demo shows that all this survives `kill -9`.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <openssl/evp.h>
#include <CLI/CLI.hpp>

#include <cairn/boost.h>
#include <cairn/caches.h>

namespace sightseeing {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// ---- what is learned of a file ----

// clang-format off

struct WordCount {
  std::string word;
  std::int64_t count = 0;

  template <class Archive>
  void serialize(Archive& archive, unsigned) { archive & word & count; }
  friend bool operator==(const WordCount&, const WordCount&) = default;
};

struct FileFacts {
  std::string sha256;
  std::int64_t bytes = 0;
  std::int64_t words = 0;
  std::int64_t distinct_words = 0;
  std::vector<WordCount> frequent;        // the ten most frequent words, most frequent first
  std::vector<WordCount> frequent_pairs;  // the same of words that stand next to each other

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive & sha256 & bytes & words & distinct_words & frequent & frequent_pairs;
  }
  friend bool operator==(const FileFacts&, const FileFacts&) = default;
};

// clang-format on

using Words = std::unordered_map<std::string, std::int64_t>;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content(file ? fs::file_size(path) : 0, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file) throw std::runtime_error(fmt::format("cannot read {}", path.native()));
  return content;
}

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

struct Text {
  Words words;
  Words pairs;
};

// Words are runs of ASCII letters, in lower case.  A file with a NUL in it is no text.
Text text_of(std::string_view content) {
  Text text;
  if (content.find('\0') != std::string_view::npos) return text;
  std::string word;
  std::string before;
  const auto end_of_word = [&] {
    if (word.empty()) return;
    ++text.words[word];
    if (!before.empty()) ++text.pairs[before + ' ' + word];
    before.swap(word);
    word.clear();
  };
  for (const char c : content) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower >= 'a' && lower <= 'z') {
      word += lower;
    } else {
      end_of_word();
    }
  }
  end_of_word();
  return text;
}

std::vector<WordCount> most_frequent(const Words& words, std::size_t wanted) {
  std::vector<WordCount> counts;
  for (const auto& [word, count] : words) counts.push_back({word, count});
  wanted = std::min(wanted, counts.size());
  std::partial_sort(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(wanted),
                    counts.end(), [](const WordCount& a, const WordCount& b) {
                      return std::pair(-a.count, a.word) < std::pair(-b.count, b.word);
                    });
  counts.resize(wanted);
  return counts;
}

FileFacts learn(const fs::path& path) {
  const std::string content = read(path);
  const Text text = text_of(content);
  FileFacts facts;
  facts.sha256 = sha256(content);
  facts.bytes = static_cast<std::int64_t>(content.size());
  for (const auto& [word, count] : text.words) facts.words += count;
  facts.distinct_words = static_cast<std::int64_t>(text.words.size());
  facts.frequent = most_frequent(text.words, 10);
  facts.frequent_pairs = most_frequent(text.pairs, 10);
  return facts;
}

// ---- which files ----

std::vector<fs::path> files_below(const fs::path& directory, std::size_t limit) {
  std::vector<fs::path> files;
  constexpr auto permitted = fs::directory_options::skip_permission_denied;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory, permitted)) {
    if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
  }
  std::ranges::sort(files, {}, &fs::path::native);
  if (files.size() > limit) files.resize(limit);
  return files;
}

// A file that changes gets another key; what was known of the old one expires in its time.
std::string key_of(const fs::path& path) {
  return fmt::format("{}@{}", path.native(), fs::last_write_time(path).time_since_epoch().count());
}

// ---- the tour ----

struct Options {
  fs::path directory = "/usr/share/doc";
  fs::path cache = "tour.cache";
  std::size_t limit = 1'000'000;
  std::int64_t version = 1;
  std::string journal;
  bool verify = false;
};

// Two caches in one directory: facts, which are recomputed when they have expired, and counters,
// which are not and so never expire.
cairn::Caches open_caches(const Options& options) {
  const cairn::CacheOptions facts{.timeout = 24h * 30,
                                  .version = options.version,
                                  // file names with spaces are nothing to warn of
                                  .key_warnings = cairn::ignore_key_warnings()};
  return cairn::Caches(options.cache, {{"facts", facts}, {"counters", {.timeout = cairn::never}}});
}

// Counts in the cache.  With a journal every value that incr() returned is also written to that
// file, before anything else is done: so others can tell what had been acknowledged when we died.
class Counters {
 public:
  Counters(cairn::Cache& cache, const std::string& journal) : cache_(cache) {
    if (journal.empty()) return;
    journal_.emplace(journal, std::ios::app);
    if (!*journal_) throw std::runtime_error(fmt::format("cannot write {}", journal));
  }
  void count(std::string_view name) {
    const std::int64_t value = cache_.incr(name, 1, {.initial = 0});
    if (journal_) *journal_ << fmt::format("{} {}\n", name, value) << std::flush;
  }
  std::int64_t value(std::string_view name) const { return cache_.get(name, std::int64_t{0}); }

 private:
  cairn::Cache& cache_;
  std::optional<std::ofstream> journal_;
};

struct Visit {
  FileFacts facts;
  bool hit;
};

// The heart of it: what is known is taken from the cache, what is not is learned and kept.
Visit visit(cairn::Cache& cache, const fs::path& path) {
  bool hit = true;
  FileFacts facts = cache.get_or_set(key_of(path), [&] {
    hit = false;
    return learn(path);
  });
  return {std::move(facts), hit};
}

// What all visits came to.
struct Tally {
  std::int64_t hits = 0;
  std::int64_t misses = 0;
  std::int64_t unreadable = 0;
  std::int64_t bytes = 0;
  std::int64_t words = 0;
  Text frequent;  // of each file only what is most frequent in it

  void add(const Visit& visit) {
    ++(visit.hit ? hits : misses);
    bytes += visit.facts.bytes;
    words += visit.facts.words;
    for (const auto& [word, count] : visit.facts.frequent) frequent.words[word] += count;
    for (const auto& [pair, count] : visit.facts.frequent_pairs) frequent.pairs[pair] += count;
  }
};

void print_frequent(std::string_view label, const Words& words) {
  fmt::print("{:<10}", label);
  const char* separator = " ";
  for (const WordCount& each : most_frequent(words, 5)) {
    fmt::print("{}{} {}", std::exchange(separator, ", "), each.word, each.count);
  }
  fmt::print("\n");
}

void print_counters(const Counters& counters) {
  fmt::print("counted    files {}, hits {}, misses {} since the cache was made\n",
             counters.value("files"), counters.value("hits"), counters.value("misses"));
}

void print(const Tally& tally, std::chrono::duration<double> time) {
  const std::int64_t files = tally.hits + tally.misses;
  const auto per_file = static_cast<double>(std::max<std::int64_t>(files, 1));
  fmt::print("files      {}, {:.1f} MB, {} words\n", files, static_cast<double>(tally.bytes) / 1e6,
             tally.words);
  fmt::print("hits       {} ({:.1f} %)\n", tally.hits,
             100 * static_cast<double>(tally.hits) / per_file);
  fmt::print("misses     {}\n", tally.misses);
  if (tally.unreadable > 0) fmt::print("unreadable {}\n", tally.unreadable);
  fmt::print("seconds    {:.3f} ({:.0f} us a file)\n", time.count(), 1e6 * time.count() / per_file);
  print_frequent("words", tally.frequent.words);
  print_frequent("pairs", tally.frequent.pairs);
}

void tour(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  cairn::Caches caches = open_caches(options);
  cairn::Cache& facts = caches["facts"];
  Counters counters(caches["counters"], options.journal);
  Tally tally;
  for (const fs::path& path : files_below(options.directory, options.limit)) {
    try {
      const Visit visited = visit(facts, path);
      counters.count(visited.hit ? "hits" : "misses");
      counters.count("files");
      tally.add(visited);
    } catch (const cairn::Error&) {
      throw;
    } catch (const std::exception&) {
      ++tally.unreadable;  // nothing was stored: the next tour tries again
    }
  }
  print(tally, std::chrono::steady_clock::now() - start);
  print_counters(counters);
}

// True if everything that is cached equals what is computed now.
bool verify(const Options& options) {
  cairn::Caches caches = open_caches(options);
  const cairn::Cache& facts = caches["facts"];
  std::int64_t equal = 0;
  std::int64_t different = 0;
  std::int64_t missing = 0;
  for (const fs::path& path : files_below(options.directory, options.limit)) {
    const std::optional<FileFacts> cached = facts.get<FileFacts>(key_of(path));
    ++(!cached ? missing : *cached == learn(path) ? equal : different);
  }
  fmt::print("equal      {}\ndifferent  {}\nmissing    {}\n", equal, different, missing);
  print_counters(Counters(caches["counters"], {}));
  return different == 0;
}

// ---- the command line ----

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app("Learns something costly about each file below a directory, and remembers it.");
  app.add_option("directory", options.directory, "where the files are")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--cache", options.cache, "directory of the cache")->capture_default_str();
  app.add_option("--limit", options.limit, "visit at most this many files");
  app.add_option("--cache-version", options.version, "of what is remembered: another starts anew")
      ->capture_default_str();
  app.add_option("--journal", options.journal, "append each count to this file as it is made");
  app.add_flag("--verify", options.verify, "recompute everything and compare with the cache");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    std::exit(app.exit(help));
  }
  return options;
}

}  // namespace sightseeing

using namespace sightseeing;

int main(int argc, char** argv) try {
  const Options options = parse(argc, argv);
  if (options.verify) return verify(options) ? 0 : 1;
  tour(options);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "tour: {}\n", error.what());
  return 2;
}
