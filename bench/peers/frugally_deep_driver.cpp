// frugally-deep on any of the benchmark's models, after its own converter (predictions only).
// Built by frugally_deep.py, which is told where the headers are.
#include <fdeep/fdeep.hpp>

#include "driver.hpp"

int main(int argc, char** argv) {
  const driver::Options options = driver::parse(argc, argv);
  const auto begin = driver::Clock::now();
  const auto model = fdeep::load_model(options.model, /*verify=*/false, fdeep::dev_null_logger);
  const double load_ms = driver::milliseconds_since(begin);
  const auto inputs = model.generate_dummy_inputs();
  const std::vector<fdeep::tensors> batch(static_cast<std::size_t>(options.batch_size), inputs);
  const bool parallel = options.threads > 1;
  const auto times =
      options.batch_size == 1
          ? driver::time_steps([&] { return model.predict(inputs); }, options.seconds)
          : driver::time_steps([&] { return model.predict_multi(batch, parallel); }, options.seconds);
  driver::print_json(times, options, load_ms, "frugally-deep on Eigen");
}
