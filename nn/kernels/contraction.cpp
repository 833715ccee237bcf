#include "nn/kernels/contraction.hpp"

#include <algorithm>

#include "nn/kernels/box.hpp"
#include "nn/kernels/dense.hpp"
#include "nn/kernels/einsum.hpp"
#include "nn/kernels/elementwise.hpp"
#include "nn/kernels/parallel.hpp"

namespace rhyton {

namespace {

bool has(const std::string& labels, char label) { return labels.find(label) != std::string::npos; }

template <class Keep>
std::string select(const std::string& labels, Keep&& keep) {
  std::string out;
  for (char label : labels)
    if (keep(label)) out += label;
  return out;
}

std::string only(const std::string& labels, const std::string& among) {
  return select(labels, [&](char label) { return has(among, label); });
}

std::string without(const std::string& labels, const std::string& others) {
  return select(labels, [&](char label) { return !has(others, label); });
}

}  // namespace

Contraction::Contraction(std::string a_labels, const Shape& a, std::string b_labels, const Shape& b,
                         std::string c_labels, const Shape& c, DType dtype)
    : a_labels_(std::move(a_labels)),
      b_labels_(std::move(b_labels)),
      c_labels_(std::move(c_labels)),
      dtype_(dtype) {
  const auto note = [&](const std::string& labels, const Shape& shape) {
    for (int i = 0; i < shape.rank(); ++i)
      sizes_[static_cast<unsigned char>(labels[static_cast<std::size_t>(i)])] = shape[i];
  };
  note(a_labels_, a);
  note(b_labels_, b);
  note(c_labels_, c);
  const std::string all = a_labels_ + b_labels_ + c_labels_;
  product_ = std::all_of(all.begin(), all.end(), [&](char label) {
    return has(a_labels_, label) + has(b_labels_, label) + has(c_labels_, label) >= 2;
  });
  if (!product_) return;

  const std::string batch = only(only(c_labels_, a_labels_), b_labels_);
  const std::string rows = without(only(c_labels_, a_labels_), b_labels_);
  const std::string columns = without(only(c_labels_, b_labels_), a_labels_);
  const std::string inner = without(only(a_labels_, b_labels_), c_labels_);
  layout_ = lay_out(batch, rows, columns, inner);
  // Axes that lead both in a and in c can be looped over, with one b for all.
  std::string leading;
  for (std::size_t i = 0; i < std::min(a_labels_.size(), c_labels_.size()); ++i) {
    if (a_labels_[i] != c_labels_[i] || !has(rows, a_labels_[i])) break;
    leading += a_labels_[i];
  }
  for (const auto& other : {lay_out(batch, rows, columns, only(b_labels_, inner)),
                            lay_out(leading + batch, without(rows, leading), columns, inner)})
    if (other.copies() < layout_.copies()) layout_ = other;
  batch_ = size_of_labels(layout_.batch);
  m_ = size_of_labels(layout_.rows);
  n_ = size_of_labels(layout_.columns);
  k_ = size_of_labels(layout_.inner);
}

Contraction::Layout Contraction::lay_out(const std::string& batch, const std::string& rows,
                                         const std::string& columns, const std::string& inner) const {
  return {batch,
          rows,
          columns,
          inner,
          fit(a_labels_, batch, rows, inner),
          fit(b_labels_, only(batch, b_labels_), inner, columns),
          fit(c_labels_, batch, rows, columns)};
}

Contraction::Operand Contraction::fit(const std::string& labels, const std::string& batch,
                                      const std::string& first, const std::string& second) const {
  Operand out;
  out.labels = batch + first + second;
  out.transposed = labels != out.labels && labels == batch + second + first;
  out.shape = shape_of(out.labels);
  if (labels != out.labels && !out.transposed)
    for (char label : out.labels) out.permutation.push_back(static_cast<Dim>(labels.find(label)));
  out.leading = std::max<Dim>(size_of_labels(out.transposed ? first : second), 1);
  out.batches = std::max<Dim>(size_of_labels(batch), 1);
  out.step = size_of_labels(first) * size_of_labels(second);
  return out;
}

Dim Contraction::size_of_labels(const std::string& labels) const {
  Dim size = 1;
  for (char label : labels) size *= sizes_[static_cast<unsigned char>(label)];
  return size;
}

Shape Contraction::shape_of(const std::string& labels) const {
  Shape shape;
  for (char label : labels) shape.push_back(sizes_[static_cast<unsigned char>(label)]);
  return shape;
}

ConstView Contraction::bring(const Operand& operand, ConstView from, Scratch& scratch) const {
  if (operand.permutation.empty()) return from;
  const View to(scratch.get<char>(static_cast<Dim>(from.bytes())), operand.shape, dtype_);
  transpose(from, operand.permutation, to);
  return to;
}

void Contraction::run(ConstView a, ConstView b, View c, bool accumulate) {
  if (!product_) return contract_plainly(a_labels_, a, b_labels_, b, c_labels_, c, accumulate);
  const Operand &la = layout_.a, &lb = layout_.b, &lc = layout_.c;
  const bool aside = !lc.permutation.empty();
  const ConstView left = bring(la, a, a_scratch_), right = bring(lb, b, b_scratch_);
  View result = c;
  if (aside) result = View(c_scratch_.get<char>(static_cast<Dim>(c.bytes())), lc.shape, dtype_);
  const double beta = accumulate && !aside ? 1.0 : 0.0;
  const std::size_t size = size_of(dtype_);
  parallel_for(batch_, std::max<Dim>(1, (Dim{1} << 18) / std::max<Dim>(m_ * n_ * k_, 1)),
               [&](Dim begin, Dim end) {
                 for (Dim i = begin; i < end; ++i) {
                   const auto at = [&](const void* data, const Operand& operand) {
                     return static_cast<const char*>(data) +
                            static_cast<std::size_t>(i % operand.batches * operand.step) * size;
                   };
                   const void *x = at(left.raw(), la), *w = at(right.raw(), lb);
                   void* y = const_cast<char*>(at(result.raw(), lc));
                   if (lc.transposed)
                     gemm(dtype_, !lb.transposed, !la.transposed, n_, m_, k_, 1.0, w, lb.leading, x,
                          la.leading, beta, y, lc.leading);
                   else
                     gemm(dtype_, la.transposed, lb.transposed, m_, n_, k_, 1.0, x, la.leading, w, lb.leading,
                          beta, y, lc.leading);
                 }
               });
  if (!aside) return;
  // The result's axes are in another order than c's.
  Shape back = lc.permutation;
  for (int i = 0; i < back.rank(); ++i) back[static_cast<int>(lc.permutation[i])] = i;
  if (!accumulate) return transpose(result, back, c);
  const View ordered(a_scratch_.get<char>(static_cast<Dim>(c.bytes())), c.shape(), dtype_);
  transpose(result, back, ordered);
  add_into(ordered, c);
}

}  // namespace rhyton
