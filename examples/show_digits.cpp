// Opens a saved model and shows what it makes of a few digits.
//   show_digits MODEL.keras IMAGES.npy
#include <algorithm>
#include <cstdio>
#include <rhyton.hpp>

using namespace rhyton;

namespace {

constexpr Dim shown = 6;

/// Digits side by side, two characters a pixel, without the margin of the canvas.
void draw(const Tensor& images, Dim count) {
  for (Dim row = 2; row < 10; ++row) {
    for (Dim i = 0; i < count; ++i) {
      for (Dim column = 2; column < 10; ++column) {
        const auto grey = static_cast<std::size_t>(images.at<std::uint8_t>({i, row, column, 0}));
        const char ink = " .:-=+*#%@"[std::min<std::size_t>(grey * 10 / 17, 9)];
        std::printf("%c%c", ink, ink);
      }
      std::printf("  ");
    }
    std::printf("\n");
  }
}

void show(const char* model_path, const char* images_path) {
  const Model model = load_model(model_path);
  const Tensor images = read_npy(images_path);
  const Dim count = std::min(shown, images.shape()[0]);
  const Tensor scores = model.predict(images.rows(0, count));
  draw(images, count);
  for (Dim i = 0; i < count; ++i) {
    const float* row = scores.data() + i * scores.shape()[1];
    const float* best = std::max_element(row, row + scores.shape()[1]);
    std::printf("%-18s", ("is a " + std::to_string(best - row) + " (" +
                          std::to_string(static_cast<int>(100 * *best)) + " %)")
                             .c_str());
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: show_digits MODEL.keras IMAGES.npy\n");
    return 2;
  }
  try {
    show(argv[1], argv[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "show_digits: %s\n", error.what());
    return 1;
  }
}
