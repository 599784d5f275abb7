// The reading archive, one half of <cairn/archive.h>.
#pragma once

#include <algorithm>
#include <bit>
#include <bitset>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/mpl/bool.hpp>
#include <boost/serialization/serialization.hpp>
#include <boost/serialization/version.hpp>
#include <boost/serialization/wrapper.hpp>

#include <cairn/archive_types.h>

namespace cairn {

/// An archive that reads what OutputArchive wrote; anything else makes it throw ArchiveDefect. Call
/// finish() after the last value.  Not for sharing by threads.
class InputArchive : public ArchiveConcept {
 public:
  using is_saving = boost::mpl::bool_<false>;  ///< what serialize() asks
  using is_loading = boost::mpl::bool_<true>;  ///< what serialize() asks

  /// Reads from `bytes`, which must outlive the archive.
  explicit InputArchive(std::string_view bytes)
      : begin_(bytes.data()),
        next_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        promised_end_(bytes.data()) {}

  /// Reads a value.  Throws ArchiveDefect if the bytes are not one, and what serialize() throws;
  /// the value is then in whatever state it has come to.
  template <class T>
  InputArchive& operator>>(T&& value) {
    using Referred = std::remove_reference_t<T>;
    using Value = std::remove_const_t<Referred>;
    static_assert(
        !std::is_const_v<Referred> || boost::serialization::is_wrapper<Value>::type::value,
        "cairn cannot load into something const");
    load(const_cast<Value&>(value));
    return *this;
  }
  /// The same: what serialize() uses in both directions.
  template <class T>
  InputArchive& operator&(T&& value) {
    return *this >> value;
  }

  /// Reads `size` bytes as they are.  Throws ArchiveDefect if fewer are left.
  void load_binary(void* bytes, std::size_t size) {
    if (size > remaining()) defect("the archive ends too early");
    if (size == 0) return;
    std::memcpy(bytes, next_, size);
    next_ += size;
  }

  /// Throws ArchiveDefect if there are bytes left that no value has asked for.
  void finish() {
    while (next_ < promised_end_) {
      if (*next_ != '\0') defect("padding that is not zero");
      ++next_;
    }
    if (next_ != end_) defect("the archive goes on after its last value");
  }

 private:
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - next_); }

  [[noreturn]] void defect(const std::string& what) const {
    throw ArchiveDefect(what + " (byte " + std::to_string(next_ - begin_) + " of " +
                        std::to_string(end_ - begin_) + ")");
  }

  template <class T>
  void load(T& value) {
    using internal::Shape;
    constexpr Shape shape = internal::supported_shape<T>();
    if constexpr (shape == Shape::boolean) {
      const unsigned char byte = load_byte();
      if (byte > 1) defect("a bool that is neither 0 nor 1");
      value = byte != 0;
    } else if constexpr (shape == Shape::number) {
      value = load_number<T>();
    } else if constexpr (shape == Shape::enumeration) {
      std::underlying_type_t<T> number;
      load(number);
      value = static_cast<T>(number);
    } else if constexpr (shape == Shape::array) {
      load_elements(std::data(value), std::size(value));
    } else if constexpr (shape == Shape::block) {
      load_block(value);
    } else if constexpr (shape == Shape::sequence) {
      load_sequence(value);
    } else if constexpr (shape == Shape::forward_list) {
      static_assert(internal::made_by_default<typename T::value_type>());
      value.clear();
      auto last = value.before_begin();
      for (std::size_t left = load_count(); left > 0; --left) {
        last = value.emplace_after(last);
        load(*last);
      }
    } else if constexpr (shape == Shape::valarray) {
      std::vector<typename T::value_type> elements;
      load(elements);
      value.resize(elements.size());
      for (std::size_t i = 0; i < elements.size(); ++i) value[i] = elements[i];
    } else if constexpr (shape == Shape::set) {
      load_set(value);
    } else if constexpr (shape == Shape::map) {
      load_map(value);
    } else if constexpr (shape == Shape::adaptor) {
      load(internal::Adapted<T>::container(value));
      if constexpr (requires { typename T::value_compare; }) internal::Adapted<T>::order(value);
    } else if constexpr (shape == Shape::tuple) {
      std::apply([this](auto&... element) { (this->load_element(element), ...); }, value);
    } else if constexpr (shape == Shape::complex) {
      typename T::value_type real{};
      typename T::value_type imaginary{};
      load(real);
      load(imaginary);
      value = T(real, imaginary);
    } else if constexpr (shape == Shape::bitset) {
      load_bitset(value);
    } else if constexpr (shape == Shape::optional) {
      static_assert(internal::made_by_default<typename T::value_type>());
      bool has_value = false;
      load(has_value);
      value.reset();
      if (has_value) load(value.emplace());
    } else if constexpr (shape == Shape::variant) {
      const std::uint64_t index = load_varint();
      if (index >= std::variant_size_v<T>) defect("a variant of an alternative that there is not");
      load_alternative(value, index, std::make_index_sequence<std::variant_size_v<T>>());
    } else if constexpr (shape == Shape::empty) {
      static_cast<void>(value);
    } else if constexpr (shape == Shape::memory) {
      load_binary(&value, sizeof value);
    } else if constexpr (shape == Shape::wrapped) {
      load(value.t);
    } else if constexpr (shape == Shape::nvp) {
      *this >> value.value();
    } else if constexpr (shape == Shape::array_wrapper) {
      load_elements(value.address(), value.count());
    } else if constexpr (shape == Shape::binary_object) {
      load_binary(const_cast<void*>(value.m_t), value.m_size);
    } else if constexpr (shape == Shape::collection_size) {
      value = boost::serialization::collection_size_type(load_count());
    } else if constexpr (shape == Shape::item_version) {
      value = boost::serialization::item_version_type(load_version());
    } else if constexpr (shape == Shape::object) {
      load_object(value);
    }
  }

  template <class T>
  void load_object(T& object) {
    constexpr auto own = static_cast<unsigned int>(boost::serialization::version<T>::value);
    unsigned int stored = own;
    if constexpr (internal::has_class_version<T>) {
      stored = load_version();
      if (stored > own) {
        defect("version " + std::to_string(stored) + " of " + internal::class_name<T>() +
               ", newer than this program's " + std::to_string(own));
      }
    }
    nesting_.enter<T>();
    boost::serialization::serialize_adl(*this, object, stored);
    nesting_.leave();
  }

  template <class T>
  void load_block(T& block) {
    using Element = typename T::value_type;
    const std::uint64_t count = load_varint();
    if (count > remaining() / sizeof(Element)) defect("a length beyond the end of the archive");
    const auto size = static_cast<std::size_t>(count);
    if constexpr (std::same_as<Element, char> && requires { block.assign(next_, size); }) {
      block.assign(next_, size);
      next_ += size;
    } else {
      block.resize(size);
      load_binary(block.data(), size * sizeof(Element));
    }
  }

  template <class T>
  void load_sequence(T& sequence) {
    using Element = typename T::value_type;
    static_assert(internal::made_by_default<Element>());
    const std::size_t count = load_count();
    sequence.clear();
    reserve(sequence, count);
    for (std::size_t i = 0; i < count; ++i) {
      if constexpr (std::is_scalar_v<Element>) {
        Element element{};
        load(element);
        sequence.push_back(element);
      } else {
        load(sequence.emplace_back());
      }
    }
  }

  template <class T>
  void load_set(T& set) {
    static_assert(internal::made_by_default<typename T::key_type>());
    const std::size_t count = load_count();
    set.clear();
    reserve(set, count);
    for (std::size_t i = 0; i < count; ++i) {
      internal::Temporary<typename T::key_type> key;
      load_key(set, count, *key);
      set.emplace_hint(set.end(), std::move(*key));
    }
    if (set.size() != count) defect("a set with the same key twice");
  }

  template <class T>
  void load_map(T& map) {
    static_assert(internal::made_by_default<typename T::key_type>());
    static_assert(internal::made_by_default<typename T::mapped_type>());
    const std::size_t count = load_count();
    map.clear();
    reserve(map, count);
    for (std::size_t i = 0; i < count; ++i) {
      internal::Temporary<typename T::key_type> key;
      load_key(map, count, *key);
      load(map.emplace_hint(map.end(), std::piecewise_construct,
                            std::forward_as_tuple(std::move(*key)), std::tuple<>())
               ->second);
    }
    if (map.size() != count) defect("a map with the same key twice");
  }

  // Of a set or map that is to have `count` of them.
  template <class T>
  void load_key(T& container, std::size_t count, typename T::key_type& key) {
    const char* const start = next_;
    nesting_.enter_key();
    load(key);
    nesting_.leave_key();
    if constexpr (internal::Hashed<T>) {
      bucket_steps_.before_insert(container, count, key, static_cast<std::size_t>(next_ - start));
      if (bucket_steps_.too_many_to_load(static_cast<std::size_t>(end_ - begin_))) {
        defect("an unordered container whose elements have too many hashes alike");
      }
    }
  }

  template <std::size_t Size>
  void load_bitset(std::bitset<Size>& bits) {
    bits.reset();
    for (std::size_t first = 0; first < Size; first += 8) {
      const unsigned byte = load_byte();
      for (std::size_t bit = first; bit < first + 8; ++bit) {
        if ((byte >> (bit - first) & 1U) == 0) continue;
        if (bit >= Size) defect("a bitset with more bits than it has");
        bits.set(bit);
      }
    }
  }

  template <class T, std::size_t... I>
  void load_alternative(T& variant, std::uint64_t index, std::index_sequence<I...>) {
    static_assert((internal::made_by_default<std::variant_alternative_t<I, T>>() && ...));
    ((index == I ? load(variant.template emplace<I>()) : void()), ...);
  }

  template <class T>
  void load_elements(T* elements, std::size_t count) {
    if constexpr (internal::copyable_as_bytes<T>) {
      load_binary(elements, count * sizeof(T));
    } else {
      for (std::size_t i = 0; i < count; ++i) load(elements[i]);
    }
  }

  // Boost's loaders of maps, of its own containers for one, load a pair with a const key.
  template <class T>
  void load_element(T& element) {
    load(const_cast<std::remove_const_t<T>&>(element));
  }

  template <class T>
  T load_number() {
    char bytes[sizeof(internal::StoredNumber<T>)];
    load_binary(bytes, sizeof bytes);
    if constexpr (std::endian::native != std::endian::little) std::ranges::reverse(bytes);
    internal::StoredNumber<T> stored;
    std::memcpy(&stored, bytes, sizeof bytes);
    if constexpr (sizeof(T) < sizeof stored) {
      if (!std::in_range<T>(stored)) defect("a long that does not fit into this machine's");
    }
    return static_cast<T>(stored);
  }

  unsigned char load_byte() {
    if (next_ == end_) defect("the archive ends too early");
    return static_cast<unsigned char>(*next_++);
  }

  std::uint64_t load_varint() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const std::uint64_t byte = load_byte();
      if (shift == 63 && byte > 1) defect("a length beyond 64 bits");
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (byte == 0 && shift != 0) defect("a length written longer than it is");
      return value;
    }
  }

  std::size_t load_count() {
    const std::uint64_t count = load_varint();
    if (count > remaining()) defect("a length beyond the end of the archive");
    elements_ += static_cast<std::size_t>(count);
    if (elements_ > static_cast<std::size_t>(end_ - begin_)) defect("more elements than bytes");
    promised_end_ = std::max({promised_end_, next_ + count, begin_ + elements_});
    return static_cast<std::size_t>(count);
  }

  unsigned int load_version() {
    const std::uint64_t version = load_varint();
    if (!std::in_range<unsigned int>(version)) defect("a version that is none");
    return static_cast<unsigned int>(version);
  }

  template <class T>
  void reserve(T& container, std::size_t count) {
    if constexpr (requires { container.reserve(count); }) {
      container.reserve(std::min(count, remaining() / sizeof(typename T::value_type)));
    }
  }

  const char* begin_;
  const char* next_;
  const char* end_;
  const char* promised_end_;
  std::size_t elements_ = 0;
  internal::Nesting nesting_;
  internal::BucketSteps bucket_steps_;
};

}  // namespace cairn
