// Masks that a call gives: of other types, and of shapes that do not fit.
#include <doctest/doctest.h>

#include <rhyton.hpp>

using namespace rhyton;

namespace {

Tensor counting(const Shape& shape) {
  Tensor out(shape);
  for (Dim i = 0; i < out.size(); ++i) out.data()[i] = static_cast<float>(i + 1);
  return out;
}

}  // namespace

TEST_CASE("masks: numbers count as true where they are not 0") {
  const Input x({5, 3}), mask({5});
  const Model model({x, mask}, {GlobalAveragePooling1D()(x, {.mask = mask})});
  const Tensor steps({1, 5}, std::vector<double>{0.0, 0.5, 0.0, 2.0, 0.0});
  const Tensor y = model.predict({counting({1, 5, 3}), steps});
  for (Dim k = 0; k < 3; ++k) CHECK(y.data()[k] == doctest::Approx(7.0 + static_cast<double>(k)));
}

TEST_CASE("masks: those that do not fit are refused, whoever gets them") {
  const Tensor data = counting({2, 5, 3}), wrong = counting({2, 2});
  const auto refused = [&](const auto& layer) {
    const Input x({5, 3}), mask({unknown});
    std::string text;
    try {
      const SymbolicTensor y = layer(x, mask);
      Model({x, mask}, {y}).predict({data, wrong});
    } catch (const ValueError& error) {
      text = error.what();
    }
    CHECK_MESSAGE(text.find("mask") != std::string::npos, text);
  };
  refused([](const auto& x, const auto& m) { return LSTM({.units = 2})(x, {.mask = m}); });
  refused([](const auto& x, const auto& m) { return BatchNormalization()(x, {.mask = m}); });
  refused([](const auto& x, const auto& m) { return GlobalAveragePooling1D()(x, {.mask = m}); });
  refused([](const auto& x, const auto& m) { return Dense({.units = 2})(x, {.mask = m}); });
  refused([](const auto& x, const auto& m) { return Softmax()(x, {.mask = m}); });
  // Of a channels-first input the mask has the channels.
  const Input words({.shape = {3}, .dtype = DType::int32});
  const SymbolicTensor embedded = Embedding({.input_dim = 9, .output_dim = 50, .mask_zero = true})(words);
  CHECK_THROWS_AS(GlobalAveragePooling1D({.data_format = "channels_first"})(embedded), ValueError);
}

TEST_CASE("masks: one that an operation of the file computes reaches a layer whose input carries none") {
  const auto tensor = [](const std::string& layer, const std::string& shape, const std::string& dtype) {
    return R"({"class_name": "__keras_tensor__", "config": {"shape": )" + shape + R"(, "dtype": ")" + dtype +
           R"(", "keras_history": [")" + layer + R"(", 0, 0]}})";
  };
  const auto input = [](const std::string& name, const std::string& shape) {
    return R"({"module": "keras.layers", "class_name": "InputLayer", "name": ")" + name +
           R"(", "inbound_nodes": [], "config": {"batch_shape": )" + shape +
           R"(, "dtype": "float32", "name": ")" + name + R"("}})";
  };
  const std::string text =
      R"({"module": "keras.src.models.functional", "class_name": "Functional", "config": {"name": "m", "layers": [)" +
      input("x", "[null, 5, 3]") + ", " + input("steps", "[null, 5]") +
      R"(, {"module": "keras.src.ops.numpy", "class_name": "NotEqual", "name": "not_equal", "config": {"name":
      "not_equal"}, "inbound_nodes": [{"args": [)" +
      tensor("steps", "[null, 5]", "float32") +
      R"(, 0.0], "kwargs": {}}]}, {"module": "keras.layers", "class_name": "GlobalAveragePooling1D", "name": "mean",
      "config": {"name": "mean"}, "inbound_nodes": [{"args": [)" +
      tensor("x", "[null, 5, 3]", "float32") + R"(], "kwargs": {"mask": )" +
      tensor("not_equal", "[null, 5]", "bool") +
      R"(}}]}], "input_layers": [["x", 0, 0], ["steps", 0, 0]], "output_layers": [["mean", 0, 0]]}})";
  const Model model = model_from_json(text);
  const Tensor steps({1, 5}, std::vector<double>{0.0, 0.5, 0.0, 2.0, 0.0});
  const Tensor y = model.predict({counting({1, 5, 3}), steps});
  for (Dim k = 0; k < 3; ++k) CHECK(y.data()[k] == doctest::Approx(7.0 + static_cast<double>(k)));
  CHECK(model_from_json(model.to_json()).predict({counting({1, 5, 3}), steps}).data()[0] ==
        doctest::Approx(7.0));
}
