// The writing archive, one half of <cairn/archive.h>.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>

#include <boost/mpl/bool.hpp>
#include <boost/serialization/serialization.hpp>
#include <boost/serialization/version.hpp>

#include <cairn/archive_types.h>

namespace cairn {

/// An archive that appends to a string.  Call finish() after the last value.  Not for sharing by
/// threads.
class OutputArchive : public ArchiveConcept {
 public:
  using is_saving = boost::mpl::bool_<true>;    ///< what serialize() asks
  using is_loading = boost::mpl::bool_<false>;  ///< what serialize() asks

  /// Appends to `out`, which must outlive the archive.
  explicit OutputArchive(std::string& out)
      : out_(out), start_(out.size()), promised_size_(out.size()) {}

  /// Appends a value.  Throws ArchiveDefect for objects nested deeper than max_archive_depth,
  /// keys deeper than max_archive_key_depth and a variant without a value, StackTooSmall for
  /// objects nested too deeply for this thread, and what serialize() throws.
  template <class T>
  OutputArchive& operator<<(const T& value) {
    save(value);
    return *this;
  }
  /// The same: what serialize() uses in both directions.
  template <class T>
  OutputArchive& operator&(const T& value) {
    return *this << value;
  }

  /// Appends `size` bytes as they are, without their number.
  void save_binary(const void* bytes, std::size_t size) {
    if (size != 0) out_.append(static_cast<const char*>(bytes), size);
  }

  /// Appends the zeros that the lengths of collections of empty elements need.  Throws
  /// ArchiveDefect if an unordered container has too many hashes alike to be read back.
  void finish() {
    if (out_.size() < promised_size_) out_.resize(promised_size_);
    if (bucket_steps_.too_many_to_save(out_.size() - start_)) {
      throw ArchiveDefect(
          "an unordered container whose hash function gives too many elements the same hash; it "
          "would take too long to read");
    }
  }

 private:
  template <class T>
  void save(const T& value) {
    using internal::Shape;
    constexpr Shape shape = internal::supported_shape<T>();
    if constexpr (shape == Shape::boolean) {
      out_.push_back(value ? '\1' : '\0');
    } else if constexpr (shape == Shape::number) {
      save_number(value);
    } else if constexpr (shape == Shape::enumeration) {
      save(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (shape == Shape::array) {
      save_elements(std::data(value), std::size(value));
    } else if constexpr (shape == Shape::block) {
      save_varint(value.size());
      save_elements(value.data(), value.size());
    } else if constexpr (shape == Shape::sequence) {
      save_count(value.size());
      for (const typename T::value_type& element : value) save(element);
    } else if constexpr (shape == Shape::forward_list) {
      save_count(static_cast<std::size_t>(std::distance(value.begin(), value.end())));
      for (const auto& element : value) save(element);
    } else if constexpr (shape == Shape::valarray) {
      save_count(value.size());
      for (std::size_t i = 0; i < value.size(); ++i) save(value[i]);
    } else if constexpr (shape == Shape::set || shape == Shape::map) {
      save_keys(value);
    } else if constexpr (shape == Shape::adaptor) {
      save(internal::Adapted<T>::container(value));
    } else if constexpr (shape == Shape::tuple) {
      std::apply([this](const auto&... element) { (this->save(element), ...); }, value);
    } else if constexpr (shape == Shape::complex) {
      save(value.real());
      save(value.imag());
    } else if constexpr (shape == Shape::bitset) {
      for (std::size_t first = 0; first < value.size(); first += 8) {
        unsigned byte = 0;
        for (std::size_t bit = first; bit < std::min(first + 8, value.size()); ++bit) {
          byte |= static_cast<unsigned>(value[bit]) << (bit - first);
        }
        out_.push_back(static_cast<char>(byte));
      }
    } else if constexpr (shape == Shape::optional) {
      save(value.has_value());
      if (value) save(*value);
    } else if constexpr (shape == Shape::variant) {
      if (value.valueless_by_exception()) throw ArchiveDefect("a variant without a value");
      save_varint(value.index());
      std::visit([this](const auto& alternative) { this->save(alternative); }, value);
    } else if constexpr (shape == Shape::empty) {
      static_cast<void>(value);
    } else if constexpr (shape == Shape::memory) {
      save_binary(&value, sizeof value);
    } else if constexpr (shape == Shape::wrapped) {
      save(value.t);
    } else if constexpr (shape == Shape::nvp) {
      save(value.const_value());
    } else if constexpr (shape == Shape::array_wrapper) {
      save_elements(value.address(), value.count());
    } else if constexpr (shape == Shape::binary_object) {
      save_binary(value.m_t, value.m_size);
    } else if constexpr (shape == Shape::collection_size) {
      save_count(static_cast<std::size_t>(value));
    } else if constexpr (shape == Shape::item_version) {
      save_varint(static_cast<unsigned int>(value));
    } else if constexpr (shape == Shape::object) {
      save_object(value);
    }
  }

  template <class T>
  void save_object(const T& object) {
    constexpr auto version = static_cast<unsigned int>(boost::serialization::version<T>::value);
    if constexpr (internal::has_class_version<T>) save_varint(version);
    nesting_.enter<T>();
    boost::serialization::serialize_adl(*this, const_cast<T&>(object), version);
    nesting_.leave();
  }

  template <class T>
  void save_keys(const T& set_or_map) {
    save_count(set_or_map.size());
    internal::StoredBuckets<T> buckets(bucket_steps_, set_or_map);
    for (const typename T::value_type& element : set_or_map) {
      const auto& key = internal::key_of<T>(element);
      const std::size_t start = out_.size();
      nesting_.enter_key();
      save(key);
      nesting_.leave_key();
      buckets.add(key, out_.size() - start);
      if constexpr (internal::shape<T> == internal::Shape::map) save(element.second);
    }
  }

  template <class T>
  void save_elements(const T* elements, std::size_t count) {
    if constexpr (internal::copyable_as_bytes<T>) {
      save_binary(elements, count * sizeof(T));
    } else {
      for (std::size_t i = 0; i < count; ++i) save(elements[i]);
    }
  }

  template <class T>
  void save_number(T value) {
    const auto stored = static_cast<internal::StoredNumber<T>>(value);
    char bytes[sizeof stored];
    std::memcpy(bytes, &stored, sizeof stored);
    if constexpr (std::endian::native != std::endian::little) std::ranges::reverse(bytes);
    out_.append(bytes, sizeof bytes);
  }

  void save_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
    out_.push_back(static_cast<char>(value));
  }

  void save_count(std::size_t count) {
    save_varint(count);
    elements_ += count;
    promised_size_ = std::max({promised_size_, out_.size() + count, start_ + elements_});
  }

  std::string& out_;
  std::size_t start_;
  std::size_t promised_size_;
  std::size_t elements_ = 0;
  internal::Nesting nesting_;
  internal::BucketSteps bucket_steps_;
};

}  // namespace cairn
