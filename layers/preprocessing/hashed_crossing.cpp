#include "layers/preprocessing/hashed_crossing.hpp"

#include "nn/ops/hashing.hpp"

namespace rhyton {

namespace {

HashedCrossingConfig with_dtype(HashedCrossingConfig config) {
  if (config.dtype.empty()) config.dtype = config.output_mode == "int" ? "int64" : "float32";
  return config;
}

}  // namespace

HashedCrossing::HashedCrossing(Config config)
    : LayerOf(with_dtype(std::move(config))),
      mode_(ops::category_mode(*this, config_.output_mode, {"int", "one_hot"})) {
  if (config_.num_bins <= 0)
    fail("`num_bins` must be a positive integer. Received: num_bins={}.", config_.num_bins);
  if (config_.sparse) throw NotSupported(label() + ": sparse outputs (`sparse`) are not supported.");
}

std::vector<TensorSpec> HashedCrossing::compute_output_spec(const CallSpec& spec) const {
  if (spec.inputs.size() < 2) fail("is called on at least two inputs. Received {}.", spec.inputs.size());
  const Shape& first = spec.shape();
  for (const TensorSpec& input : spec.inputs) {
    if (input.shape.rank() > 2 || (input.shape.rank() == 2 && input.shape[1] != 1))
      fail("inputs must have shape (batch) or (batch, 1). Received shape {}.", to_string(input.shape));
    if (!input.shape.compatible(first))
      fail("all inputs must have one shape. Received shapes {}.", to_string(spec.shapes()));
    if (is_floating(input.dtype)) fail("inputs must be integers or strings. Received float32.");
  }
  return {{ops::encoded_shape(first, mode_, config_.num_bins), ops::encoded_dtype(*this)}};
}

void HashedCrossing::prepare(Prepare& p) const {
  p.backward_reads(false, false);
  p.scratch(static_cast<std::size_t>(p.input().shape.size()) * sizeof(std::int64_t));
}

void HashedCrossing::call(Call& c) const {
  constexpr std::uint64_t start = 0xDECAFCAFFEu;  // TensorFlow's
  const View bins(c.scratch(), c.input().shape(), DType::int64);
  for (Dim i = 0; i < bins.size(); ++i) {
    std::uint64_t hash = start;
    for (int k = 0; k < c.inputs(); ++k) {
      const ConstView x = c.input(k);
      std::uint64_t feature = 0;
      if (x.dtype() == DType::string)
        feature = ops::fingerprint(x.data<std::string>()[i]);
      else
        dispatch_number(x.dtype(), [&]<class T>(T) {
          feature = static_cast<std::uint64_t>(static_cast<std::int64_t>(x.data<T>()[i]));
        });
      hash = ops::join_fingerprints(hash, feature);
    }
    bins.data<std::int64_t>()[i] =
        static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(config_.num_bins));
  }
  ops::encode_categories(bins, mode_, config_.num_bins, {}, c.output());
}

void HashedCrossing::write_config(ConfigWriter& writer) const {
  const_cast<Config&>(config_).fields(writer);
  writer("name", name())("dtype", dtype());
}

}  // namespace rhyton
