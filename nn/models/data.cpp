#include "nn/models/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "nn/models/data_set.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {
std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& n : names) text += fmt::format("{}{}'", text.empty() ? "'" : ", '", n);
  return fmt::format("[{}]", text);
}
}  // namespace

Data::Item::Item(Tensor&& tensor)
    : owned(std::make_shared<const Tensor>(std::move(tensor))), tensor(owned.get()) {}

Data::Data(const Tensor& tensor) { add(tensor); }
Data::Data(Tensor&& tensor) { add(Item(std::move(tensor))); }
Data::Data(const std::vector<std::string>& texts) : Data(Tensor(texts)) {}
Data::Data(std::initializer_list<Item> items) {
  for (const Item& item : items) add(item);
}
Data::Data(std::initializer_list<std::pair<const char*, Item>> items) {
  for (const auto& [name, item] : items) {
    add(item);
    names_.emplace_back(name);
  }
}
Data::Data(const std::vector<Tensor>& tensors) {
  for (const Tensor& t : tensors) add(t);
}
Data::Data(std::vector<Tensor>&& tensors) {
  for (Tensor& t : tensors) add(Item(std::move(t)));
}
Data::Data(const std::map<std::string, Tensor>& tensors) {
  for (const auto& [name, t] : tensors) {
    add(t);
    names_.push_back(name);
  }
}
Data::Data(std::map<std::string, Tensor>&& tensors) {
  for (auto& [name, t] : tensors) {
    add(Item(std::move(t)));
    names_.push_back(name);
  }
}

Data::Data(const Data&) = default;
Data::Data(Data&&) noexcept = default;
Data& Data::operator=(const Data&) = default;
Data& Data::operator=(Data&&) noexcept = default;
Data::~Data() = default;

void Data::add(const Item& item) {
  add(*item.tensor);
  if (item.owned) owned_.push_back(item.owned);
}
void Data::add(const Tensor& tensor) {
  if (count_ < few_.size()) {
    few_[count_] = &tensor;
  } else {
    more_.push_back(&tensor);
  }
  ++count_;
}

std::vector<const Tensor*> Data::in_order(const std::vector<std::string>& names,
                                          const std::string& what) const {
  if (!named()) {
    if (count_ != names.size())
      raise<ValueError>("The model has {} {}s {}. Received {} tensors.", names.size(), what, joined(names),
                        count_);
    std::vector<const Tensor*> all;
    for (std::size_t i = 0; i < count_; ++i) all.push_back(&(*this)[i]);
    return all;
  }
  std::vector<const Tensor*> out;
  for (const auto& name : names) {
    const auto it = std::find(names_.begin(), names_.end(), name);
    if (it == names_.end())
      raise<ValueError>("Missing data for {} '{}'. Received data for {}. Expected {}.", what, name,
                        joined(names_), joined(names));
    out.push_back(&(*this)[static_cast<std::size_t>(it - names_.begin())]);
  }
  if (out.size() != names_.size())
    raise<ValueError>("Data for unknown {}s. Received {}. Expected {}.", what, joined(names_), joined(names));
  return out;
}

Dim cardinality(std::span<const Tensor* const> tensors, const char* what) {
  Dim count = -1;
  for (const Tensor* t : tensors) {
    if (!*t || t->rank() == 0)
      throw ValueError(std::string(what) + ": every tensor needs a first dimension, the samples.");
    if (count >= 0 && t->shape()[0] != count)
      raise<ValueError>("{}: all arrays must contain the same number of samples. Received {} and {}.", what,
                        count, t->shape()[0]);
    count = t->shape()[0];
  }
  if (count < 0) throw ValueError(std::string(what) + ": no data.");
  return count;
}

void BatchSource::assign(const Tensor& tensor, const TensorSpec& spec) {
  if (!tensor || tensor.rank() == 0)
    raise<ValueError>("a tensor needs a first dimension, the samples. Received shape {}.",
                      to_string(tensor.shape()));
  tensor_ = &tensor;
  row_shape_ = tensor.shape().from(1);
  dtype_ = fed_dtype(spec);
  const Shape wanted = spec.shape.from(1);
  if (row_shape_.rank() + 1 == wanted.rank() && (wanted.back() == 1 || wanted.back() == unknown)) {
    row_shape_.push_back(1);
  } else if (row_shape_.rank() == wanted.rank() + 1 && row_shape_.back() == 1) {
    row_shape_ = row_shape_.slice(0, row_shape_.rank() - 1);
  }
  if (!row_shape_.compatible(wanted))
    raise<ValueError>("invalid shape. Expected shape {}, but received shape {}.", to_string(spec.shape),
                      to_string(tensor.shape()));
  if ((tensor.dtype() == DType::string) != (dtype_ == DType::string))
    raise<ValueError>("invalid dtype. Expected {}, but received {}.", to_string(dtype_),
                      to_string(tensor.dtype()));
}

Shape BatchSource::batch_shape(Dim rows) const { return Shape{rows}.concat(row_shape_); }

ConstView BatchSource::rows(Dim first, Dim count) {
  const Shape shape = batch_shape(count);
  const auto row = row_shape_.size();
  const void* begin = static_cast<const char*>(tensor_->raw()) +
                      static_cast<std::size_t>(first * row) * size_of(tensor_->dtype());
  const ConstView view(begin, shape, tensor_->dtype());
  if (tensor_->dtype() == dtype_) return finish(view);
  if (staging_.shape() != shape || !staging_) staging_ = Tensor::uninitialized(shape, dtype_);
  copy(view, staging_.view());
  return finish(staging_);
}

ConstView BatchSource::rows(const std::int64_t* index, Dim count) {
  const Shape shape = batch_shape(count);
  if (staging_.shape() != shape || !staging_) staging_ = Tensor::uninitialized(shape, dtype_);
  const auto row = row_shape_.size();
  const std::size_t from_bytes = static_cast<std::size_t>(row) * size_of(tensor_->dtype());
  const std::size_t to_bytes = static_cast<std::size_t>(row) * size_of(dtype_);
  const auto* from = static_cast<const char*>(tensor_->raw());
  auto* to = static_cast<char*>(staging_.raw());
  for (Dim i = 0; i < count; ++i) {
    const char* source = from + static_cast<std::size_t>(index[i]) * from_bytes;
    char* target = to + static_cast<std::size_t>(i) * to_bytes;
    if (tensor_->dtype() == dtype_ && dtype_ != DType::string) {
      std::memcpy(target, source, from_bytes);
    } else {
      copy(ConstView(source, row_shape_, tensor_->dtype()), View(target, row_shape_, dtype_));
    }
  }
  return finish(staging_);
}

ConstView BatchSource::finish(ConstView rows) {
  if (front_ == nullptr) return rows;
  made_ = front_->transform(Tensor(rows));
  return made_;
}

}  // namespace rhyton
