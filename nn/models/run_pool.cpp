#include "nn/models/run_pool.hpp"

#include <algorithm>

#include "nn/drawn_sizes.hpp"

namespace rhyton {

namespace {
bool same(const RunOptions& a, const RunOptions& b) {
  return a.training == b.training && a.gradients == b.gradients && a.input_gradients == b.input_gradients &&
         a.fuse == b.fuse && a.wants_logits == b.wants_logits && a.kernel.dtype == b.kernel.dtype &&
         a.kernel.engine == b.kernel.engine && a.kernel.precision == b.kernel.precision;
}

/// Such a Run serves one step.
bool draws_sizes(const Plan& plan) {
  return std::any_of(plan.steps().begin(), plan.steps().end(), [](const PlanStep& step) {
    return dynamic_cast<const DrawnSizes*>(step.layer.get()) != nullptr;
  });
}
}  // namespace

RunPool::Lease RunPool::acquire(std::span<const Shape> input_shapes, const RunOptions& options) {
  const bool once = options.training && draws_sizes(*plan_);
  if (!once) {
    std::lock_guard lock(mutex_);
    const auto it = std::find_if(idle_.begin(), idle_.end(), [&](const auto& run) {
      return run &&
             std::equal(input_shapes.begin(), input_shapes.end(), run->input_shapes().begin(),
                        run->input_shapes().end()) &&
             same(run->options(), options);
    });
    if (it != idle_.end()) {
      // The node is kept at the end for the way back, so that a warm call allocates nothing.
      Lease lease(it->release(), Return{this});
      idle_.splice(idle_.end(), idle_, it);
      return lease;
    }
  }
  return Lease(new Run(plan_, Shapes(input_shapes.begin(), input_shapes.end()), options, gradients_),
               Return{once ? nullptr : this});
}

void RunPool::Return::operator()(Run* run) const {
  std::unique_ptr<Run> owned(run);
  if (!pool) return;
  std::lock_guard lock(pool->mutex_);
  auto& idle = pool->idle_;
  auto slot = std::find(idle.begin(), idle.end(), nullptr);
  if (slot == idle.end()) {
    idle.push_front(std::move(owned));
  } else {
    *slot = std::move(owned);
    idle.splice(idle.begin(), idle, slot);
  }
  while (idle.size() > most_idle) idle.pop_back();
}

void RunPool::set_gradients(GradientMap gradients) {
  clear();
  gradients_ = std::move(gradients);
}

void RunPool::clear() {
  std::lock_guard lock(mutex_);
  idle_.clear();
}

}  // namespace rhyton
