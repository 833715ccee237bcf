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
