// Handwritten digits: a small convolutional network, defined and trained as in Keras. digits.json is the same
// model.
//   digits data/digits.npz OUT_FOLDER
#include <cstdio>
#include <filesystem>
#include <rhyton.hpp>

using namespace rhyton;

namespace {

/// Each 8x8 image on a 12x12 canvas, `copies` times; every copy but the first is moved by up to a pixel.
Tensor on_canvas(const Tensor& images, Dim copies, Rng rng) {
  const Dim count = images.shape()[0];
  Tensor out({copies * count, 12, 12, 1}, DType::uint8);
  for (Dim i = 0; i < copies * count; ++i) {
    const Dim down = i < count ? 2 : 1 + static_cast<Dim>(rng.below(3));
    const Dim right = i < count ? 2 : 1 + static_cast<Dim>(rng.below(3));
    for (Dim row = 0; row < 8; ++row)
      for (Dim column = 0; column < 8; ++column)
        out.at<std::uint8_t>({i, row + down, column + right, 0}) =
            images.at<std::uint8_t>({i % count, row, column, 0});
  }
  return out;
}

Tensor repeated(const Tensor& labels, Dim copies) {
  const Dim count = labels.size();
  Tensor out({copies * count}, DType::int32);
  for (Dim i = 0; i < out.size(); ++i) out.data<std::int32_t>()[i] = labels.data<std::int32_t>()[i % count];
  return out;
}

void train(const std::filesystem::path& data, const std::filesystem::path& out) {
  const NamedTensors digits = read_npz(data);
  const Tensor x = on_canvas(*find(digits, "x"), 3, Rng(1)), y = repeated(*find(digits, "y"), 3);
  const Tensor x_val = on_canvas(*find(digits, "x_val"), 1, Rng(1)), y_val = *find(digits, "y_val");
  std::filesystem::create_directories(out);
  write_npz(out / "shifted.npz", {{"x", x}, {"y", y}, {"x_val", x_val}, {"y_val", y_val}});

  set_random_seed(7);
  Sequential model({Input({.shape = {12, 12, 1}, .name = "image"}), Rescaling({.scale = 1.0 / 16}),
                    Cropping2D({.cropping = 1}),  // what a shift by one pixel never reaches
                    Conv2D({.filters = 16, .kernel_size = 3, .padding = "same", .activation = "relu"}),
                    Conv2D({.filters = 32, .kernel_size = 3, .activation = "relu"}), MaxPooling2D(),
                    Dropout({.rate = 0.25}), Flatten(), Dense({.units = 64, .activation = "relu"}),
                    Dense({.units = 10, .activation = "softmax"})},
                   {.name = "digits"});
  model.summary();
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const auto history = model.fit(x, y, {.batch_size = 32, .epochs = 15, .validation_data = {x_val, y_val}});
  const auto results = model.evaluate(x_val, y_val);
  for (const auto& [name, value] : results) std::printf("test %s: %.4f\n", name.c_str(), value);

  save_model(model, out / "digits.keras");
  write_training_report(out / "report.html", model, history,
                        {.title = "Handwritten digits", .results = results});
  write_npy(out / "x_val.npy", x_val);
  write_npy(out / "y_val.npy", model.predict(x_val));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: digits DATA.npz OUT_FOLDER\n");
    return 2;
  }
  try {
    train(argv[1], argv[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return 1;
  }
}
