// Choices between tensors by a condition.
#include <nlohmann/json.hpp>

#include "layers/operations/constant.hpp"
#include "layers/operations/operation_layer.hpp"
#include "layers/operations/promotion.hpp"
#include "layers/operations/strides.hpp"

namespace rhyton {

namespace {

using detail::promoted;
using detail::Reader;

/// y = a where the condition holds, b elsewhere; each may be a constant.
class WhereOperation final : public OperationLayer {
 public:
  explicit WhereOperation(OperationCall&& call) : OperationLayer(std::move(call)) {
    const OperationArguments arguments(call_, "condition, x1, x2");
    const char* names[] = {"condition", "x1", "x2"};
    for (std::size_t i = 0; i < 3; ++i) {
      tensor_[i] = arguments.tensor(names[i]);
      if (tensor_[i] >= 0) continue;
      const Json* json = arguments.find(names[i]);
      if (!json)
        throw NotSupported(label() + ": where with the condition alone, whose result's size depends on data");
      constant_[i] = detail::constant_tensor(*json);
    }
  }
  std::vector<TensorSpec> compute_output_spec(const CallSpec& spec) const override {
    std::array<TensorSpec, 3> all;
    for (std::size_t i = 0; i < 3; ++i)
      all[i] = tensor_[i] < 0 ? TensorSpec{constant_[i].shape(), constant_[i].dtype()}
                              : spec.inputs[static_cast<std::size_t>(tensor_[i])];
    const Shape shape = broadcast(broadcast(all[0].shape, all[1].shape, label()), all[2].shape, label());
    return {{shape, promoted(all[1], all[2], tensor_[1] < 0, tensor_[2] < 0)}};
  }
  void call(Call& c) const override {
    const auto [readers, strides] = operands(c, c.output().shape());
    dispatch_number(c.output().dtype(), [&, &readers = readers, &strides = strides]<class T>(T) {
      T* out = c.output().data<T>();
      detail::for_each_broadcast(c.output().shape(), strides, [&](Dim i, const auto& at) {
        out[i] = detail::number_cast<T>(readers[0][at[0]] != 0.0 ? readers[1][at[1]] : readers[2][at[2]]);
      });
    });
  }
  void backward(Backward& b) const override {
    const auto [readers, strides] = operands(b, b.dy().shape());
    for (std::size_t side = 1; side < 3; ++side) {
      const View dx = tensor_[side] >= 0 ? b.dx(tensor_[side]) : View();
      if (!dx) continue;
      if (side == 1 || tensor_[1] != tensor_[2]) fill(dx, 0.0);
      dispatch_real(dx.dtype(), [&, &readers = readers, &strides = strides]<class T>(T) {
        const T* dy = b.dy().data<T>();
        T* to = dx.data<T>();
        detail::for_each_broadcast(b.dy().shape(), strides, [&](Dim i, const auto& at) {
          if ((readers[0][at[0]] != 0.0) == (side == 1)) to[at[side]] += dy[i];
        });
      });
    }
    if (tensor_[0] >= 0 && b.dx(tensor_[0])) fill(b.dx(tensor_[0]), 0.0);
  }

 private:
  std::pair<std::array<Reader, 3>, std::array<std::array<Dim, Shape::max_rank>, 3>> operands(
      const StepContext& c, const Shape& whole) const {
    auto view = [&](std::size_t i) { return tensor_[i] < 0 ? constant_[i].view() : c.input(tensor_[i]); };
    return {
        {Reader(view(0)), Reader(view(1)), Reader(view(2))},
        {detail::broadcast_strides(view(0).shape(), whole), detail::broadcast_strides(view(1).shape(), whole),
         detail::broadcast_strides(view(2).shape(), whole)}};
  }
  std::array<int, 3> tensor_{};
  std::array<Tensor, 3> constant_;
};

}  // namespace

void detail::add_where(OperationTable& table) {
  table.emplace_back("Where", [](OperationCall&& call) -> std::shared_ptr<Layer> {
    return make_object<Layer, WhereOperation>(std::move(call));
  });
}

}  // namespace rhyton
