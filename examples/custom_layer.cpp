// A layer of one's own: trained, checked against finite differences, saved and loaded like any other.
#include <cmath>
#include <cstdio>
#include <rhyton.hpp>
using namespace rhyton;

struct SwishConfig {
  double beta = 1.0;
  RHYTON_LAYER_ARGUMENTS;
  void fields(ConfigFields& f) { f("beta", beta); }
};

/// y = x sigmoid(beta x), with one trainable number beta.
class Swish final : public LayerOf<Swish, SwishConfig> {
 public:
  static constexpr const char* keras_name = "examples>Swish";
  explicit Swish(Config config = {}) : LayerOf(std::move(config)) {}
  void build(const Shapes&) override {
    beta_ = add_weight("beta", {1}, {.initializer = initializers::Constant({.value = config_.beta})});
  }
  void call(Call& c) const override {
    dispatch_real(c.real(), [&]<class T>(T) {
      const T *x = c.input().data<T>(), beta = *c.weight(beta_).data<T>();
      for (Dim i = 0; i < c.input().size(); ++i)
        c.output().data<T>()[i] = x[i] / (1 + std::exp(-beta * x[i]));
    });
  }
  void backward(Backward& b) const override {
    dispatch_real(b.real(), [&]<class T>(T) {
      const T *x = b.input().data<T>(), *dy = b.dy().data<T>(), beta = *b.weight(beta_).data<T>();
      for (Dim i = 0; i < b.input().size(); ++i) {
        const T s = 1 / (1 + std::exp(-beta * x[i])), slope = x[i] * s * (1 - s);
        if (b.dx()) b.dx().data<T>()[i] = dy[i] * (s + beta * slope);
        if (b.dw(beta_)) b.dw(beta_).data<T>()[0] += dy[i] * x[i] * slope;
      }
    });
  }

 private:
  int beta_ = -1;
};

int main() {
  const auto check = check_gradient(Swish({.beta = 0.5}), Shapes{{8, 3}});
  Sequential model({Input({3}), Dense({.units = 16}), Swish(), Dense({.units = 1})});
  model.compile({.optimizer = "adam", .loss = "mse"});
  Tensor x({256, 3});
  Rng(1).fill_normal(x.view());
  model.fit(x, x.reshaped({768, 1}).rows(0, 256), {.epochs = 5, .verbose = 2});
  save_model(model, "custom.keras");
  // For this file; Registry<Layer>::global().add_class<Swish>() makes it known to all.
  const Model loaded = load_model("custom.keras", {.custom_objects = CustomObjects().add_class<Swish>()});
  const bool same = loaded.predict(x).values() == model.predict(x).values();
  std::printf("gradient error %.1e, loaded model %s\n", check.error, same ? "is the same" : "DIFFERS");
  return check.passed && same ? 0 : 1;
}
