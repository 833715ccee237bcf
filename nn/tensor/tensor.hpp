#pragma once
/// @file tensor.hpp  Tensor owns memory; View and ConstView look at it. All are row-major and contiguous.
#include <cassert>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "nn/tensor/dtype.hpp"
#include "nn/tensor/shape.hpp"

namespace rhyton {

/// A read-only look at contiguous row-major elements. A default-constructed one is absent (`!view`).
class ConstView {
 public:
  ConstView() = default;
  ConstView(const void* data, const Shape& shape, DType dtype) : data_(data), shape_(shape), dtype_(dtype) {}

  explicit operator bool() const { return data_ != nullptr; }
  const Shape& shape() const& { return shape_; }
  Shape shape() && { return shape_; }  // of a view that goes away at once, as `call.input()` is
  DType dtype() const { return dtype_; }
  Dim size() const { return shape_.size(); }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * size_of(dtype_); }
  const void* raw() const { return data_; }
  template <class T>
  const T* data() const {
    assert(dtype_ == dtype_of<T>);
    return static_cast<const T*>(data_);
  }
  /// The same elements under another shape of the same size.
  ConstView reshaped(const Shape& shape) const { return {data_, shape, dtype_}; }

 private:
  const void* data_ = nullptr;
  Shape shape_;
  DType dtype_ = DType::float32;
};

/// A writable look at contiguous row-major elements.
class View {
 public:
  View() = default;
  View(void* data, const Shape& shape, DType dtype) : data_(data), shape_(shape), dtype_(dtype) {}

  explicit operator bool() const { return data_ != nullptr; }
  operator ConstView() const { return {data_, shape_, dtype_}; }
  const Shape& shape() const& { return shape_; }
  Shape shape() && { return shape_; }  // of a view that goes away at once, as `call.input()` is
  DType dtype() const { return dtype_; }
  Dim size() const { return shape_.size(); }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * size_of(dtype_); }
  void* raw() const { return data_; }
  template <class T>
  T* data() const {
    assert(dtype_ == dtype_of<T>);
    return static_cast<T*>(data_);
  }
  View reshaped(const Shape& shape) const { return {data_, shape, dtype_}; }

 private:
  void* data_ = nullptr;
  Shape shape_;
  DType dtype_ = DType::float32;
};

/// Owns a 64-byte aligned block. Copying copies the elements; moving is cheap.
class Tensor {
 public:
  Tensor() = default;
  /// Elements are zero (empty strings for DType::string).
  explicit Tensor(const Shape& shape, DType dtype = DType::float32);
  /// Copies `values`; throws ValueError if their number is not the shape's size.
  template <class T>
  Tensor(const Shape& shape, const std::vector<T>& values) : Tensor(shape, dtype_of<T>) {
    fill_from(values.data(), values.size());
  }
  template <class T>
  Tensor(const Shape& shape, std::initializer_list<T> values) : Tensor(shape, dtype_of<T>) {
    fill_from(values.begin(), values.size());
  }
  /// (n): the n values.
  template <class T>
  explicit Tensor(const std::vector<T>& values) : Tensor({static_cast<Dim>(values.size())}, values) {}
  /// A copy of what `view` looks at.
  explicit Tensor(ConstView view);
  Tensor(const Tensor& other);
  Tensor& operator=(const Tensor& other);
  Tensor(Tensor&&) noexcept;
  Tensor& operator=(Tensor&&) noexcept;
  ~Tensor();

  /// Elements are left as they come: for buffers that are written whole before they are read.
  static Tensor uninitialized(const Shape& shape, DType dtype = DType::float32);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::float32);
  /// Looks at `data`, which `owner` keeps alive: several tensors can lie in one block.
  static Tensor share(std::shared_ptr<void> owner, void* data, const Shape& shape, DType dtype);

  explicit operator bool() const { return data_ != nullptr; }
  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  int rank() const { return shape_.rank(); }
  Dim size() const { return data_ ? shape_.size() : 0; }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * size_of(dtype_); }
  void* raw() { return data_; }
  const void* raw() const { return data_; }
  template <class T = float>
  T* data() {
    check_dtype(dtype_of<T>);
    return static_cast<T*>(data_);
  }
  template <class T = float>
  const T* data() const {
    check_dtype(dtype_of<T>);
    return static_cast<const T*>(data_);
  }
  /// The elements in order, as a vector of `T` (no conversion).
  template <class T = float>
  std::vector<T> values() const {
    return std::vector<T>(data<T>(), data<T>() + size());
  }
  /// One element by its position; throws ValueError when it is outside.
  template <class T = float>
  T& at(std::initializer_list<Dim> index) {
    return data<T>()[offset(index)];
  }
  template <class T = float>
  const T& at(std::initializer_list<Dim> index) const {
    return data<T>()[offset(index)];
  }

  View view() { return {data_, shape_, dtype_}; }
  ConstView view() const { return {data_, shape_, dtype_}; }
  operator ConstView() const { return view(); }

  /// The same elements under another shape; one dimension may be `unknown`. Throws ValueError if sizes
  /// differ.
  Tensor reshaped(const Shape& shape) const&;
  Tensor reshaped(const Shape& shape) &&;
  /// Rows [first, last) of the outermost dimension, copied.
  Tensor rows(Dim first, Dim last) const;
  /// Elements converted to `dtype` as C++ converts them; text cannot be converted.
  Tensor cast(DType dtype) const;
  /// Moves the elements into `data`, kept alive by `owner`.
  void relocate(std::shared_ptr<void> owner, void* data);

 private:
  void fill_from(const void* values, std::size_t count);
  void fill_from(const std::string* values, std::size_t count);
  void check_dtype(DType asked) const;
  std::size_t offset(std::initializer_list<Dim> index) const;

  std::shared_ptr<void> owner_;
  void* data_ = nullptr;
  Shape shape_;
  DType dtype_ = DType::float32;
};

/// Elements of `from` into `to`, converted where the dtypes differ. Sizes must agree.
void copy(ConstView from, View to);
/// Every element to `value`.
void fill(View view, double value);

/// A 64-byte aligned block of `bytes` bytes, zeroed or not.
std::shared_ptr<void> allocate_aligned(std::size_t bytes, bool zeroed);

}  // namespace rhyton
