#pragma once
/// @file data.hpp  What a model is given: one tensor, several in order, or several by name.
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nn/layer.hpp"

namespace rhyton {

/// Refers to tensors of the caller, which must live as long as the call that gets it; nothing is copied.
class Data {
 public:
  /// A tensor as an element of a list.
  struct Item {
    Item(const Tensor& tensor) : tensor(&tensor) {}
    const Tensor* tensor;
  };

  Data() = default;
  Data(const Tensor& tensor) : tensors_{&tensor}, names_{""} {}
  Data(std::initializer_list<Item> items) {
    for (const Item& item : items) add("", *item.tensor);
  }
  Data(std::initializer_list<std::pair<const char*, Item>> items) {
    for (const auto& [name, item] : items) add(name, *item.tensor);
  }
  Data(const std::vector<Tensor>& tensors) {
    for (const Tensor& t : tensors) add("", t);
  }
  Data(const std::map<std::string, Tensor>& tensors) {
    for (const auto& [name, t] : tensors) add(name, t);
  }

  bool empty() const { return tensors_.empty(); }
  std::size_t size() const { return tensors_.size(); }
  const Tensor& operator[](std::size_t i) const { return *tensors_[i]; }
  bool named() const;
  Shapes shapes() const;
  /// The tensors in the order of `names`; throws ValueError, naming `what`, if some are missing or too many.
  std::vector<const Tensor*> in_order(const std::vector<std::string>& names, const std::string& what) const;

 private:
  void add(std::string name, const Tensor& tensor) {
    tensors_.push_back(&tensor);
    names_.push_back(std::move(name));
  }
  std::vector<const Tensor*> tensors_;
  std::vector<std::string> names_;
};

/// Number of samples that all tensors share; throws ValueError if they differ or there are none.
Dim cardinality(const std::vector<const Tensor*>& tensors, const std::string& what);

/// Rows of a tensor in the shape and dtype that a model's input wants: a view where nothing has to change,
/// else converted into memory of its own. Keras's leniency: a last dimension of 1 may be missing or extra.
class BatchSource {
 public:
  /// Throws ValueError if `tensor` cannot be an input of `spec` (dimensions may be unknown there).
  BatchSource(const Tensor& tensor, const TensorSpec& spec, const std::string& name);
  /// Shape of one batch.
  Shape batch_shape(Dim rows) const;
  /// Rows [first, first + count).
  ConstView rows(Dim first, Dim count);
  /// Rows by number.
  ConstView rows(const std::int64_t* index, Dim count);

 private:
  const Tensor* tensor_;
  Shape row_shape_;
  DType dtype_;
  Tensor staging_;
};

}  // namespace rhyton
