#pragma once
/// @file arrays.hpp  Which array of the command line and of an `.npz` file belongs to which input or output.
#include <string>
#include <vector>

#include "nn/models/model.hpp"
#include "serialization/npy.hpp"

namespace rhyton::cli {

/// `A.npy ...` in the order of `names`, or `NAME=A.npy ...`, given by `option` once for each. Throws
/// UsageError if they do not fit; `role` is "input" or "output".
std::vector<Tensor> read_each(const std::vector<std::string>& arguments, const std::string& role,
                              const std::vector<std::string>& names, const std::string& option);
/// The same for a model's inputs.
std::vector<Tensor> read_inputs(const std::vector<std::string>& arguments, const Model& model);

/// The arrays of one role: `prefix` where there is one name, else `prefix_NAME` or `prefix_0`, `prefix_1`,
/// ... Empty if none is there; throws Error if some are missing or several could be meant. They are moved
/// out.
std::vector<Tensor> take_arrays(NamedTensors& arrays, const std::string& prefix,
                                const std::vector<std::string>& names);
/// The same, but throws Error if there are none.
std::vector<Tensor> take_required(NamedTensors& arrays, const std::string& prefix,
                                  const std::vector<std::string>& names, const std::string& file);
/// Sample weights: `prefix` alone for all outputs, or one array for each.
std::vector<Tensor> take_weights(NamedTensors& arrays, const std::string& prefix,
                                 const std::vector<std::string>& outputs);

/// Input names of a model, also of a Sequential that waits for data.
std::vector<std::string> input_names(const Model& model);
std::vector<std::string> output_names(const Model& model);

}  // namespace rhyton::cli
