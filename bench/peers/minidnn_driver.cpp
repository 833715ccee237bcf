// MiniDNN on the benchmark's mlp and lenet, with its own random weights: it reads no Keras file.
// Built by minidnn.py, which is told where MiniDNN's headers are.
#define MDNN_SCALAR float
#include <MiniDNN.h>

#include <memory>

#include "driver.hpp"

namespace {

using Matrix = Eigen::MatrixXf;

constexpr int kSamples = 512;
constexpr int kClasses = 10;
constexpr int kSeed = 1;

/// Thrown by the callback when time is up: fit() has no other way out.
struct TimeIsUp {};

class StepTimer : public MiniDNN::Callback {
 public:
  explicit StepTimer(double seconds) : seconds_(seconds) {}

  void pre_training_batch(const MiniDNN::Network*, const Matrix&, const Matrix&) override {
    start_ = driver::Clock::now();
  }

  void post_training_batch(const MiniDNN::Network*, const Matrix&, const Matrix&) override {
    const double step = driver::milliseconds_since(start_);
    if (++steps_ <= driver::kWarmUpSteps) {
      begin_ = driver::Clock::now();
      return;
    }
    times.push_back(step);
    if (driver::milliseconds_since(begin_) > 1e3 * seconds_) {
      throw TimeIsUp();
    }
  }

  std::vector<double> times;

 private:
  double seconds_;
  int steps_ = 0;
  driver::Clock::time_point begin_;
  driver::Clock::time_point start_;
};

template <typename Activation>
void add_dense(MiniDNN::Network& network, int inputs, int units) {
  network.add_layer(new MiniDNN::FullyConnected<Activation>(inputs, units));
}

/// Returns the number of inputs. lenet starts behind its Cropping2D, which MiniDNN does not have.
int build(MiniDNN::Network& network, const std::string& name) {
  using MiniDNN::ReLU;
  using MiniDNN::Softmax;
  if (name == "mlp") {
    add_dense<ReLU>(network, 784, 128);
    add_dense<ReLU>(network, 128, 64);
    add_dense<Softmax>(network, 64, kClasses);
    return 784;
  }
  if (name != "lenet") {
    throw std::invalid_argument("MiniDNN runs mlp and lenet, not " + name);
  }
  network.add_layer(new MiniDNN::Convolutional<ReLU>(24, 24, 1, 32, 3, 3));
  network.add_layer(new MiniDNN::MaxPooling<MiniDNN::Identity>(22, 22, 32, 2, 2));
  network.add_layer(new MiniDNN::Convolutional<ReLU>(11, 11, 32, 64, 3, 3));
  network.add_layer(new MiniDNN::MaxPooling<MiniDNN::Identity>(9, 9, 64, 2, 2));
  add_dense<ReLU>(network, 4 * 4 * 64, 128);
  add_dense<Softmax>(network, 128, kClasses);
  return 24 * 24;
}

std::vector<double> time_training(MiniDNN::Network& network, int inputs, const driver::Options& options) {
  const int samples = std::max(kSamples, options.batch_size);
  const Matrix x = Matrix::Random(inputs, samples);
  Matrix y = Matrix::Zero(kClasses, samples);
  for (int i = 0; i < samples; ++i) {
    y(std::rand() % kClasses, i) = 1;
  }
  MiniDNN::Adam adam(0.001f);
  StepTimer timer(options.seconds);
  network.set_callback(timer);
  try {
    network.fit(adam, x, y, options.batch_size, /*epoch=*/1 << 30, kSeed);
  } catch (const TimeIsUp&) {
  }
  return timer.times;
}

}  // namespace

int main(int argc, char** argv) {
  const driver::Options options = driver::parse(argc, argv);
  const auto begin = driver::Clock::now();
  MiniDNN::Network network;
  const int inputs = build(network, options.model);
  network.set_output(new MiniDNN::MultiClassEntropy());
  network.init(0, 0.05f, kSeed);
  const double load_ms = driver::milliseconds_since(begin);
  std::vector<double> times;
  if (options.mode == "train") {
    times = time_training(network, inputs, options);
  } else {
    const Matrix x = Matrix::Random(inputs, options.batch_size);
    times = driver::time_steps([&] { return network.predict(x); }, options.seconds);
  }
  driver::print_json(times, options, load_ms, "MiniDNN on Eigen");
}
