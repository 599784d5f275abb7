#include "durability/power/recording.h"

#include <fstream>
#include <stdexcept>

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/utility.hpp>
#include <boost/serialization/vector.hpp>

namespace boost::serialization {

using cairn::test::durability::Call;
using cairn::test::durability::Event;
using cairn::test::durability::Recording;

template <class Archive>
void serialize(Archive& archive, Call& call, unsigned /*version*/) {
  archive& call.verb& call.family& call.keys& call.numbers& call.lifetime& call.size& call
      .durable& call.time;
}

template <class Archive>
void serialize(Archive& archive, Event& event, unsigned /*version*/) {
  archive& event.kind& event.number& event.name& event.bytes& event.microseconds;
}

template <class Archive>
void serialize(Archive& archive, Recording& recording, unsigned /*version*/) {
  archive& recording.history.level& recording.history.calls& recording.events;
}

}  // namespace boost::serialization

namespace cairn::test::durability {

std::vector<std::size_t> Recording::cuts() const {
  std::vector<std::size_t> found;
  for (std::size_t count = 1; count <= events.size(); ++count) {
    if (count == events.size() || events[count].changes_disk()) found.push_back(count);
  }
  return found;
}

void save(const Recording& recording, const std::filesystem::path& file) {
  std::ofstream stream(file, std::ios::binary);
  boost::archive::binary_oarchive(stream) << recording;
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.native());
}

Recording load(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.native());
  Recording recording;
  boost::archive::binary_iarchive(stream) >> recording;
  return recording;
}

}  // namespace cairn::test::durability
