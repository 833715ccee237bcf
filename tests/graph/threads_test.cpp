// How many threads a step gets.
#include <doctest/doctest.h>

#include "nn/kernels/thread_limit.hpp"
#include "rhyton.hpp"

namespace rhyton::test {

namespace {

int seen_forward = 0, seen_backward = 0;

struct CountingConfig {
  double work = 0.0;
  RHYTON_LAYER_ARGUMENTS;
  void fields(ConfigFields& f) { f("work", work); }
};

/// Passes its input on, says that this is so much work, and notes how many threads it may use.
class Counting final : public LayerOf<Counting, CountingConfig> {
 public:
  static constexpr const char* keras_name = "test>Counting";
  explicit Counting(Config config = {}) : LayerOf(std::move(config)) {}
  Shapes compute_output_shape(const Shapes& x) const override { return x; }
  void call(Call& c) const override {
    seen_forward = get_threads();
    copy(c.input(), c.output());
  }
  void backward(Backward& b) const override {
    seen_backward = get_threads();
    if (b.dx()) copy(b.dy(), b.dx());
  }
  double flops(const CallSpec&, const std::vector<TensorSpec>&) const override { return config_.work; }
};

void run_with(double work) {
  Sequential model({Input({4}), Dense({.units = 4}), Counting({.work = work})});
  model.compile({.optimizer = SGD(), .loss = "mse"});
  const Tensor x({8, 4});
  model.train_on_batch({x}, {x});
}

}  // namespace

TEST_CASE("threads: a step gets as many as its work pays") {
  set_threads(4);
  for (const auto& [work, expected] : {std::pair{1.0, 1}, {1e6, 1}, {4e6, 2}, {1e9, 4}, {0.0, 4}}) {
    CAPTURE(work);
    run_with(work);
    CHECK(seen_forward == expected);
    CHECK(seen_backward == expected);
  }
  {
    const ThreadLimit two(2);
    CHECK(get_threads() == 2);
    const ThreadLimit three(3);
    CHECK(get_threads() == 2);
  }
  CHECK(get_threads() == 4);
  set_threads(1);
}

}  // namespace rhyton::test
