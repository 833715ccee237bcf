// Vocabularies beside the weights, and models whose first layer sizes its output by the texts.
#include <doctest/doctest.h>

#include "layers/layers.hpp"
#include "nn/error.hpp"
#include "nn/models/model.hpp"
#include "serialization/saving.hpp"
#include "serialization/zip_archive.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::TemporaryFolder;

namespace {

Tensor texts(const std::vector<std::string>& values) {
  return Tensor({static_cast<Dim>(values.size()), 1}, values);
}

Sequential text_model(const LayerRef& first, const std::vector<LayerRef>& others = {}) {
  Sequential model({Input({.shape = {1}, .dtype = DType::string}), first});
  for (const auto& layer : others) model.add(layer);
  return model;
}

LayerRef adapted(TextVectorization layer) {
  layer.adapt(texts({"The dog and the cat.", "a bird", "The bird!"}));
  return layer;
}

void check_saved(const Model& model, const Tensor& x) {
  const TemporaryFolder folder;
  model.save((folder / "m.keras").string());
  const Tensor want = model.predict(x), got = load_model(folder / "m.keras").predict(x);
  CHECK(got.shape() == want.shape());
  CHECK(got.cast(DType::float64).values<double>() == want.cast(DType::float64).values<double>());
}

}  // namespace

TEST_CASE("assets: adapted vocabularies come back from a .keras file") {
  const Tensor x = texts({"the bird", "an owl and a dog", ""});
  check_saved(text_model(adapted(TextVectorization({.output_sequence_length = 3}))), x);
  check_saved(text_model(adapted(TextVectorization({.output_mode = "tf_idf"})), {Dense({.units = 2})}), x);
  check_saved(text_model(adapted(TextVectorization({.output_mode = "multi_hot"})), {Dense({.units = 2})}), x);
  StringLookup words;
  words.adapt(texts({"dog", "cat", "dog", "the bird"}));
  check_saved(text_model(std::move(words)), x);
  IntegerLookup numbers({.output_mode = "count"});
  numbers.adapt(Tensor({5}, std::vector<std::int64_t>{3, 5, 5, 7, 5}));
  check_saved(Sequential({Input({.shape = {2}, .dtype = DType::int64}), std::move(numbers)}),
              Tensor({2, 2}, std::vector<std::int64_t>{3, 5, 9, 5}));
}

TEST_CASE("assets: a text layer in front sizes its output by the texts of each batch") {
  set_random_seed(3);  // some weights hide the difference that is looked for below
  const LayerRef vectorization = adapted(TextVectorization());
  const Model model = text_model(vectorization, {Embedding({.input_dim = 8, .output_dim = 3}),
                                                 GlobalAveragePooling1D(), Dense({.units = 2})});
  const Tensor x = texts({"the bird", "the dog and the cat", "a"});
  check_saved(model, x);
  // Alone, a text is not padded to the others' length: without a mask the average shows it.
  const Tensor together = model.predict(x), alone = model.predict(x, {.batch_size = 1});
  CHECK(together.shape() == Shape{3, 2});
  CHECK(together.at({1, 0}) == doctest::Approx(alone.at({1, 0})).epsilon(1e-5));
  CHECK(together.at({0, 0}) != doctest::Approx(alone.at({0, 0})).epsilon(1e-4));
  // It trains, too.
  Model trained = model;
  trained.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor y = Tensor::full({3, 2}, 1.0);
  const double before = trained.train_on_batch(x, y)[0].second;
  for (int i = 0; i < 20; ++i) trained.train_on_batch(x, y);
  CHECK(trained.test_on_batch(x, y)[0].second < before);
}

TEST_CASE("assets: a vocabulary of another size, or of other things, is refused") {
  const TemporaryFolder folder;
  IntegerLookup numbers;
  numbers.adapt(Tensor({3}, std::vector<std::int64_t>{3, 5, 5}));
  const Sequential model({Input({.shape = {2}, .dtype = DType::int64}), std::move(numbers)});
  model.save((folder / "m.keras").string());
  const ZipReader archive(folder / "m.keras");
  for (const char* vocabulary : {"-1\n5\n3\n9", "-1\n5\nthree"}) {
    INFO(std::string(vocabulary));
    ZipWriter other(folder / "other.keras");
    for (const ZipMember& member : archive.members())
      other.add(member.name,
                member.name.ends_with("vocabulary.txt") ? vocabulary : archive.read(member.name, 1 << 20));
    other.close();
    CHECK_THROWS_AS(load_model(folder / "other.keras"), FormatError);
  }
}
