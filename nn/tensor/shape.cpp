#include "nn/tensor/shape.hpp"

#include <algorithm>
#include <limits>

#include "nn/raise.hpp"

namespace rhyton {

Shape::Shape(std::span<const Dim> dims) {
  for (Dim d : dims) push_back(d);
}

void Shape::push_back(Dim d) {
  if (rank_ == max_rank)
    raise<ValueError>("A tensor has at most {} dimensions; received more, after {}.", max_rank,
                      to_string(*this));
  dims_[static_cast<std::size_t>(rank_++)] = d;
}

Shape Shape::slice(int first, int last) const {
  if (first < 0) first += rank_;
  if (last < 0) last += rank_;
  Shape out;
  for (int i = std::max(first, 0); i < std::min(last, rank_); ++i) out.push_back((*this)[i]);
  return out;
}

Shape Shape::concat(const Shape& tail) const {
  Shape out = *this;
  for (Dim d : tail) out.push_back(d);
  return out;
}

bool Shape::is_known() const {
  return std::none_of(begin(), end(), [](Dim d) { return d < 0; });
}

Dim Shape::size() const { return product(0, rank_); }

Dim Shape::product(int first, int last) const {
  Dim n = 1;
  for (int i = first; i < last; ++i) {
    const Dim d = (*this)[i];
    if (d < 0) raise<ValueError>("The size of {} is not known: a dimension is None.", to_string(*this));
    if (d != 0 && n > std::numeric_limits<Dim>::max() / d)
      raise<ValueError>("The size of {} overflows.", to_string(*this));
    n *= d;
  }
  return n;
}

bool Shape::compatible(const Shape& other) const {
  if (rank_ != other.rank_) return false;
  for (int i = 0; i < rank_; ++i) {
    const Dim a = (*this)[i], b = other[i];
    if (a >= 0 && b >= 0 && a != b) return false;
  }
  return true;
}

bool operator==(const Shape& a, const Shape& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (int i = 0; i < shape.rank(); ++i) {
    if (i > 0) text += ", ";
    text += shape[i] < 0 ? "None" : std::to_string(shape[i]);
  }
  return text + (shape.rank() == 1 ? ",)" : ")");
}

std::string to_string(const Shapes& shapes) {
  if (shapes.size() == 1) return to_string(shapes.front());
  std::string text = "[";
  for (std::size_t i = 0; i < shapes.size(); ++i) text += (i > 0 ? ", " : "") + to_string(shapes[i]);
  return text + "]";
}

int normalize_axis(std::int64_t axis, int rank, const std::string& what) {
  if (axis < -rank || axis >= rank)
    raise<ValueError>("{}: axis {} is out of range for an input of {} dimensions.", what, axis, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shape broadcast(const Shape& a, const Shape& b, const std::string& what) {
  const int rank = std::max(a.rank(), b.rank());
  Shape out;
  for (int i = 0; i < rank; ++i) {
    const int ia = i - (rank - a.rank()), ib = i - (rank - b.rank());
    const Dim da = ia < 0 ? 1 : a[ia], db = ib < 0 ? 1 : b[ib];
    if (da == db || db == 1) {
      out.push_back(da);
    } else if (da == 1 || da == unknown) {
      out.push_back(db);
    } else if (db == unknown) {
      out.push_back(da);
    } else {
      raise<ValueError>("{}: inputs have incompatible shapes. Received shapes {} and {}.", what, to_string(a),
                        to_string(b));
    }
  }
  return out;
}

}  // namespace rhyton
