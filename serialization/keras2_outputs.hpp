#pragma once
/// @file keras2_outputs.hpp  What Keras 2 says otherwise than Keras 3 of models with several outputs: their
/// names, and whose metrics are whose.
#include <string>
#include <vector>

#include "nn/models/graph_layer.hpp"
#include "nn/models/model.hpp"

namespace rhyton {

/// The names of a model's outputs in Keras 2. Outputs that come of one layer are counted there ("dense",
/// "dense_1"), where here and in Keras 3 they have one name.
std::vector<std::string> keras2_output_names(const std::vector<std::string>& names);

/// Of arguments as a file of Keras 2 has them: what is said by counted names is put in its place, and a plain
/// list of metrics becomes that of every output (in Keras 3 each takes one of it). `names`: the outputs' as
/// they are here.
void outputs_from_keras2(CompileArguments& arguments, const std::vector<std::string>& names);
/// Keras 2 and 3 read the result alike: metrics in one list an output.
void outputs_to_keras2(CompileArguments& arguments, const std::vector<std::string>& names);

/// "training_config" of Keras 2's `.h5` files: there metrics carry the name of their output ("left_mae"),
/// which Keras 2 would otherwise put in front of them. Takes it off.
void take_off_output_names(Json& training, const std::vector<std::string>& names);
/// Puts it on, and says which accuracy each output has, since Keras 2 takes such names for resolved ones.
/// `arguments` as `outputs_to_keras2` leaves them.
void put_on_output_names(Json& training, const CompileArguments& arguments, const GraphLayer& graph);

}  // namespace rhyton
