#include "nn/ops/conv_lstm_gates.hpp"

#include <algorithm>

namespace rhyton::ops {

namespace {

constexpr int gates = 4;

class ConvLstmGates final : public Layer {
 public:
  ConvLstmGates(int xs, int hs, bool channels_first, ActivationFn activation, ActivationFn recurrent)
      : Layer("ConvLstmGates", true, ""),
        xs_(xs),
        hs_(hs),
        channels_first_(channels_first),
        activation_(std::move(activation)),
        recurrent_(std::move(recurrent)) {}
  std::string class_name() const override { return "ConvLstmGates"; }
  void write_config(ConfigWriter&) const override {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    return {spec.inputs.back(), spec.inputs.back()};
  }

  void prepare(Prepare& p) const override {
    const TensorSpec& state = p.output();
    if (p.wants_gradient()) p.save(Shape{kept}.concat(state.shape), state.dtype);
    const std::size_t bytes = static_cast<std::size_t>(state.shape.size()) * size_of(state.dtype);
    p.scratch(bytes * static_cast<std::size_t>(std::max(kept, backward_parts)));
  }

  void call(Call& c) const override {
    dispatch_real(c.real(), [&]<class T>(T) {
      const Shape state = c.output().shape();
      const Kept<T> k(c.wants_gradient() ? c.saved().data<T>() : static_cast<T*>(c.scratch()), state);
      for (int g = 0; g < gates; ++g) {
        const ConstView x = c.input(std::min(g, xs_ - 1)), h = c.input(xs_ + std::min(g, hs_ - 1));
        const T *from_x = x.data<T>(), *from_h = h.data<T>();
        T* sum = k.sum(g).template data<T>();
        for_blocks(state, g, [&](Dim whole, Dim part, Dim count) {
          for (Dim i = 0; i < count; ++i) sum[part + i] = from_x[whole + i] + from_h[whole + i];
        });
        function(g).forward(k.sum(g), k.gate(g));
      }
      const T *before = c.input(xs_ + hs_).data<T>(), *input = k.gate(0).template data<T>();
      const T *forget = k.gate(1).template data<T>(), *candidate = k.gate(2).template data<T>();
      T *cell = c.output(1).data<T>(), *h = c.output(0).data<T>();
      const Dim size = state.size();
      for (Dim i = 0; i < size; ++i) cell[i] = forget[i] * before[i] + input[i] * candidate[i];
      activation_.forward(c.output(1), k.squashed());
      const T *output = k.gate(3).template data<T>(), *squashed = k.squashed().template data<T>();
      for (Dim i = 0; i < size; ++i) h[i] = output[i] * squashed[i];
    });
  }

  void backward(Backward& b) const override {
    dispatch_real(b.real(), [&]<class T>(T) {
      const Shape state = b.output().shape();
      const Dim size = state.size();
      const Kept<T> k(b.saved().data<T>(), state);
      T* memory = static_cast<T*>(b.scratch());
      const auto part = [&](Dim i) { return View(memory + i * size, state, b.real()); };
      T *dgate = part(4).template data<T>(), *dc = part(5).template data<T>();
      const T *dh = data_of<T>(b.dy(0)), *dcell = data_of<T>(b.dy(1)),
              *before = data_of<T>(b.input(xs_ + hs_));
      const auto gate = [&](int g) { return k.gate(g).template data<T>(); };
      // to = a b
      const auto product = [size](const T* a, const T* other, T* to) {
        if (a == nullptr) return std::fill_n(to, size, T(0)), void();
        for (Dim i = 0; i < size; ++i) to[i] = a[i] * other[i];
      };

      product(dh, gate(3), dgate);
      activation_.backward(b.output(1), k.squashed(), part(4), part(5));
      if (dcell != nullptr)
        for (Dim i = 0; i < size; ++i) dc[i] += dcell[i];
      const T* const factors[] = {gate(2), before, gate(0), k.squashed().template data<T>()};
      for (int g = 0; g < gates; ++g) {
        product(g < 3 ? dc : dh, factors[g], dgate);
        function(g).backward(k.sum(g), k.gate(g), part(4), part(g));
      }
      if (const View dx = b.dx(xs_ + hs_)) product(dc, gate(1), dx.data<T>());
      for (int input = 0; input < xs_ + hs_; ++input) {
        const View dx = b.dx(input);
        if (!dx) continue;
        const int copies = input < xs_ ? xs_ : hs_, own = input < xs_ ? input : input - xs_;
        if (copies > 1) fill(dx, 0.0);
        for (int g = 0; g < gates; ++g) {
          if (copies > 1 && g != own) continue;
          const T* from = part(g).template data<T>();
          T* to = dx.data<T>();
          for_blocks(state, g,
                     [&](Dim whole, Dim piece, Dim count) { std::copy_n(from + piece, count, to + whole); });
        }
      }
    });
  }

 private:
  static constexpr int kept = 2 * gates + 1, backward_parts = gates + 2;

  /// Sums before the activations, gates after them, f(c).
  template <class T>
  class Kept {
   public:
    Kept(T* memory, const Shape& state) : memory_(memory), state_(state) {}
    View sum(int g) const { return at(g); }
    View gate(int g) const { return at(gates + g); }
    View squashed() const { return at(2 * gates); }

   private:
    View at(Dim i) const { return View(memory_ + i * state_.size(), state_, dtype_of<T>); }
    T* memory_;
    Shape state_;
  };

  const ActivationFn& function(int gate) const { return gate == 2 ? activation_ : recurrent_; }

  template <class T>
  static const T* data_of(ConstView view) {
    return view ? view.data<T>() : nullptr;
  }

  /// Calls `f(position in a tensor of all gates, position in one gate's, count)`.
  template <class F>
  void for_blocks(const Shape& state, int gate, F&& f) const {
    const Dim block = channels_first_ ? state.product(1, state.rank()) : state[-1];
    const Dim blocks = state.size() / std::max<Dim>(block, 1);
    for (Dim i = 0; i < blocks; ++i) f((gates * i + gate) * block, i * block, block);
  }

  int xs_, hs_;
  bool channels_first_;
  ActivationFn activation_, recurrent_;
};

}  // namespace

SymbolicTensors conv_lstm_gates(const SymbolicTensors& xs, const SymbolicTensors& hs, const SymbolicTensor& c,
                                bool channels_first, const ActivationFn& activation,
                                const ActivationFn& recurrent_activation) {
  SymbolicTensors inputs = xs;
  inputs.insert(inputs.end(), hs.begin(), hs.end());
  inputs.push_back(c);
  const LayerRef layer(make_object<Layer, ConvLstmGates>(static_cast<int>(xs.size()),
                                                         static_cast<int>(hs.size()), channels_first,
                                                         activation, recurrent_activation));
  return layer(inputs).outputs();
}

}  // namespace rhyton::ops
