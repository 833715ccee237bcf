#include "layers/preprocessing/category_encoding.hpp"

namespace rhyton {

CategoryEncoding::CategoryEncoding(Config config)
    : LayerOf(std::move(config)),
      mode_(ops::category_mode(*this, config_.output_mode, {"one_hot", "multi_hot", "count"})) {
  if (config_.output_mode == "binary") config_.output_mode = "multi_hot";
  expect_positive("num_tokens", config_.num_tokens);
  if (config_.sparse) throw NotSupported(label() + ": sparse outputs (`sparse`) are not supported.");
}

std::vector<TensorSpec> CategoryEncoding::compute_output_spec(const CallSpec& spec) const {
  const int weights = spec.find("count_weights");
  if (weights >= 0 && mode_ != ops::CategoryMode::count)
    fail("`count_weights` are used only with output_mode=\"count\". Received: output_mode={}.",
         config_.output_mode);
  if (weights >= 0 && !spec.shape(weights).compatible(spec.shape()))
    fail("`count_weights` must have the input's shape. Received: input shape {}, count_weights {}.",
         to_string(spec.shape()), to_string(spec.shape(weights)));
  expect_inputs(spec.shapes(), 1);
  return {{ops::encoded_shape(spec.shape(), mode_, config_.num_tokens), ops::encoded_dtype(*this)}};
}

void CategoryEncoding::prepare(Prepare& p) const { p.backward_reads(true, false); }

void CategoryEncoding::call(Call& c) const {
  const ConstView x = c.input();
  dispatch_number(x.dtype(), [&]<class T>(T) {
    for (Dim i = 0; i < x.size(); ++i) {
      const auto token = static_cast<double>(x.data<T>()[i]);
      if (token < 0 || token >= static_cast<double>(config_.num_tokens))
        fail("inputs must lie in 0 <= value < num_tokens. Received: {}, num_tokens={}.", token,
             config_.num_tokens);
    }
  });
  const int weights = c.spec().find("count_weights");
  ops::encode_categories(x, mode_, config_.num_tokens, weights >= 0 ? c.input(weights) : ConstView(),
                         c.output());
}

void CategoryEncoding::backward(Backward& b) const {
  const int weights = b.spec().find("count_weights");
  if (weights < 0 || !b.dx(weights)) return;
  const ConstView x = b.input();
  const Dim length = x.shape().rank() > 1 ? x.shape()[1] : x.size();
  const Dim inner = x.shape().rank() > 2 ? x.shape().product(2, x.shape().rank()) : 1;
  dispatch_number(x.dtype(), [&]<class T>(T) {
    dispatch_real(b.real(), [&]<class R>(R) {
      for (Dim i = 0; i < x.size(); ++i) {
        const Dim sample = i / (length * inner) * inner + i % inner;
        b.dx(weights).data<R>()[i] =
            b.dy().data<R>()[sample * config_.num_tokens + static_cast<Dim>(x.data<T>()[i])];
      }
    });
  });
}

}  // namespace rhyton
