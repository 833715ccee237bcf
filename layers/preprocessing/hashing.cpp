#include "layers/preprocessing/hashing.hpp"

#include "nn/ops/hashing.hpp"

namespace rhyton {

namespace {

HashingConfig with_dtype(HashingConfig config) {
  if (config.dtype.empty()) config.dtype = config.output_mode == "int" ? "int64" : "float32";
  return config;
}

}  // namespace

Hashing::Hashing(Config config)
    : LayerOf(with_dtype(std::move(config))),
      mode_(ops::category_mode(*this, config_.output_mode, {"int", "one_hot", "multi_hot", "count"})) {
  if (config_.num_bins <= 0)
    fail("`num_bins` must be a positive integer. Received: num_bins={}.", config_.num_bins);
  if (mode_ == ops::CategoryMode::indices && dtype() != "int32" && dtype() != "int64")
    fail("with output_mode=\"int\", `dtype` must be int32 or int64. Received: dtype={}.", dtype());
  if (config_.sparse) throw NotSupported(label() + ": sparse outputs (`sparse`) are not supported.");
}

std::vector<TensorSpec> Hashing::compute_output_spec(const CallSpec& spec) const {
  expect_inputs(spec.shapes(), 1);
  return {{ops::encoded_shape(spec.shape(), mode_, config_.num_bins), ops::encoded_dtype(*this)}};
}

void Hashing::prepare(Prepare& p) const {
  p.backward_reads(false, false);
  p.scratch(static_cast<std::size_t>(p.input().shape.size()) * sizeof(std::int64_t));
}

void Hashing::call(Call& c) const {
  const ConstView x = c.input();
  const View bins(c.scratch(), x.shape(), DType::int64);
  const std::optional<Token>& mask = config_.mask_value;
  const bool reserves = mask && config_.num_bins > 1;
  const auto count = static_cast<std::uint64_t>(config_.num_bins - (reserves ? 1 : 0));
  const auto bin = [&](std::string_view text) {
    const std::uint64_t hash =
        config_.salt ? ops::sip_hash(text, config_.salt->key()) : ops::fingerprint(text);
    return static_cast<std::int64_t>(hash % count) + (reserves ? 1 : 0);
  };
  std::int64_t* out = bins.data<std::int64_t>();
  if (x.dtype() == DType::string) {
    for (Dim i = 0; i < x.size(); ++i) {
      const std::string& text = x.data<std::string>()[i];
      out[i] = reserves && mask->text() && *mask->text() == text ? 0 : bin(text);
    }
  } else {
    dispatch_number(x.dtype(), [&]<class T>(T) {
      for (Dim i = 0; i < x.size(); ++i) {
        const auto value = static_cast<std::int64_t>(x.data<T>()[i]);
        out[i] = reserves && mask->integer() && *mask->integer() == value ? 0 : bin(std::to_string(value));
      }
    });
  }
  ops::encode_categories(bins, mode_, config_.num_bins, {}, c.output());
}

}  // namespace rhyton
