// rhyton bench MODEL --mode predict|train
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/profile.hpp"
#include "cli/random_data.hpp"
#include "cli/timings.hpp"
#include "nn/models/run_pool.hpp"
#include "nn/models/trainer.hpp"
#include "serialization/atomic_file.hpp"

namespace rhyton::cli {

namespace {

constexpr int warm_up_steps = 3;
/// Labels change with every step, so that no run converges into gradients of zero.
constexpr std::size_t label_sets = 8;
constexpr std::size_t most_profiled = 1000;
constexpr double mib = 1024.0 * 1024.0;

struct BenchOptions {
  ModelOptions model;
  std::string mode = "predict", trace;
  std::int64_t batch_size = 32;
  double seconds = 2.0;
  bool json = false, profile = false;
};

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// One model with data for it; a call is one step.
class Bench {
 public:
  Bench(const BenchOptions& o)
      : model_(open_model(o.model, o.mode == "train" ? Training::needed : Training::ignored)),
        training_(o.mode == "train") {
    if (!model_.graph().has_graph())
      throw Error("the model does not say its input shape, which random data needs");
    inputs_ = random_inputs(model_, o.batch_size, 1);
    for (std::size_t i = 0; i < model_.graph().outputs().size(); ++i) outputs_.emplace_back();
    for (Tensor& y : outputs_) output_pointers_.push_back(&y);
    if (!training_) return;
    if (!model_.compiled()) model_.compile({.optimizer = "adam", .loss = default_loss()});
    Shapes shapes;
    for (const SymbolicTensor& y : model_.graph().outputs()) {
      Shape shape = y.shape();
      for (int axis = 0; axis < shape.rank(); ++axis)
        if (shape[axis] == unknown) shape[axis] = inputs_[0].shape()[std::min(axis, inputs_[0].rank() - 1)];
      shapes.push_back(shape);
    }
    for (std::size_t i = 0; i < label_sets; ++i) targets_.push_back(random_targets(model_, shapes, 2 + i));
  }

  void step() {
    if (training_) {
      model_.train_on_batch(inputs_, targets_[steps_++ % label_sets]);
    } else {
      model_.predict_on_batch(inputs_, output_pointers_);
    }
  }

  /// The Run that `step` uses, while no step is under way.
  RunPool::Lease run() {
    RunOptions options;
    options.kernel = model_.kernel_options();
    options.training = options.gradients = training_;
    if (training_) options.wants_logits = model_.trainer().wants_logits();
    Shapes shapes;
    for (const Tensor& x : inputs_) shapes.push_back(x.shape());
    return model_.runs().acquire(shapes, options);
  }
  const std::string& name() const { return model_.name(); }
  double weights_mib() const {
    double bytes = 0.0;
    for (const auto& weight : model_.graph().weights())
      bytes +=
          static_cast<double>(weight->value.size()) * static_cast<double>(size_of(weight->value.dtype()));
    return bytes / mib;
  }

 private:
  /// What Keras's user would choose for such outputs.
  std::vector<Loss> default_loss() const {
    std::vector<Loss> out;
    for (const SymbolicTensor& y : model_.graph().outputs()) {
      const Layer& layer = *y.node()->layer;
      const Json config = layer.get_config();
      const bool softmax = layer.class_name() == "Softmax" ||
                           (config.contains("activation") && config["activation"] == "softmax");
      out.emplace_back(softmax ? "sparse_categorical_crossentropy" : "mean_squared_error");
    }
    return out;
  }

  Model model_;
  bool training_;
  std::vector<Tensor> inputs_, outputs_;
  std::vector<Tensor*> output_pointers_;
  std::vector<std::vector<Tensor>> targets_;
  std::size_t steps_ = 0;
};

void profile(Bench& bench, const BenchOptions& o) {
  bench.run()->start_profile();
  Profile profile;
  const auto begin = Clock::now();
  for (std::size_t i = 0; i < most_profiled && (i == 0 || ms_since(begin) < 1e3 * o.seconds); ++i) {
    const double start = ms_since(begin);
    bench.step();
    const double total = ms_since(begin) - start;
    profile.add(bench.run()->profile(), start, total);
  }
  if (o.profile) std::printf("%s", profile.table(o.mode == "train").c_str());
  if (!o.trace.empty()) write_file(o.trace, profile.trace(bench.name()));
}

void measure(const BenchOptions& o) {
  const auto begin = Clock::now();
  Bench bench(o);
  bench.step();
  const double load_ms = ms_since(begin);
  for (int i = 0; i < warm_up_steps; ++i) bench.step();
  if (o.profile || !o.trace.empty()) return profile(bench, o);
  Timings timings;
  const auto start = Clock::now();
  do {
    const auto before = Clock::now();
    bench.step();
    timings.add(ms_since(before));
  } while (ms_since(start) < 1e3 * o.seconds);
  const auto run = bench.run();
  const Json result = {{"best_ms", timings.best()},
                       {"median_ms", timings.median()},
                       {"samples_per_second", 1e3 * static_cast<double>(o.batch_size) / timings.median()},
                       {"load_ms", load_ms},
                       {"peak_rss_mib", peak_rss_mib()},
                       {"weights_mib", bench.weights_mib()},
                       {"arena_mib", static_cast<double>(run->arena_bytes()) / mib},
                       {"arena_needed_mib", static_cast<double>(run->arena_lower_bound()) / mib},
                       {"version", std::string("rhyton ") + RHYTON_VERSION}};
  if (o.json) {
    std::printf("%s\n", result.dump().c_str());
    return;
  }
  std::printf("%s, batch %lld: best %.4g ms, median %.4g ms, %.6g samples/s; ready in %.4g ms, %.4g MiB\n",
              o.mode.c_str(), static_cast<long long>(o.batch_size), timings.best(), timings.median(),
              result["samples_per_second"].get<double>(), load_ms, peak_rss_mib());
}

}  // namespace

void add_bench(CLI::App& app) {
  auto options = std::make_shared<BenchOptions>();
  Command command(app, "bench", "Measure a model on random data");
  add_model_options(command, options->model);
  command.choice("--mode", options->mode, {"predict", "train"}, "predict_on_batch or train_on_batch");
  command.option("--batch-size", options->batch_size, "samples a step");
  command.option("--seconds", options->seconds, "to measure, after a warm-up");
  command.flag(
      "--json", options->json,
      "one line: best_ms, median_ms, samples_per_second, load_ms (load and first step), peak_rss_mib, and of "
      "it weights_mib, arena_mib (values of a step), arena_needed_mib (what their lifetimes need at least)");
  command.flag("--profile", options->profile, "print time, GFLOP/s and bytes of each layer instead");
  command.option("--trace", options->trace, "write a Chrome trace of the layers instead");
  command.run([options] { measure(*options); });
}

}  // namespace rhyton::cli
