#include "cli/command.hpp"

#include <algorithm>

#include "nn/kernels/kernel.hpp"
#include "serialization/saving.hpp"

namespace rhyton::cli {

void add_model_options(Command& command, ModelOptions& options) {
  command.positional("MODEL", options.model, "a .keras, .h5 or .json file");
  command.option("--weights", options.weights, "weights from another file");
  command.option("--threads", options.threads, "1: one thread in all; default: one for each core");
  command.choice("--precision", options.precision, {"exact", "standard", "fast"},
                 "exact: direct arithmetic; standard: also faster algorithms within the ordinary tolerance; "
                 "fast: larger errors too");
}

Model open_model(const ModelOptions& options, Training training) {
  if (options.threads) set_threads(static_cast<int>(std::min<std::int64_t>(*options.threads, 1024)));
  Model model = load_model(options.model, {.compile = training == Training::needed});
  if (!options.weights.empty()) load_weights(model, options.weights);
  KernelOptions kernel = model.kernel_options();
  kernel.precision = options.precision == "fast"    ? Precision::fast
                     : options.precision == "exact" ? Precision::exact
                                                    : Precision::standard;
  model.set_kernel_options(kernel);
  return model;
}

void check_save_path(const std::string& path) {
  if (!path.ends_with(".keras") && !path.ends_with(".h5"))
    throw UsageError("--save must end with .keras, .h5 or .weights.h5. Received: " + path);
}

void save(const Model& model, const std::string& path) {
  path.ends_with(".weights.h5") ? save_weights(model, path) : save_model(model, path);
}

std::string printable(std::string text, bool lines) {
  for (char& c : text) {
    const auto code = static_cast<unsigned char>(c);
    if ((code < 32 && !(lines && c == '\n')) || code == 127) c = '?';
  }
  return text;
}

}  // namespace rhyton::cli
