#pragma once
/// @file edit.hpp  How passes look at and change a program.
#include "nn/graph/passes/operations.hpp"

namespace rhyton::detail {

/// The one step that reads a value; -1 if there are none or several, or the value is needed otherwise (an
/// output, the logits of a loss, a mask).
int sole_reader(const Program& program, int value);

/// Step `s` takes over the output of `behind`, its only reader, which goes away.
void replace_output(Program& program, int s, int behind);

}  // namespace rhyton::detail
