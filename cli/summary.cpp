// rhyton summary MODEL
#include <cstdio>
#include <memory>
#include <sstream>

#include "cli/command.hpp"

namespace rhyton::cli {

void add_summary(CLI::App& app) {
  auto options = std::make_shared<ModelOptions>();
  Command command(app, "summary", "Print the table of layers, shapes and parameters");
  add_model_options(command, *options);
  command.run([options] {
    std::ostringstream table;
    open_model(*options, Training::ignored).summary(table);
    std::fputs(printable(table.str(), true).c_str(), stdout);
  });
}

}  // namespace rhyton::cli
