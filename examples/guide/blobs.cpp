// The code of docs/guide/blobs.md: values of many bytes.
#include <cairn/boost.h>
#include <cairn/caches.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace guide {

void store_whole(cairn::Cache& blobs, const std::vector<std::byte>& thumbnail) {
  // [whole]
  blobs.set("thumbnail:7", thumbnail, {.timeout = 7 * 24h});  // or a string, or a span of bytes
  std::optional<std::vector<std::byte>> found = blobs.get<std::vector<std::byte>>("thumbnail:7");
  // [whole]
  std::cout << "thumbnail of " << (found ? found->size() : 0) << " bytes\n";
}

void refuse(cairn::Cache& blobs) {
  const std::string film(20 << 20, 'x');
  blobs.set("film", "the trailer");
  // [refused]
  try {
    blobs.set("film", film);  // longer than max_value_size
  } catch (const cairn::Error& error) {
    if (error.code() != cairn::ErrorCode::value_too_large) throw;
    std::cout << "too large\n";
  }
  const bool there = blobs.contains("film");  // false: what it was to replace is removed
  // [refused]
  std::cout << "film is " << (there ? "there" : "not there") << "\n";
}

// [parts]
constexpr std::size_t part_size = 1 << 20;

struct Manifest {
  std::int64_t id = 0;  // of this writing: a reader never mixes the parts of two
  std::int64_t parts = 0;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& id& parts;
  }
};

std::string part_key(std::int64_t id, std::int64_t part) {
  return "part:" + std::to_string(id) + ":" + std::to_string(part);
}
// [parts]

// [put]
void put(cairn::Cache& blobs, const std::string& name, std::istream& source,
         std::chrono::seconds timeout) {
  Manifest manifest{.id = blobs.incr("ids", 1, {.initial = 0, .timeout = cairn::never})};
  std::string part(part_size, '\0');
  while (source.read(part.data(), part_size) || source.gcount() > 0) {
    const std::string_view read(part.data(), static_cast<std::size_t>(source.gcount()));
    // A part outlives the manifest, so that whoever reads a manifest still finds its parts.
    blobs.set(part_key(manifest.id, manifest.parts++), read, {.timeout = timeout + 1min});
  }
  blobs.set("blob:" + name, manifest, {.timeout = timeout});  // last: now it can be found
}
// [put]

// [send]
// False if the blob is not there, or not whole any more.
bool send(const cairn::Cache& blobs, const std::string& name, std::ostream& to) {
  const auto manifest = blobs.get<Manifest>("blob:" + name);
  if (!manifest) return false;
  for (std::int64_t part = 0; part < manifest->parts; ++part) {
    const std::optional<std::string> bytes = blobs.get(part_key(manifest->id, part));
    if (!bytes) return false;
    to << *bytes;
  }
  return true;
}
// [send]

void store_in_parts(cairn::Cache& blobs) {
  std::istringstream film(std::string((3 << 20) + 5, 'x'));
  put(blobs, "film", film, 1h);
  std::ostringstream shown;
  const bool whole = send(blobs, "film", shown);
  std::cout << (whole ? "sent " : "lost after ") << shown.str().size() << " bytes\n";
  blobs.erase(part_key(1, 2));
  std::cout << (send(blobs, "film", shown) ? "sent" : "not whole any more") << "\n";
}

}  // namespace guide

using namespace guide;

int main() try {
  // [open]
  cairn::Caches caches(
      "blobs.cache",
      {{"blobs", {.timeout = 24h, .max_entries = 20'000, .max_value_size = 16 << 20}}});
  // [open]
  cairn::Cache& blobs = caches["blobs"];
  store_whole(blobs, std::vector<std::byte>(30'000));
  refuse(blobs);
  store_in_parts(blobs);
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
