#pragma once
/// @file shape.hpp  Sizes of a tensor; a dimension may be unknown until data arrives (Keras's None).
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace rhyton {

using Dim = std::int64_t;

/// A dimension that is not known yet: Keras's `None`.
inline constexpr Dim unknown = -1;

/// The dimensions of a tensor, outermost first. Holds up to `max_rank` of them in place: copying never
/// allocates.
class Shape {
 public:
  static constexpr int max_rank = 8;

  Shape() = default;
  Shape(std::initializer_list<Dim> dims) : Shape(std::span<const Dim>(dims.begin(), dims.size())) {}
  /// Throws ValueError on more than `max_rank` dimensions.
  explicit Shape(std::span<const Dim> dims);

  int rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  /// Negative indices count from the end; `i` must be in range (see `axis`).
  Dim operator[](int i) const { return dims_[static_cast<std::size_t>(i < 0 ? i + rank_ : i)]; }
  Dim& operator[](int i) { return dims_[static_cast<std::size_t>(i < 0 ? i + rank_ : i)]; }
  Dim front() const { return dims_[0]; }
  Dim back() const { return (*this)[-1]; }
  const Dim* begin() const { return dims_.data(); }
  const Dim* end() const { return dims_.data() + rank_; }

  void push_back(Dim d);
  /// The dimensions [first, last); negative positions count from the end.
  Shape slice(int first, int last) const;
  Shape from(int first) const { return slice(first, rank_); }
  /// This shape with `tail` behind it.
  Shape concat(const Shape& tail) const;

  /// True when no dimension is unknown.
  bool is_known() const;
  /// Number of elements; every dimension must be known. Throws ValueError on overflow.
  Dim size() const;
  /// Product of the dimensions [first, last).
  Dim product(int first, int last) const;
  /// True when both have the same rank and no two known dimensions differ.
  bool compatible(const Shape& other) const;

  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::array<Dim, max_rank> dims_{};
  int rank_ = 0;
};

using Shapes = std::vector<Shape>;

/// As Python prints a tuple: "(None, 28, 28, 1)", "(3,)", "()".
std::string to_string(const Shape& shape);
std::string to_string(const Shapes& shapes);

/// `axis` in [-rank, rank) as a position in [0, rank); throws ValueError naming `what` otherwise.
int normalize_axis(std::int64_t axis, int rank, const std::string& what);

/// NumPy's broadcast of two shapes; throws ValueError where they do not fit. Unknown meets 1 as unknown.
Shape broadcast(const Shape& a, const Shape& b, const std::string& what);

}  // namespace rhyton
