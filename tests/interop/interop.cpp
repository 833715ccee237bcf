// The C++ side of tests/interop/run.py.
//   interop predict MODEL [WEIGHTS] ARRAYS.npz   compares predictions for x_0, ... with y_0, ...
//   interop convert MODEL OUT                    writes the model in the format of OUT's name
// Exit code 3: the model needs something that this library does not have, which is printed.
#include <cstdio>
#include <string>
#include <vector>

#include "nn/error.hpp"
#include "serialization/keras_file.hpp"
#include "serialization/weights_tree.hpp"
#include "tests/support/predict.hpp"

using namespace rhyton;

namespace {

int run(const std::vector<std::string>& arguments) {
  LoadReport report;
  const std::string& command = arguments.at(0);
  KerasFile file = read_keras_file(arguments.at(1), {}, report);
  for (const auto& note : report.notes) std::printf("note: %s\n", note.c_str());
  report.check(arguments[1]);
  if (command == "convert") {
    const std::string& out = arguments.at(2);
    out.ends_with(".keras") ? write_keras_archive(out, *file.graph, nullptr)
                            : write_keras_hdf5(out, *file.graph, nullptr);
    return 0;
  }
  if (arguments.size() == 4) {
    read_weights(*open_weights(arguments[2]), *file.graph, true, false, report);
    report.check(arguments[2]);
  }
  const NamedTensors arrays = read_npz(arguments.back());
  const double worst = test::worst_error(test::predict(*file.graph, arrays), arrays);
  std::printf("worst error %.3g of the tolerance\n", worst);
  return worst <= 1 ? 0 : 1;
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
