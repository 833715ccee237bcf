#pragma once
/// @file passes.hpp  The passes over a program, in the order in which they run.
#include "nn/graph/program.hpp"

namespace rhyton::detail {

void expose_logits(Program& program, const RunOptions& options);
void fuse_convolutions(Program& program, const RunOptions& options);
void trim_dead_cells(Program& program, const RunOptions& options);
void fuse_norms(Program& program, const RunOptions& options);
void fuse_products(Program& program, const RunOptions& options);
void fuse_pools(Program& program, const RunOptions& options);

}  // namespace rhyton::detail
