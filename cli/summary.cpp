// rhyton summary MODEL
#include <memory>

#include "cli/command.hpp"

namespace rhyton::cli {

void add_summary(CLI::App& app) {
  auto options = std::make_shared<ModelOptions>();
  Command command(app, "summary", "Print the table of layers, shapes and parameters");
  add_model_options(command, *options);
  command.run([options] { open_model(*options, Training::ignored).summary(); });
}

}  // namespace rhyton::cli
