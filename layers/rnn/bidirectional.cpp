#include "layers/rnn/bidirectional.hpp"

#include <cstring>
#include <nlohmann/json.hpp>

#include "nn/arguments.hpp"
#include "nn/ops/recurrent_op.hpp"
#include "nn/ops/time_layers.hpp"

namespace rhyton {

namespace {

enum class Merge { concat, sum, mul, ave };

Merge merge_of(const std::string& name) {
  return name == "sum" ? Merge::sum : name == "mul" ? Merge::mul : name == "ave" ? Merge::ave : Merge::concat;
}

/// The forward layer's output and the backward layer's, whose steps stand in the order of processing where
/// `reversed`.
class MergeDirections final : public Layer {
 public:
  MergeDirections(std::string name, Merge merge, bool reversed)
      : Layer(std::move(name), true, ""), merge_(merge), reversed_(reversed) {}
  std::string class_name() const override { return "MergeDirections"; }
  void write_config(ConfigWriter&) const override {}
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    TensorSpec y = spec.inputs[0];
    if (merge_ == Merge::concat) y.shape[-1] += spec.shape(1)[-1];
    return {y};
  }
  void prepare(Prepare& p) const override { p.backward_reads(merge_ == Merge::mul, false); }

  void call(Call& c) const override {
    dispatch_real(c.real(), [&]<class T>(T) {
      const Dim n = c.input().shape()[-1], m = c.input(1).shape()[-1];
      for_rows(c.input().shape(), [&](Dim row, Dim other) {
        const T* a = c.input().data<T>() + row * n;
        const T* b = c.input(1).data<T>() + other * m;
        if (merge_ == Merge::concat) {
          T* y = c.output().data<T>() + row * (n + m);
          std::memcpy(y, a, static_cast<std::size_t>(n) * sizeof(T));
          std::memcpy(y + n, b, static_cast<std::size_t>(m) * sizeof(T));
          return;
        }
        T* y = c.output().data<T>() + row * n;
        for (Dim i = 0; i < n; ++i)
          y[i] = merge_ == Merge::mul ? a[i] * b[i] : (a[i] + b[i]) * (merge_ == Merge::ave ? T(0.5) : T(1));
      });
    });
  }

  void backward(Backward& b) const override {
    dispatch_real(b.real(), [&]<class T>(T) {
      const Dim n = b.input().shape()[-1], m = b.input(1).shape()[-1];
      for_rows(b.input().shape(), [&](Dim row, Dim other) {
        const Dim width = merge_ == Merge::concat ? n + m : n;
        const T* dy = b.dy().data<T>() + row * width;
        const auto write = [&](View dx, Dim at, Dim size, const T* from, ConstView factor, Dim factor_row) {
          if (!dx) return;
          T* to = dx.data<T>() + at * size;
          const T* f = merge_ == Merge::mul ? factor.data<T>() + factor_row * size : nullptr;
          for (Dim i = 0; i < size; ++i)
            to[i] = f ? from[i] * f[i] : from[i] * (merge_ == Merge::ave ? T(0.5) : T(1));
        };
        write(b.dx(0), row, n, dy, b.input(1), other);
        write(b.dx(1), other, m, merge_ == Merge::concat ? dy + n : dy, b.input(0), row);
      });
    });
  }

 private:
  /// Calls `f(row, the row of the same time in the backward layer's output)` for the rows of the last axis.
  template <class F>
  void for_rows(const Shape& x, F&& f) const {
    const Dim steps = reversed_ ? x[1] : 1;
    const Dim inner = reversed_ ? x.product(2, x.rank() - 1) : x.product(1, x.rank() - 1);
    for (Dim b = 0; b < x[0]; ++b)
      for (Dim t = 0; t < steps; ++t)
        for (Dim i = 0; i < inner; ++i)
          f((b * steps + t) * inner + i, (b * steps + steps - 1 - t) * inner + i);
  }

  Merge merge_;
  bool reversed_;
};

std::string without_prefix(const std::string& name, const std::string& prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

RecurrentInterface* recurrent(const LayerRef& layer) {
  return layer ? dynamic_cast<RecurrentInterface*>(&*layer) : nullptr;
}

}  // namespace

Bidirectional::Bidirectional(Config config) : LayerOf(std::move(config)) {
  if (config_.time_major) throw NotSupported(label() + ": time_major=True.");
  if (config_.merge_mode)
    check_choice(label() + ": `merge_mode`", *config_.merge_mode, {"concat", "sum", "mul", "ave"});
  if (!recurrent(config_.layer))
    fail("`layer` must be a recurrent layer (RNN, LSTM, GRU, SimpleRNN, ConvLSTM). Received: layer={}.",
         config_.layer ? config_.layer->class_name() : std::string("None"));
  if (config_.backward_layer && !recurrent(config_.backward_layer))
    fail("`backward_layer` must be a recurrent layer. Received: backward_layer={}.",
         config_.backward_layer->class_name());

  const LayerRef layer = config_.layer;
  const std::string name = layer->name().empty() ? snake_case(layer->class_name()) : layer->name();
  config_.layer = clone_layer(*layer, {{"name", "forward_" + without_prefix(name, "forward_")}});
  if (!config_.backward_layer)
    config_.backward_layer = clone_layer(
        *layer, {{"name", "backward_" + without_prefix(name, "backward_")}, {"go_backwards", true}});

  const RecurrentOptions forward = options();
  const RecurrentOptions backward = recurrent(config_.backward_layer)->recurrent_options();
  if (forward.go_backwards == backward.go_backwards)
    fail(
        "the forward and the backward layer must differ in `go_backwards`. Received: "
        "go_backwards={} for both.",
        forward.go_backwards ? "True" : "False");
  const auto same = [&](const char* argument, bool a, bool b) {
    if (a != b)
      fail("the forward and the backward layer must have the same `{}`. Received: {} and {}.", argument,
           a ? "True" : "False", b ? "True" : "False");
  };
  same("stateful", forward.stateful, backward.stateful);
  same("return_sequences", forward.return_sequences, backward.return_sequences);
  same("return_state", forward.return_state, backward.return_state);
  // Keras forces this, so that reversed outputs of padded sequences hold no repeated values.
  for (const LayerRef* direction : {&config_.layer, &config_.backward_layer})
    recurrent(*direction)->set_zero_output_for_mask(forward.return_sequences);
}

RecurrentOptions Bidirectional::options() const { return recurrent(config_.layer)->recurrent_options(); }

std::vector<std::pair<std::string, std::shared_ptr<Layer>>> Bidirectional::sublayers() const {
  return {{"forward_layer", config_.layer.share()}, {"backward_layer", config_.backward_layer.share()}};
}

bool Bidirectional::has_backward() const {
  return config_.layer->has_backward() && config_.backward_layer->has_backward();
}

/// The call of one direction: x and its half of the initial states.
CallSpec Bidirectional::half_call(const CallSpec& spec, bool backward) const {
  const auto states = ops::state_inputs(spec);
  if (states.size() % 2 != 0)
    fail("expected an even number of initial states, half of them for each direction. Received {}.",
         states.size());
  CallSpec half;
  half.inputs = {spec.inputs[0]};
  half.roles = {""};
  const std::size_t count = states.size() / 2, first = backward ? count : 0;
  for (std::size_t k = first; k < first + count; ++k) {
    half.inputs.push_back(spec.inputs[static_cast<std::size_t>(states[k])]);
    half.roles.emplace_back("initial_state");
  }
  half.masks.resize(half.inputs.size());
  if (spec.masked()) half.masks[0] = spec.masks[0];
  half.flags = spec.flags;
  return half;
}

void Bidirectional::build(const CallSpec& spec) {
  if (spec.shape().rank() < 3)
    fail("expected an input of at least 3 dimensions (batch, steps, features). Received shape: {}.",
         to_string(spec.shape()));
  config_.layer->ensure_built(half_call(spec, false));
  config_.backward_layer->ensure_built(half_call(spec, true));
}

std::vector<TensorSpec> Bidirectional::compute_output_spec(const CallSpec& spec) const {
  const auto forward = config_.layer->compute_output_spec(half_call(spec, false));
  const auto backward = config_.backward_layer->compute_output_spec(half_call(spec, true));
  std::vector<TensorSpec> out{forward[0]};
  if (!config_.merge_mode) {
    out.push_back(backward[0]);
  } else if (*config_.merge_mode == "concat") {
    out[0].shape[-1] += backward[0].shape[-1];
  } else if (!forward[0].shape.compatible(backward[0].shape)) {
    fail("outputs of shapes " + to_string(forward[0].shape) + " and " + to_string(backward[0].shape) +
         " cannot be merged with merge_mode='" + *config_.merge_mode + "'.");
  }
  out.insert(out.end(), forward.begin() + 1, forward.end());
  out.insert(out.end(), backward.begin() + 1, backward.end());
  return out;
}

MaskRule Bidirectional::mask_rule(const CallSpec& spec) const {
  if (!options().return_sequences || !spec.masked()) return MaskRule::drop;
  return config_.merge_mode ? MaskRule::pass : MaskRule::compute;
}

std::optional<Shape> Bidirectional::mask_shape(const CallSpec& spec, int output) const {
  return output < 2 ? spec.masks[0] : std::nullopt;
}

SymbolicTensors Bidirectional::expand(const SymbolicTensors& inputs, const SymbolicTensors& masks,
                                      const CallSpec& spec) const {
  const auto states = ops::state_inputs(spec);
  const bool masked = masks[0] && (spec.find("mask") > 0 || states.empty() || keras2_);
  const auto run = [&](const LayerRef& layer, bool backward) {
    SymbolicTensors arguments{inputs[0]};
    const std::size_t count = states.size() / 2, first = backward ? count : 0;
    for (std::size_t k = first; k < first + count; ++k)
      arguments.push_back(inputs[static_cast<std::size_t>(states[k])]);
    std::vector<std::string> roles(arguments.size(), "initial_state");
    roles[0].clear();
    if (masked) {
      arguments.push_back(masks[0]);
      roles.emplace_back("mask");
    }
    return call_layer(layer, arguments, roles, {{"training", *spec.flag("training")}}).outputs();
  };
  const SymbolicTensors forward = run(config_.layer, false), backward = run(config_.backward_layer, true);
  const bool sequences = options().return_sequences;
  SymbolicTensors out;
  if (config_.merge_mode) {
    const LayerRef merge(
        make_object<Layer, MergeDirections>(name() + "/merge", merge_of(*config_.merge_mode), sequences));
    out.push_back(merge(SymbolicTensors{forward[0], backward[0]}));
  } else {
    out = {forward[0], sequences ? ops::reverse_time(backward[0]) : backward[0]};
  }
  out.insert(out.end(), forward.begin() + 1, forward.end());
  out.insert(out.end(), backward.begin() + 1, backward.end());
  return out;
}

}  // namespace rhyton
