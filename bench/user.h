// A small class of one's own, and what stores it without Cairn.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

namespace bench {

struct User {
  std::string name = "Ada Lovelace, London";
  std::int64_t id = 1815;
  std::vector<int> scores = {1, 2, 3, 4, 5, 6, 7, 8};

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name& id& scores;
  }
};

/// Boost's own archive over a stringstream, as its documentation shows it; `flags` are the
/// archive's.
template <class T>
std::string stock_encode(const T& value, unsigned flags = 0) {
  std::ostringstream stream;
  boost::archive::binary_oarchive archive(stream, flags);
  archive << value;
  return std::move(stream).str();
}

template <class T>
T stock_decode(const std::string& bytes, unsigned flags = 0) {
  std::istringstream stream(bytes);
  boost::archive::binary_iarchive archive(stream, flags);
  T value;
  archive >> value;
  return value;
}

}  // namespace bench
