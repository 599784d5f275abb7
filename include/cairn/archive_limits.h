// The limits of <cairn/archive.h>: what no bytes, however they were made, may take of stack and
// time.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <stdexcept>

#include <cairn/codec.h>
#include <cairn/export.h>

namespace cairn {

/// The depth to which objects may contain objects, so that no archive can exhaust the stack.
inline constexpr int max_archive_depth = 256;

/// The depth to which keys of sets and maps may contain sets and maps that have keys.  To compare
/// two sets is to compare their elements in both directions: each level takes twice to four times
/// the comparisons of the one in it.
inline constexpr int max_archive_key_depth = 8;

/// The error of an archive: what is wrong with it, and where.  Codec<T> turns it into a
/// SerializationError that names the key; whoever uses the archives without Codec catches this.
class CAIRN_EXPORT ArchiveDefect : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An ArchiveDefect of a thread and not of the archive: its objects are nested too deeply for the
/// stack that this thread has left.  Another thread may read it.
class CAIRN_EXPORT StackTooSmall : public ArchiveDefect {
 public:
  using ArchiveDefect::ArchiveDefect;
};

namespace internal {

/// A value that is loaded before it finds its place: not on the stack if it is large, since large
/// classes may be nested.
template <class T>
class Temporary {
 public:
  T& operator*() {
    if constexpr (large) {
      return *value_;
    } else {
      return value_;
    }
  }

 private:
  static constexpr bool large = sizeof(T) > 256;
  static auto make() {
    if constexpr (large) {
      return std::make_unique<T>();
    } else {
      return T{};
    }
  }
  decltype(make()) value_ = make();
};

template <class C>
concept Hashed = requires(const C& container, const typename C::key_type& key) {
  container.bucket(key);
  container.key_eq();
};

/// The key of an element of a set or a map.
template <class C>
const typename C::key_type& key_of(const typename C::value_type& element) {
  if constexpr (std::same_as<typename C::key_type, typename C::value_type>) {
    return element;
  } else {
    return element.first;
  }
}

/// How many elements of buckets are passed over while unordered containers are filled.  Whoever
/// makes the bytes can make all hashes alike, and the time would grow with the square of the size.
class BucketSteps {
 public:
  /// Containers of fewer elements than this are not looked at.
  static constexpr std::size_t small = 512;

  /// Before `key`, which took `bytes` of the archive, goes into a container that is to have `count`
  /// elements.
  template <Hashed C>
  void before_insert(C& container, std::size_t count, const typename C::key_type& key,
                     std::size_t bytes) {
    if (container.size() < small) return;
    std::size_t steps = passed_over(container, key);
    // Where only the remainders are alike, another number of buckets tells them apart.
    if (steps > long_walk && container.bucket_count() <= 2 * count) {
      container.rehash(2 * container.bucket_count());
      steps = passed_over(container, key);
    }
    add(steps, bytes);
  }

  /// That so many elements are passed over for a key of so many bytes.  It may be alike to its
  /// last byte with each of them, and comparing eight bytes takes about as long as a step.
  void add(std::size_t elements, std::size_t bytes) { steps_ += elements * (1 + bytes / 8); }

  /// For an archive of so many bytes.  Saving must stay well below what loading allows, since the
  /// buckets will be others.
  bool too_many_to_load(std::size_t bytes) const { return steps_ > allowed(bytes); }
  bool too_many_to_save(std::size_t bytes) const { return steps_ > allowed(bytes) / 2; }

 private:
  static constexpr std::size_t long_walk = 64;
  static std::size_t allowed(std::size_t bytes) { return 50 * bytes + 10'000'000; }

  template <class C>
  static std::size_t passed_over(const C& container, const typename C::key_type& key) {
    const std::size_t bucket = container.bucket(key);
    std::size_t steps = 0;
    for (auto at = container.cbegin(bucket); at != container.cend(bucket); ++at, ++steps) {
      if (container.key_eq()(key_of<C>(*at), key)) break;
    }
    return steps;
  }

  std::size_t steps_ = 0;
};

/// Counts, while a set or map is stored, about what filling it again will take.
template <class C>
class StoredBuckets {
 public:
  StoredBuckets(BucketSteps& steps, const C& container) : steps_(steps), container_(container) {}

  /// The next key in the order of the container, in which those of a bucket follow each other.
  void add(const typename C::key_type& key, std::size_t bytes) {
    if constexpr (Hashed<C>) {
      if (container_.size() < BucketSteps::small) return;
      const std::size_t bucket = container_.bucket(key);
      if (last_ == nullptr || bucket != bucket_) {
        bucket_ = bucket;
        elements_ = 0;
      } else if (!container_.key_eq()(*last_, key)) {
        steps_.add(elements_, bytes);
      }
      last_ = &key;
      ++elements_;
    }
  }

 private:
  BucketSteps& steps_;
  const C& container_;
  const typename C::key_type* last_ = nullptr;
  std::size_t bucket_ = 0;
  std::size_t elements_ = 0;
};

/// How deep in objects and in keys an archive is, counted by those that it enters.
class Nesting {
 public:
  /// Before serialize() of a T.  Throws ArchiveDefect at the depth limit, and StackTooSmall near
  /// the end of the stack.
  template <class T>
  void enter() {
    if (depth_ == 0) lowest_ = lowest_stack_address();
    if (depth_ == max_archive_depth) throw ArchiveDefect("objects within objects, too deep");
    const auto* const here = static_cast<const char*>(__builtin_frame_address(0));
    if (lowest_ != nullptr &&
        (here < lowest_ || static_cast<std::size_t>(here - lowest_) < frame<T>())) {
      throw StackTooSmall("objects within objects, too deep for the stack of this thread");
    }
    ++depth_;
  }
  void leave() { --depth_; }

  /// Before a key of a set or map.  Throws ArchiveDefect at its depth limit.
  void enter_key() {
    if (keys_ == max_archive_key_depth) throw ArchiveDefect("keys within keys, too deep");
    ++keys_;
  }
  void leave_key() { --keys_; }

 private:
  // A serialize() may load into another object of its type, and Boost's loaders make elements on
  // the stack.
  template <class T>
  static constexpr std::size_t frame() {
    if constexpr (requires { sizeof(typename T::value_type); }) {
      return sizeof(T) + 2 * sizeof(typename T::value_type);
    } else {
      return sizeof(T);
    }
  }

  int depth_ = 0;
  int keys_ = 0;
  const char* lowest_ = nullptr;
};

}  // namespace internal
}  // namespace cairn
