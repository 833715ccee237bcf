#include "nn/kernels/einsum.hpp"

#include <algorithm>
#include <array>

#include "nn/error.hpp"
#include "nn/kernels/contraction.hpp"

namespace rhyton {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Einsum final : public EinsumKernel {
 public:
  explicit Einsum(const EinsumDesc& d)
      : y_(shape_of_y(d)),
        forward_(d.labels.x, d.x, d.labels.w, d.w, d.labels.y, y_, d.options.dtype),
        dx_(d.labels.y, y_, d.labels.w, d.w, d.labels.x, d.x, d.options.dtype),
        dw_(d.labels.x, d.x, d.labels.y, y_, d.labels.w, d.w, d.options.dtype) {}
  const char* implementation() const override { return forward_.is_product() ? "gemm" : "plain"; }

  void forward(ConstView x, ConstView w, View y) override { forward_.run(x, w, y, false); }
  void backward(ConstView x, ConstView w, ConstView dy, View dx, GradTarget dw) override {
    if (dx) dx_.run(dy, w, dx, false);
    if (dw) dw_.run(x, dy, dw.view, dw.accumulate);
  }

 private:
  static Shape shape_of_y(const EinsumDesc& d) {
    Shape y;
    for (char label : d.labels.y) {
      const auto in_x = d.labels.x.find(label);
      y.push_back(in_x != std::string::npos ? d.x[static_cast<int>(in_x)]
                                            : d.w[static_cast<int>(d.labels.w.find(label))]);
    }
    return y;
  }

  Shape y_;
  Contraction forward_, dx_, dw_;
};

}  // namespace

EinsumLabels parse_einsum(const std::string& equation, int x_rank) {
  const auto fail = [&](const std::string& why) {
    throw ValueError("the equation '" + equation + "' " + why);
  };
  // No letter may come twice in an operand, so that longer ones are wrong; the error need not repeat them.
  constexpr std::size_t longest = 200;
  if (equation.size() > longest)
    throw ValueError("the equation '" + equation.substr(0, longest) + "...' has " +
                     std::to_string(equation.size()) + " characters, more than three operands can have.");
  const auto comma = equation.find(','), arrow = equation.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || arrow < comma)
    fail("must have the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]....");
  EinsumLabels out{equation.substr(0, comma), equation.substr(comma + 1, arrow - comma - 1),
                   equation.substr(arrow + 2)};
  const bool left = out.x.starts_with("...") && out.y.starts_with("...");
  const bool right = !left && out.x.ends_with("...") && out.y.ends_with("...");
  for (std::string* labels : {&out.x, &out.y}) {
    if (left) labels->erase(0, 3);
    if (right) labels->resize(labels->size() - 3);
  }
  for (const std::string* labels : {&out.x, &out.w, &out.y}) {
    if (labels->empty() || !std::all_of(labels->begin(), labels->end(), is_letter))
      fail("must have the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]....");
    for (char label : *labels)
      if (std::count(labels->begin(), labels->end(), label) > 1)
        fail(std::string("has the letter '") + label + "' twice in one operand, which is not supported.");
  }
  for (char label : out.y)
    if (out.x.find(label) == std::string::npos && out.w.find(label) == std::string::npos)
      fail(std::string("has the letter '") + label + "' in its output, but in no operand.");
  const int elided = x_rank - static_cast<int>(out.x.size());
  if (elided < 0 || (elided > 0 && !left && !right))
    fail("does not fit an input of " + std::to_string(x_rank) + " dimensions.");
  std::string rest;
  for (char label = '0'; static_cast<int>(rest.size()) < elided; ++label) rest += label;
  out.x = left ? rest + out.x : out.x + rest;
  out.y = left ? rest + out.y : out.y + rest;
  return out;
}

std::unique_ptr<EinsumKernel> make_einsum(const EinsumDesc& desc) { return std::make_unique<Einsum>(desc); }

void contract_plainly(const std::string& a_labels, ConstView a, const std::string& b_labels, ConstView b,
                      const std::string& c_labels, View c, bool accumulate) {
  struct Axis {
    Dim size, a, b, c;
  };
  std::array<Axis, 3 * Shape::max_rank> axes{};
  std::size_t outer = 0, count = 0;
  const auto stride = [](const std::string& labels, const Shape& shape, char label) {
    const auto i = labels.find(label);
    return i == std::string::npos ? Dim{0} : shape.product(static_cast<int>(i) + 1, shape.rank());
  };
  // c's axes first, then those that are summed over.
  const auto add = [&](const std::string& labels, const Shape& shape, auto&& wanted) {
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (wanted(labels[i]))
        axes[count++] = {shape[static_cast<int>(i)], stride(a_labels, a.shape(), labels[i]),
                         stride(b_labels, b.shape(), labels[i]), stride(c_labels, c.shape(), labels[i])};
  };
  const auto in = [](const std::string& labels, char label) {
    return labels.find(label) != std::string::npos;
  };
  add(c_labels, c.shape(), [](char) { return true; });
  outer = count;
  add(a_labels, a.shape(), [&](char label) { return !in(c_labels, label); });
  add(b_labels, b.shape(), [&](char label) { return !in(c_labels, label) && !in(a_labels, label); });

  dispatch_real(c.dtype(), [&]<class T>(T) {
    const T *x = a.data<T>(), *w = b.data<T>();
    T* y = c.data<T>();
    const auto walk = [&](auto&& self, std::size_t first, std::size_t last, Dim ia, Dim ib, Dim ic,
                          auto&& visit) -> void {
      if (first == last) return visit(ia, ib, ic);
      const Axis& axis = axes[first];
      for (Dim i = 0; i < axis.size; ++i)
        self(self, first + 1, last, ia + i * axis.a, ib + i * axis.b, ic + i * axis.c, visit);
    };
    walk(walk, 0, outer, 0, 0, 0, [&](Dim ia, Dim ib, Dim ic) {
      T total = accumulate ? y[ic] : T(0);
      walk(walk, outer, count, ia, ib, 0, [&](Dim ja, Dim jb, Dim) { total += x[ja] * w[jb]; });
      y[ic] = total;
    });
  });
}

}  // namespace rhyton
