// says: cairn does not know how to store this type: give it a serialize() function
#include <string>
#include <vector>

#include <cairn/boost.h>
#include <cairn/cache.h>

namespace messages {

struct Song {
  std::string title;
#ifndef MISTAKE
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& title;
  }
#endif
};

}  // namespace messages

void class_without_serialize(cairn::Cache& cache, const std::vector<messages::Song>& songs) {
  cache.set("songs", songs);
}
