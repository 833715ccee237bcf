// The packed recurrent kernel against the reference in double precision.
#include "nn/kernels/rnn.hpp"

#include <string>

#include "tests/kernels/support.hpp"

using namespace rhyton;

namespace {

constexpr std::size_t states(CellKind cell) { return static_cast<std::size_t>(state_count(cell)); }

/// What a kernel makes of numbers that are the same for every kernel of a description.
struct Result {
  Tensor y, dx, dkernel, drecurrent, dbias;
  std::array<Tensor, 2> final, dinitial;
};

struct Numbers {
  explicit Numbers(const RnnDesc& d, DType dtype) {
    const Dim width = gate_count(d.cell) * d.units;
    const auto make = [&](const Shape& shape, unsigned seed) { return random_tensor(shape, dtype, seed); };
    x = make({d.batch, d.steps, d.inputs}, 1);
    kernel = make({d.inputs, width}, 2);
    // Small enough that no error grows from step to step.
    const double bound = 1.0 / std::sqrt(static_cast<double>(d.units));
    recurrent = random_tensor({d.units, width}, dtype, 3, -bound, bound);
    bias = make(d.cell == CellKind::gru && d.reset_after ? Shape{2, width} : Shape{width}, 4);
    input_dropout = make({1, d.batch, d.inputs}, 5);
    dy = make(d.sequences ? Shape{d.batch, d.steps, d.units} : Shape{d.batch, d.units}, 6);
    mask = Tensor({d.batch, d.steps}, DType::boolean);
    for (Dim i = 0; i < mask.size(); ++i) mask.data<bool>()[i] = i % 5 != 1 && i % 7 != 0;
    for (std::size_t k = 0; k < 2; ++k) {
      initial[k] = make({d.batch, d.units}, static_cast<unsigned>(7 + k));
      dfinal[k] = make({d.batch, d.units}, static_cast<unsigned>(9 + k));
    }
  }
  Tensor x, kernel, recurrent, bias, input_dropout, mask, dy;
  std::array<Tensor, 2> initial, dfinal;
};

Result run(RnnDesc d, DType dtype, Engine engine, bool with_states, const std::string& expected) {
  d.options.dtype = dtype;
  d.options.engine = engine;
  d.options.training = true;
  const Numbers n(d, dtype);
  const auto kernel = make_rnn(d);
  CHECK(std::string(kernel->implementation()) == expected);
  RnnInputs in{n.x, n.kernel, n.recurrent, d.bias ? n.bias.view() : ConstView()};
  if (d.masked) in.mask = n.mask;
  if (d.input_masks > 0) in.input_dropout = n.input_dropout;
  Result out;
  const auto blank = [&](const Tensor& like) { return Tensor::full(like.shape(), std::nan(""), dtype); };
  out.y = blank(n.dy);
  out.dx = blank(n.x);
  out.dkernel = blank(n.kernel);
  out.drecurrent = blank(n.recurrent);
  out.dbias = blank(n.bias);
  std::array<View, 2> final;
  std::array<ConstView, 2> dfinal;
  RnnGradients to{out.dx.view(), {}, {out.dkernel.view()}, {out.drecurrent.view()}, {}};
  if (d.bias) to.bias = {out.dbias.view()};
  for (std::size_t k = 0; with_states && k < states(d.cell); ++k) {
    in.initial[k] = n.initial[k];
    out.final[k] = blank(n.initial[k]);
    out.dinitial[k] = blank(n.initial[k]);
    final[k] = out.final[k].view();
    dfinal[k] = n.dfinal[k];
    to.initial[k] = out.dinitial[k].view();
  }
  // Without gradients first: the states of a step then overwrite those of the last but one.
  kernel->forward(in, out.y.view(), final, {});
  const Tensor predicted = out.y;
  Tensor saved({kernel->saved_size()}, dtype);
  out.y = blank(n.dy);
  kernel->forward(in, out.y.view(), final, saved.view());
  check_close(predicted, as_double(out.y), 1.0);
  kernel->backward(in, saved, n.dy, dfinal, to);
  const auto twice = [&](GradTarget& target) { target.accumulate = static_cast<bool>(target); };
  const std::vector<double> once = as_double(out.dkernel);
  for (GradTarget* target : {&to.kernel, &to.recurrent_kernel, &to.bias}) twice(*target);
  kernel->backward(in, saved, n.dy, dfinal, to);
  const std::vector<double> both = as_double(out.dkernel);
  for (std::size_t i = 0; i < once.size(); ++i)
    CHECK(both[i] == doctest::Approx(2.0 * once[i]).epsilon(1e-4));
  return out;
}

void check(const RnnDesc& d, bool with_states = false, const char* implementation = nullptr) {
  CAPTURE(static_cast<int>(d.cell));
  CAPTURE(d.batch);
  CAPTURE(d.steps);
  CAPTURE(d.inputs);
  CAPTURE(d.units);
  CAPTURE(d.masked);
  CAPTURE(with_states);
  const std::string name = d.cell == CellKind::lstm  ? "vector:lstm"
                           : d.cell == CellKind::gru ? "vector:gru"
                                                     : "vector:rnn";
  const Result exact = run(d, DType::float64, Engine::eigen, with_states, "eigen");
  const Result found = run(d, DType::float32, Engine::automatic, with_states,
                           implementation != nullptr ? implementation : name);
  const double terms = static_cast<double>(d.steps * (d.inputs + d.units));
  const auto same = [&](const Tensor& a, const Tensor& b, double scale) {
    if (a) check_close(a, as_double(b), scale);
  };
  same(found.y, exact.y, terms);
  same(found.dx, exact.dx, terms);
  same(found.dkernel, exact.dkernel, terms * static_cast<double>(d.batch));
  same(found.drecurrent, exact.drecurrent, terms * static_cast<double>(d.batch));
  if (d.bias) same(found.dbias, exact.dbias, terms * static_cast<double>(d.batch));
  for (std::size_t k = 0; with_states && k < states(d.cell); ++k) {
    same(found.final[k], exact.final[k], terms);
    same(found.dinitial[k], exact.dinitial[k], terms);
  }
}

RnnDesc describe(CellKind cell, Dim batch, Dim steps, Dim inputs, Dim units, bool sequences = true) {
  RnnDesc d;
  d.cell = cell;
  d.batch = batch;
  d.steps = steps;
  d.inputs = inputs;
  d.units = units;
  d.sequences = sequences;
  d.activation.spec.kind = ActivationKind::tanh;
  d.recurrent_activation.spec.kind = ActivationKind::sigmoid;
  return d;
}

constexpr CellKind cells[] = {CellKind::simple, CellKind::lstm, CellKind::gru};

}  // namespace

TEST_CASE("recurrent cells: sizes on and off the vector width, small and large batches") {
  for (const CellKind cell : cells)
    for (const bool sequences : {false, true}) {
      check(describe(cell, 1, 1, 1, 1, sequences));
      check(describe(cell, 1, 9, 3, 16, sequences));
      check(describe(cell, 2, 5, 16, 17, sequences), true);
      check(describe(cell, 7, 6, 5, 64, sequences), true);
      check(describe(cell, 33, 4, 20, 40, sequences));
      check(describe(cell, 3, 70, 70, 80, sequences), true);
    }
}

TEST_CASE("recurrent cells: masks, direction, dropout, no bias") {
  for (const CellKind cell : cells)
    for (const Dim batch : {2, 9})
      for (const bool sequences : {false, true}) {
        RnnDesc d = describe(cell, batch, 7, 6, 18, sequences);
        d.masked = true;
        check(d);
        d.zero_masked = true;
        d.reverse = true;
        check(d, true);
        d.masked = d.zero_masked = false;
        d.input_masks = 1;
        check(d);
        d.bias = false;
        d.reverse = false;
        check(d, true);
      }
}

TEST_CASE("recurrent cells: the activations that gates know") {
  using enum ActivationKind;
  for (const CellKind cell : cells)
    for (const ActivationKind f : {linear, tanh, sigmoid, hard_sigmoid, hard_sigmoid_keras2, relu})
      for (const ActivationKind g : {sigmoid, hard_sigmoid, tanh}) {
        RnnDesc d = describe(cell, 6, 3, 4, 20);
        d.activation.spec = *activation_by_name(activation_name(f));
        d.recurrent_activation.spec = *activation_by_name(activation_name(g));
        if (f == hard_sigmoid_keras2) d.activation.spec.kind = f;
        check(d);
      }
}

TEST_CASE("recurrent cells: what only the reference computes") {
  RnnDesc d = describe(CellKind::gru, 3, 4, 5, 6);
  d.reset_after = false;
  check(d, true, "eigen");
  d = describe(CellKind::lstm, 3, 4, 5, 6);
  d.activation.spec = *activation_by_name("softmax");
  check(d, false, "eigen");
}

TEST_CASE("recurrent cells: two threads compute what one does") {
  for (const CellKind cell : cells) {
    RnnDesc d = describe(cell, 11, 5, 7, 24);
    d.masked = true;
    set_threads(2);
    check(d, true);
    set_threads(1);
  }
}
