#include "cli/compiling.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/arrays.hpp"
#include "nn/raise.hpp"
#include "serialization/json_text.hpp"

namespace rhyton::cli {

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');)
    if (!word.empty()) out.push_back(word);
  return out;
}

/// An object of one of Keras's families by its name, or from a JSON file with its class name and
/// configuration.
template <class Base>
Ref<Base> make(const std::string& text) {
  if (!text.ends_with(".json")) {
    if (!Registry<Base>::global().contains(text))
      throw UsageError(fmt::format("unknown {} '{}'", Base::family, text));
    return Ref<Base>(text);
  }
  std::ifstream file(text, std::ios::binary);
  if (!file) raise<Error>("cannot open '{}'", text);
  std::ostringstream content;
  content << file.rdbuf();
  return Ref<Base>(Registry<Base>::global().make_from_json(parse_json_text(content.str(), text)));
}

}  // namespace

void add_loss_options(Command& command, CompileOptions& options) {
  command.option("--loss", options.loss,
                 "name, or JSON file of a serialized loss; several outputs: one for all, or a,b,...");
  command.option("--metrics", options.metrics, "names, a,b,...; several outputs: all for each");
}

void add_optimizer_options(Command& command, CompileOptions& options) {
  command.option("--optimizer", options.optimizer, "name, or JSON file of a serialized optimizer");
  command.option("--learning-rate", options.learning_rate, "overrides the optimizer's");
}

void compile(Model& model, const CompileOptions& options) {
  const bool changes = !options.optimizer.empty() || !options.loss.empty() || !options.metrics.empty();
  if (changes || !model.compiled()) {
    CompileArguments arguments;
    if (model.compiled()) arguments = model.compile_arguments();
    if (!options.optimizer.empty()) arguments.optimizer = make<OptimizerBase>(options.optimizer);
    if (!options.loss.empty()) {
      std::vector<Loss> losses;
      for (const auto& name : split(options.loss)) losses.push_back(make<LossBase>(name));
      arguments.loss = losses.size() == 1 ? PerOutput<Loss>(losses[0]) : PerOutput<Loss>(losses);
      arguments.loss.several = losses.size() > 1;
    }
    if (!options.metrics.empty()) {
      MetricList metrics;
      for (const auto& name : split(options.metrics)) metrics.metrics.push_back(make<MetricBase>(name));
      // All of them for each output.
      const auto outputs = output_names(model).size();
      arguments.metrics = outputs > 1 ? PerOutput<MetricList>(std::vector<MetricList>(outputs, metrics))
                                      : PerOutput<MetricList>(metrics);
    }
    if (arguments.loss.empty()) throw UsageError("the model carries no compile configuration; give --loss");
    model.compile(std::move(arguments));
  }
  if (options.learning_rate) model.optimizer().set_learning_rate(*options.learning_rate);
}

}  // namespace rhyton::cli
