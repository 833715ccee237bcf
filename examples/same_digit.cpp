// The functional API: one encoder looks at two images, and the model says whether they show the same digit.
//   same_digit data/digits.npz
#include <cmath>
#include <cstdio>
#include <rhyton.hpp>

using namespace rhyton;

namespace {

struct ImagePairs {
  Tensor left, right, same;
};

/// ImagePairs of images, half of them of one digit.
ImagePairs make_pairs(const Tensor& images, const Tensor& labels, Dim count, Rng rng) {
  ImagePairs out{Tensor({count, 8, 8, 1}), Tensor({count, 8, 8, 1}), Tensor({count, 1})};
  const auto samples = static_cast<std::uint64_t>(labels.size());
  auto put = [&](Tensor& target, Dim row, Dim image) {
    for (Dim k = 0; k < 64; ++k)
      target.data()[row * 64 + k] = static_cast<float>(images.data<std::uint8_t>()[image * 64 + k]) / 16.0f;
  };
  for (Dim i = 0; i < count; ++i) {
    const Dim first = static_cast<Dim>(rng.below(samples));
    Dim second = first;
    do {
      second = static_cast<Dim>(rng.below(samples));
    } while ((labels.data<std::int32_t>()[first] == labels.data<std::int32_t>()[second]) != (i % 2 == 0));
    put(out.left, i, first);
    put(out.right, i, second);
    out.same.data()[i] = i % 2 == 0 ? 1.0f : 0.0f;
  }
  return out;
}

Model make_model() {
  Sequential encoder({Input({8, 8, 1}), Conv2D({.filters = 16, .kernel_size = 3, .activation = "relu"}),
                      MaxPooling2D(), Flatten(), Dense({.units = 32, .activation = "relu"})},
                     {.name = "encoder"});
  Input left({.shape = {8, 8, 1}, .name = "left"}), right({.shape = {8, 8, 1}, .name = "right"});
  const auto a = encoder(left), b = encoder(right);  // one set of weights, used twice
  const auto both = Concatenate()({Subtract()({a, b}), Multiply()({a, b})});
  const auto hidden = Dense({.units = 32, .activation = "relu"})(both);
  return Model({left, right}, {Dense({.units = 1, .activation = "sigmoid", .name = "same"})(hidden)},
               {.name = "same_digit"});
}

void train(const char* path) {
  const NamedTensors data = read_npz(path);
  const ImagePairs pairs = make_pairs(*find(data, "x"), *find(data, "y"), 8000, Rng(1));
  const ImagePairs unseen = make_pairs(*find(data, "x_val"), *find(data, "y_val"), 2000, Rng(2));
  set_random_seed(3);
  Model model = make_model();
  model.summary();
  model.compile(
      {.optimizer = Adam({.learning_rate = 2e-3}), .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  model.fit({pairs.left, pairs.right}, pairs.same, {.epochs = 8, .verbose = 2});
  for (const auto& [name, value] :
       model.evaluate({{"left", unseen.left}, {"right", unseen.right}}, unseen.same))
    std::printf("unseen images, %s: %.4f\n", name.c_str(), value);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: same_digit DATA.npz\n");
    return 2;
  }
  try {
    train(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "same_digit: %s\n", error.what());
    return 1;
  }
}
