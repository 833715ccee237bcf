#include "nn/tensor/print.hpp"

#include <fmt/format.h>

#include <ostream>

namespace rhyton {

namespace {

constexpr Dim shown = 3;  // entries at each end of a long axis

template <class T>
std::string element(T value) {
  if constexpr (std::is_same_v<T, std::string>)
    return fmt::format("'{}'", value);
  else if constexpr (std::is_same_v<T, bool>)
    return value ? "True" : "False";
  else if constexpr (std::is_floating_point_v<T>)
    return fmt::format("{:g}", value);
  else
    return std::to_string(value);
}

template <class T>
void print_axis(const T* data, const Shape& shape, int axis, std::string& out) {
  if (axis == shape.rank()) {
    out += element(*data);
    return;
  }
  const Dim count = shape[axis], step = shape.product(axis + 1, shape.rank());
  out += "[";
  for (Dim i = 0; i < count; ++i) {
    const std::string gap =
        axis + 1 == shape.rank() ? ", " : ",\n" + std::string(static_cast<std::size_t>(axis) + 1, ' ');
    if (i > 0) out += gap;
    if (count > 2 * shown + 1 && i == shown) {
      out += "..." + gap;
      i = count - shown;
    }
    print_axis(data + i * step, shape, axis + 1, out);
  }
  out += "]";
}

}  // namespace

std::string to_string(ConstView tensor) {
  if (!tensor) return "(no tensor)";
  std::string out;
  if (tensor.dtype() == DType::string) {
    print_axis(tensor.data<std::string>(), tensor.shape(), 0, out);
  } else {
    dispatch_number(tensor.dtype(),
                    [&]<class T>(T) { print_axis(tensor.data<T>(), tensor.shape(), 0, out); });
  }
  return fmt::format("{} (shape {}, {})", out, to_string(tensor.shape()), to_string(tensor.dtype()));
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << to_string(tensor.view()); }
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

}  // namespace rhyton
