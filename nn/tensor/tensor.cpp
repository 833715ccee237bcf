#include "nn/tensor/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "nn/raise.hpp"
#include "nn/tensor/memory_limit.hpp"

namespace rhyton {

namespace {

constexpr std::size_t alignment = 64;

struct NamedDType {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
};
constexpr NamedDType dtypes[] = {
    {DType::float32, "float32", 4},
    {DType::float64, "float64", 8},
    {DType::int32, "int32", 4},
    {DType::int64, "int64", 8},
    {DType::uint8, "uint8", 1},
    {DType::boolean, "bool", 1},
    {DType::string, "string", sizeof(std::string)},
};

std::size_t checked_bytes(const Shape& shape, DType dtype) {
  const auto count = static_cast<std::size_t>(shape.size());
  if (count > memory_limit() / size_of(dtype))  // the text is made only then
    require_memory(count, size_of(dtype), "A tensor of shape " + to_string(shape));
  return count * size_of(dtype);
}

}  // namespace

std::size_t size_of(DType dtype) { return dtypes[static_cast<std::size_t>(dtype)].bytes; }

std::string_view to_string(DType dtype) { return dtypes[static_cast<std::size_t>(dtype)].name; }

DType dtype_from_string(std::string_view name) {
  for (const auto& d : dtypes)
    if (d.name == name) return d.dtype;
  constexpr std::pair<std::string_view, DType> wider[] = {
      {"float16", DType::float32}, {"bfloat16", DType::float32}, {"int8", DType::int32},
      {"int16", DType::int32},     {"uint16", DType::int32},     {"uint32", DType::int64},
      {"uint64", DType::int64}};
  for (const auto& [other, dtype] : wider)
    if (other == name) return dtype;
  raise<ValueError>(
      "Unknown dtype '{}'. Expected float32, float64, float16, bfloat16, an integer type, bool or string.",
      name);
}

std::shared_ptr<void> allocate_aligned(std::size_t bytes, bool zeroed) {
  const std::size_t rounded = std::max(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (rounded < bytes) throw std::bad_alloc();
  // Large zeros come as fresh pages, which cost nothing until they are used: a loaded model that only
  // predicts never touches its optimizer's state.
  if (constexpr std::size_t large = 1 << 20; zeroed && rounded >= large) {
    void* raw = std::calloc(rounded / alignment + 1, alignment);
    if (raw == nullptr) throw std::bad_alloc();
    std::size_t space = rounded + alignment;
    void* block = raw;
    return {std::align(alignment, rounded, block, space), [raw](void*) { std::free(raw); }};
  }
  void* block = std::aligned_alloc(alignment, rounded);
  if (block == nullptr) throw std::bad_alloc();
  if (zeroed) std::memset(block, 0, rounded);
  return {block, [](void* p) { std::free(p); }};
}

Tensor::Tensor(const Shape& shape, DType dtype) : shape_(shape), dtype_(dtype) {
  if (dtype == DType::string) {
    const std::size_t count = checked_bytes(shape, dtype) / size_of(dtype);
    auto text = std::make_shared<std::vector<std::string>>(std::max<std::size_t>(count, 1));
    data_ = text->data();
    owner_ = std::move(text);
  } else {
    owner_ = allocate_aligned(checked_bytes(shape, dtype), true);
    data_ = owner_.get();
  }
}

Tensor Tensor::uninitialized(const Shape& shape, DType dtype) {
  if (dtype == DType::string) return Tensor(shape, dtype);
  auto block = allocate_aligned(checked_bytes(shape, dtype), false);
  void* data = block.get();
  return share(std::move(block), data, shape, dtype);
}

Tensor::Tensor(ConstView view) : Tensor(uninitialized(view.shape(), view.dtype())) {
  copy(view, this->view());
}

Tensor::Tensor(const Tensor& other) {
  if (other) *this = Tensor(other.view());
}

Tensor::Tensor(Tensor&&) noexcept = default;
Tensor& Tensor::operator=(Tensor&&) noexcept = default;
Tensor::~Tensor() = default;
Tensor& Tensor::operator=(const Tensor& other) {
  if (this != &other) *this = other ? Tensor(other.view()) : Tensor();
  return *this;
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype) {
  if (value == 0.0 && !std::signbit(value)) return Tensor(shape, dtype);
  Tensor t = uninitialized(shape, dtype);
  fill(t.view(), value);
  return t;
}

Tensor Tensor::share(std::shared_ptr<void> owner, void* data, const Shape& shape, DType dtype) {
  Tensor t;
  t.owner_ = std::move(owner);
  t.data_ = data;
  t.shape_ = shape;
  t.dtype_ = dtype;
  return t;
}

Tensor Tensor::reshaped(const Shape& shape) const& { return Tensor(*this).reshaped(shape); }

Tensor Tensor::reshaped(const Shape& shape) && {
  Shape target = shape;
  Dim others = 1;
  int open = -1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] >= 0) {
      others *= shape[i];
    } else if (open >= 0) {
      raise<ValueError>("reshaped: only one dimension may be unknown. Received {}.", to_string(shape));
    } else {
      open = i;
    }
  }
  if (open >= 0 && others > 0) target[open] = size() / others;
  if (!target.is_known() || target.size() != size())
    raise<ValueError>("reshaped: the total size must be unchanged. Received: shape={}, new shape={}.",
                      to_string(shape_), to_string(shape));
  Tensor t = std::move(*this);
  t.shape_ = target;
  return t;
}

Tensor Tensor::rows(Dim first, Dim last) const {
  if (rank() == 0 || first < 0 || last < first || last > shape_[0])
    raise<ValueError>("rows [{}, {}) are outside of shape {}.", first, last, to_string(shape_));
  Shape shape = shape_;
  shape[0] = last - first;
  const auto row = shape_.product(1, rank());
  const auto* begin =
      static_cast<const char*>(data_) + static_cast<std::size_t>(first * row) * size_of(dtype_);
  return Tensor(ConstView(begin, shape, dtype_));
}

Tensor Tensor::cast(DType dtype) const {
  Tensor t = uninitialized(shape_, dtype);
  copy(view(), t.view());
  return t;
}

void Tensor::relocate(std::shared_ptr<void> owner, void* data) {
  copy(view(), View(data, shape_, dtype_));
  owner_ = std::move(owner);
  data_ = data;
}

void Tensor::fill_from(const void* values, std::size_t count) {
  if (count != static_cast<std::size_t>(size()))
    raise<ValueError>("A tensor of shape {} takes {} values; received {}.", to_string(shape_), size(), count);
  std::memcpy(data_, values, count * size_of(dtype_));
}

void Tensor::fill_from(const std::string* values, std::size_t count) {
  if (count != static_cast<std::size_t>(size()))
    raise<ValueError>("A tensor of shape {} takes {} values; received {}.", to_string(shape_), size(), count);
  std::copy(values, values + count, static_cast<std::string*>(data_));
}

void Tensor::check_dtype(DType asked) const {
  if (asked != dtype_)
    raise<ValueError>("A tensor of {} was read as {}; use cast() first.", to_string(dtype_),
                      to_string(asked));
}

std::size_t Tensor::offset(std::initializer_list<Dim> index) const {
  Dim position = 0;
  int axis = 0;
  for (Dim i : index) {
    if (axis >= rank() || i < 0 || i >= shape_[axis]) {
      axis = -1;
      break;
    }
    position = position * shape_[axis++] + i;
  }
  if (axis != rank())
    raise<ValueError>("The position {} is outside of a tensor of shape {}.", to_string(Shape(index)),
                      to_string(shape_));
  return static_cast<std::size_t>(position);
}

void copy(ConstView from, View to) {
  const auto n = from.size();
  if (to.size() != n)
    raise<ValueError>("copy: {} does not fit into {}.", to_string(from.shape()), to_string(to.shape()));
  if (from.dtype() == DType::string || to.dtype() == DType::string) {
    if (from.dtype() != to.dtype()) throw ValueError("copy: text cannot be converted to or from numbers.");
    std::copy(from.data<std::string>(), from.data<std::string>() + n, to.data<std::string>());
  } else if (from.dtype() == to.dtype()) {
    if (n != 0) std::memcpy(to.raw(), from.raw(), from.bytes());
  } else {
    dispatch_number(from.dtype(), [&]<class From>(From) {
      dispatch_number(to.dtype(), [&]<class To>(To) {
        std::transform(from.data<From>(), from.data<From>() + n, to.data<To>(),
                       [](From v) { return static_cast<To>(v); });
      });
    });
  }
}

void fill(View view, double value) {
  if (view.bytes() == 0) return;
  if (value == 0.0 && view.dtype() != DType::string) {
    std::memset(view.raw(), 0, view.bytes());
    return;
  }
  dispatch_number(view.dtype(), [&]<class T>(T) {
    std::fill_n(view.data<T>(), static_cast<std::size_t>(view.size()), static_cast<T>(value));
  });
}

}  // namespace rhyton
