#include "nn/graph/passes/passes.hpp"

namespace rhyton::detail {

void run_passes(Program& program, const RunOptions& options) {
  expose_logits(program, options);
  if (!options.fuse) return;
  fuse_convolutions(program, options);
  fuse_norms(program, options);
  fuse_products(program, options);
  trim_dead_cells(program, options);
  fuse_pools(program, options);
}

}  // namespace rhyton::detail
