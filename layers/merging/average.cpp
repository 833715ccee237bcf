#include "layers/merging/average.hpp"

namespace rhyton {

void Average::prepare(Prepare& p) const { ops::prepare_sum(p); }
void Average::call(Call& c) const { ops::call_sum(c, BinaryOp::add, 1.0 / c.inputs()); }
void Average::backward(Backward& b) const { ops::backward_sum(b, BinaryOp::add, 1.0 / b.inputs()); }

}  // namespace rhyton
