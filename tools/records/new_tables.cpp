#include "records/new_tables.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace cairn::tool {
namespace {

namespace fs = std::filesystem;

// Files come and go while we look: what cannot be looked at counts nothing.
template <class Iterator, class Visit>
void visit_files(const fs::path& directory, const Visit& visit) {
  std::error_code error;
  for (Iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    if (at->is_regular_file(gone)) visit(at->path(), at->file_size(gone), gone);
  }
}

std::uint64_t bytes_in(const fs::path& directory) {
  std::uint64_t sum = 0;
  visit_files<fs::recursive_directory_iterator>(
      directory, [&](const fs::path&, std::uint64_t bytes, const std::error_code& gone) {
        if (!gone) sum += bytes;
      });
  return sum;
}

}  // namespace

NewTables::NewTables(fs::path store) : store_(std::move(store)) {
  visit_files<fs::directory_iterator>(
      store_, [&](const fs::path& path, std::uint64_t, const std::error_code&) {
        before_.insert(path.filename());
      });
}

std::uint64_t NewTables::bytes() {
  visit_files<fs::directory_iterator>(
      store_, [&](const fs::path& path, std::uint64_t bytes, const std::error_code& gone) {
        if (gone || path.extension() != ".sst" || before_.contains(path.filename())) return;
        std::uint64_t& most = since_[path.filename()];
        most = std::max(most, bytes);
      });
  std::uint64_t sum = 0;
  for (const auto& [name, bytes] : since_) sum += bytes;
  return sum;
}

std::uint64_t bytes_below(const fs::path& directory) {
  std::uint64_t sum = bytes_in(directory);
  const std::string begin = directory.filename().native() + ".";
  const fs::path parent = directory.has_parent_path() ? directory.parent_path() : ".";
  std::error_code error;
  for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().native().starts_with(begin)) sum += bytes_in(at->path());
  }
  return sum;
}

}  // namespace cairn::tool
