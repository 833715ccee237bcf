// The C++ side of tests/interop/run.py.
//   interop predict MODEL [WEIGHTS] ARRAYS.npz   compares predictions for x_0, ... with y_0, ...
//   interop train MODEL ARRAYS.npz OUT [DIALECT] trains two steps on t_0, ..., saves, compares with z_0, ...
//                                                where there are any
//   interop train_weights MODEL WEIGHTS ARRAYS.npz OUT [DIALECT]
//                                                the same from and to weights with an optimizer's state
//   interop convert MODEL OUT [DIALECT]          writes the model in the format of OUT's name, for keras3,
//   keras2 or
//                                                portable
// Exit code 3: the model needs something that this library does not have, which is printed.
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "nn/error.hpp"
#include "serialization/saving.hpp"
#include "tests/support/predict.hpp"

using namespace rhyton;

namespace {

std::vector<Tensor> collect(const NamedTensors& arrays, const std::string& prefix) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; find(arrays, prefix + std::to_string(i)) != nullptr; ++i)
    out.push_back(*find(arrays, prefix + std::to_string(i)));
  return out;
}

int compare(const Model& model, const NamedTensors& arrays, const std::string& prefix) {
  const double worst = test::worst_error(model.predict_all(collect(arrays, "x_")), arrays, prefix);
  std::printf("worst error %.3g of the tolerance\n", worst);
  return worst <= 1 ? 0 : 1;
}

FileDialect dialect_of(const std::vector<std::string>& arguments, std::size_t position) {
  const std::string name = arguments.size() > position ? arguments[position] : "keras3";
  return name == "keras2"     ? FileDialect::keras2
         : name == "portable" ? FileDialect::portable
                              : FileDialect::keras3;
}

int run(const std::vector<std::string>& arguments) {
  const std::string& command = arguments.at(0);
  std::vector<std::string> notes;
  Model model = load_model(arguments.at(1), {.compile = command != "predict", .notes = &notes});
  for (const auto& note : notes) std::printf("note: %s\n", note.c_str());
  if (command == "convert") {
    const std::filesystem::path out = arguments.at(2);
    const FileDialect dialect = dialect_of(arguments, 3);
    if (out.string().ends_with(".weights.h5")) {
      save_weights(model, out, {.dialect = dialect});
    } else if (out.string().ends_with(".weights.json")) {
      save_weights(model, out, {.max_shard_size = 4096.0 / 1073741824, .dialect = dialect});
    } else if (out.extension() == ".json") {
      const std::string text = to_json(model, -1, {.dialect = dialect});
      std::ofstream(out) << text;
    } else {
      save_model(model, out, {.dialect = dialect});
    }
    return 0;
  }
  if (command == "train" || command == "train_weights") {
    const bool weights = command == "train_weights";
    if (weights) load_weights(model, arguments.at(2), {.notes = &notes});
    const std::size_t next = weights ? 3 : 2;
    const NamedTensors arrays = read_npz(arguments.at(next));
    for (int step = 0; step < 2; ++step) model.train_on_batch(collect(arrays, "x_"), collect(arrays, "t_"));
    const std::string& out = arguments.at(next + 1);
    const FileDialect dialect = dialect_of(arguments, next + 2);
    if (weights)
      save_weights(model, out, {.dialect = dialect});
    else
      save_model(model, out, {.dialect = dialect});
    return find(arrays, "z_0") == nullptr ? 0 : compare(model, arrays, "z_");
  }
  if (arguments.size() == 4) model.load_weights(arguments[2]);
  return compare(model, read_npz(arguments.back()), "y_");
}

}  // namespace

int main(int count, char** values) {
  try {
    return run({values + 1, values + count});
  } catch (const NotSupported& error) {
    std::printf("%s\n", error.what());
    return 3;
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}
