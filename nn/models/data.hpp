#pragma once
/// @file data.hpp  What a model is given: one tensor, several in order, or several by name.
#include <array>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nn/eager.hpp"
#include "nn/layer.hpp"

namespace rhyton {

/// Refers to the caller's tensors, which must outlive it; temporaries are kept. Nothing is copied.
class Data {
 public:
  /// A tensor as an element of a list.
  struct Item {
    Item(const Tensor& tensor) : tensor(&tensor) {}
    Item(Tensor&& tensor);
    std::shared_ptr<const Tensor> owned;
    const Tensor* tensor;
  };

  Data() = default;
  Data(const Tensor& tensor);
  Data(Tensor&& tensor);
  /// Texts, one a sample.
  Data(const std::vector<std::string>& texts);
  Data(std::initializer_list<Item> items);
  Data(std::initializer_list<std::pair<const char*, Item>> items);
  Data(const std::vector<Tensor>& tensors);
  Data(std::vector<Tensor>&& tensors);
  Data(const std::map<std::string, Tensor>& tensors);
  Data(std::map<std::string, Tensor>&& tensors);
  Data(const Data&);
  Data(Data&&) noexcept;
  Data& operator=(const Data&);
  Data& operator=(Data&&) noexcept;
  ~Data();

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  const Tensor& operator[](std::size_t i) const {
    return *(i < few_.size() ? few_[i] : more_[i - few_.size()]);
  }
  bool named() const { return !names_.empty(); }
  /// The tensors in the order of `names`; throws ValueError, naming `what`, if some are missing or too many.
  std::vector<const Tensor*> in_order(const std::vector<std::string>& names, const std::string& what) const;

 private:
  void add(const Item& item);
  void add(const Tensor& tensor);
  // A few tensors lie in place: giving a model its data allocates nothing.
  std::array<const Tensor*, 6> few_{};
  std::vector<const Tensor*> more_;
  std::vector<std::shared_ptr<const Tensor>> owned_;
  std::vector<std::string> names_;
  std::size_t count_ = 0;
};

/// Number of samples that all tensors share; throws ValueError if they differ or there are none.
Dim cardinality(std::span<const Tensor* const> tensors, const char* what);

/// Rows of a tensor in the shape and dtype that a model's input wants: a view where nothing has to change,
/// else converted into memory of its own. Keras's leniency: a last dimension of 1 may be missing or extra.
class BatchSource {
 public:
  /// Throws ValueError if `tensor` cannot be an input of `spec` (dimensions may be unknown there).
  BatchSource(const Tensor& tensor, const TensorSpec& spec) { assign(tensor, spec); }
  void assign(const Tensor& tensor, const TensorSpec& spec);
  /// From here on, rows are what `layer` makes of them (null: as they are).
  void set_front(const EagerLayer* layer) { front_ = layer; }
  /// Rows [first, first + count).
  ConstView rows(Dim first, Dim count);
  /// Rows by number.
  ConstView rows(const std::int64_t* index, Dim count);

 private:
  Shape batch_shape(Dim rows) const;
  ConstView finish(ConstView rows);

  const Tensor* tensor_ = nullptr;
  const EagerLayer* front_ = nullptr;
  Shape row_shape_;
  DType dtype_ = DType::float32;
  Tensor staging_, made_;
};

}  // namespace rhyton
