// The same with a struct, which takes cairn::boost.
#include <cairn/boost.h>
#include <cairn/caches.h>

#include <boost/serialization/string.hpp>
#include <iostream>
#include <string>

struct User {
  std::string name;
  int age = 0;

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name& age;
  }
};

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  cairn::Cache cache = cairn::Cache::open(argv[1]);
  cache.set("user:7", User{"Ada", 36});
  const User user = cache.get<User>("user:7").value_or(User{});
  std::cout << user.name << " is " << user.age << '\n';
  return user.name == "Ada" && user.age == 36 ? 0 : 1;
}
