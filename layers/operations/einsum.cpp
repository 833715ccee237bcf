// Sums of products by an equation (NumPy's einsum). Operands are brought to letters that differ, then taken
// two at a time.
#include "nn/kernels/einsum.hpp"

#include <algorithm>

#include "layers/operations/composition.hpp"
#include "layers/operations/promotion.hpp"

namespace rhyton {

namespace {

using detail::Composition;

/// Two tensors by labels, as one kernel.
class EinsumPair final : public OperationLayer {
 public:
  EinsumPair(OperationCall&& call, EinsumLabels labels)
      : OperationLayer(std::move(call)), labels_(std::move(labels)) {}

  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    const Shape &a = spec.inputs[0].shape, &b = spec.inputs[1].shape;
    Shape y;
    for (char label : labels_.y) {
      const auto in_a = labels_.x.find(label), in_b = labels_.w.find(label);
      const Dim from_a = in_a == std::string::npos ? unknown : a[static_cast<int>(in_a)];
      const Dim from_b = in_b == std::string::npos ? unknown : b[static_cast<int>(in_b)];
      if (from_a >= 0 && from_b >= 0 && from_a != from_b)
        fail("the axis '{}' has two sizes. Received shapes {} and {}.", label, to_string(a), to_string(b));
      y.push_back(from_a >= 0 ? from_a : from_b);
    }
    return {{y, spec.inputs[0].dtype}};
  }
  void prepare(Prepare& p) const override {
    p.keep(make_einsum({labels_, p.input(0).shape, p.input(1).shape, p.options()}));
    p.backward_reads(true, false);
  }
  void call(Call& c) const override { c.kernel<EinsumKernel>().forward(c.input(0), c.input(1), c.output()); }
  void backward(Backward& b) const override {
    b.kernel<EinsumKernel>().backward(b.input(0), b.input(1), b.dy(), b.dx(0), {b.dx(1), false});
  }

 private:
  EinsumLabels labels_;
};

/// A tensor with a letter for each axis.
struct Labelled {
  SymbolicTensor tensor;
  std::string labels;
  bool has(char label) const { return labels.find(label) != std::string::npos; }
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else if (c != ' ') {
      parts.back() += c;
    }
  }
  return parts;
}

/// "..." as digits, counted from the last axis that it stands for.
std::string expanded(const Composition& c, const std::string& labels, int rank) {
  const auto dots = labels.find("...");
  if (dots == std::string::npos) return labels;
  const int elided = rank - (static_cast<int>(labels.size()) - 3);
  if (elided < 0) c.fail("the equation does not fit {} dimensions.", rank);
  std::string rest;
  for (int i = elided - 1; i >= 0; --i) rest += static_cast<char>('0' + i);
  return labels.substr(0, dots) + rest + labels.substr(dots + 3);
}

/// A letter that stands twice means the diagonal.
void take_diagonals(const Composition& c, Labelled& x) {
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    const auto again = x.labels.find(x.labels[i], i + 1);
    if (again == std::string::npos) continue;
    const char label = x.labels[i];
    x.tensor = c.call("Diagonal", {x.tensor}, {{"offset", 0}, {"axis1", i}, {"axis2", again}});
    x.labels.erase(again, 1);
    x.labels.erase(i, 1);
    x.labels += label;
    i = static_cast<std::size_t>(-1);
  }
}

/// Sums over the letters that nobody else wants; axes of one cell stand for any size.
void sum_out(const Composition& c, Labelled& x, const std::string& wanted) {
  Json axes = Json::array();
  std::string kept;
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    if (wanted.find(x.labels[i]) == std::string::npos) {
      axes.push_back(i);
    } else {
      kept += x.labels[i];
    }
  }
  if (axes.empty()) return;
  x = {c.reduce("Sum", x.tensor, axes, false), kept};
}

/// Takes away axes of one cell where the other operand has more of them.
void drop_broadcast(const Composition& c, Labelled& x, const Labelled& other) {
  Json axes = Json::array();
  std::string kept;
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    const auto at = other.labels.find(x.labels[i]);
    if (at != std::string::npos && x.tensor.shape()[static_cast<int>(i)] == 1 &&
        other.tensor.shape()[static_cast<int>(at)] != 1) {
      axes.push_back(i);
    } else {
      kept += x.labels[i];
    }
  }
  if (!axes.empty()) x = {c.call("Squeeze", {x.tensor}, {{"axis", axes}}), kept};
}

Labelled product(const Composition& c, Labelled a, Labelled b, const std::string& wanted) {
  drop_broadcast(c, a, b);
  drop_broadcast(c, b, a);
  std::string labels;
  for (char label : wanted)
    if (a.has(label) || b.has(label)) labels += label;
  OperationCall call{"EinsumPair", "", c.part_name("EinsumPair"), nullptr, nullptr, nullptr};
  const auto layer =
      make_object<Layer, EinsumPair>(std::move(call), EinsumLabels{a.labels, b.labels, labels});
  return {call_layer(LayerRef(std::shared_ptr<Layer>(layer)), {a.tensor, b.tensor}, {"", ""}, {}), labels};
}

SymbolicTensor arranged(const Composition& c, Labelled x, const std::string& labels) {
  std::vector<int> axes;
  for (char label : labels) axes.push_back(static_cast<int>(x.labels.find(label)));
  return std::is_sorted(axes.begin(), axes.end()) ? x.tensor : c.transpose(x.tensor, axes);
}

SymbolicTensors einsum(const Composition& c) {
  std::string equation = c.arguments.text("subscripts", "");
  constexpr std::size_t longest = 1000;
  if (equation.size() > longest)
    c.fail("the equation '{}...' has {} characters.", equation.substr(0, longest), equation.size());
  const auto arrow = equation.find("->");
  const auto terms = split(equation.substr(0, arrow));
  if (terms.size() != c.inputs().size())
    c.fail("the equation '{}' has {} operands. Received {}.", equation, terms.size(), c.inputs().size());
  std::vector<Labelled> operands;
  std::string all;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const SymbolicTensor& x = c.inputs()[i];
    operands.push_back({x, expanded(c, terms[i], x.shape().rank())});
    Labelled& operand = operands.back();
    if (static_cast<int>(operand.labels.size()) != x.shape().rank())
      c.fail("the equation '{}' does not fit the shape {} of operand {}.", equation, to_string(x.shape()), i);
    if (!is_floating(x.dtype())) operand.tensor = c.cast(x, DType::float32);
    all += operand.labels;
    take_diagonals(c, operand);
  }
  std::string elided;
  for (char label = '9'; label >= '0'; --label)
    if (all.find(label) != std::string::npos) elided += label;
  std::string output;
  if (arrow == std::string::npos) {
    // Without an arrow: what stands once, in the order of the alphabet.
    for (char label : all)
      if (is_letter(label) && std::count(all.begin(), all.end(), label) == 1) output += label;
    std::sort(output.begin(), output.end());
    output = elided + output;
  } else {
    output = split(equation.substr(arrow + 2))[0];
    if (const auto dots = output.find("..."); dots != std::string::npos) output.replace(dots, 3, elided);
  }
  for (char label : output)
    if (all.find(label) == std::string::npos)
      c.fail("the equation '{}' has a letter in its output that no operand has.", equation);

  Labelled result = operands[0];
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::string wanted = output;
    for (std::size_t k = i + 1; k < operands.size(); ++k)
      for (char label : operands[k].labels)
        if (wanted.find(label) == std::string::npos) wanted += label;
    if (i == 0) {
      sum_out(c, result, wanted);
    } else {
      result = product(c, result, operands[i], wanted);
    }
  }
  const SymbolicTensor y = arranged(c, result, output);
  std::vector<TensorSpec> specs;
  for (const SymbolicTensor& x : c.inputs()) specs.push_back(x.spec());
  const DType dtype = detail::joined(specs);
  return {is_floating(dtype) ? y : c.cast(y, dtype)};
}

constexpr detail::ComposedEntry einsums[] = {{"Einsum", "", einsum}};

}  // namespace

void detail::add_einsum(OperationTable& table) {
  add_entries(table, einsums, [](OperationCall&& call) { return make_composed(std::move(call), einsums); });
}

}  // namespace rhyton
