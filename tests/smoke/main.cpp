// A user's program: only the umbrella header.
#include <cstdio>
#include <rhyton.hpp>

using namespace rhyton;

int main() {
  Sequential model({Input({4}), Dense({.units = 3, .activation = "softmax"})});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  model.fit(Tensor::full({8, 4}, 1.0), Tensor({8}, DType::int32), {.epochs = 2, .verbose = 0});
  save_model(model, "smoke.keras");
  const Tensor y = load_model("smoke.keras").predict(Tensor::full({1, 4}, 1.0));
  const float sum = y.data()[0] + y.data()[1] + y.data()[2];
  std::printf("%zu values, sum %.3f\n", static_cast<std::size_t>(y.size()), sum);
  return sum > 0.999f && sum < 1.001f ? 0 : 1;
}
