#include "nn/load_scope.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "nn/error.hpp"

namespace rhyton {

namespace {
thread_local LoadScope* innermost = nullptr;

// Arguments that old files carry and that no longer mean anything (Keras 3 itself rejects most of them).
constexpr std::array dropped_keys = {
    std::string_view("time_major"),
    std::string_view("implementation"),
    std::string_view("input_length"),
    std::string_view("rng_type"),
    std::string_view("batch_input_shape"),
    std::string_view("input_dtype"),
    std::string_view("fused"),
    std::string_view("virtual_batch_size"),
    std::string_view("adjustment"),
    std::string_view("jit_compile"),
    std::string_view("is_legacy_optimizer"),
    std::string_view("sparse"),
    std::string_view("ragged"),
    std::string_view("input_spec"),
};
}  // namespace

LoadScope::LoadScope(Dialect dialect) : outer_(innermost), dialect_(dialect) { innermost = this; }
LoadScope::~LoadScope() { innermost = outer_; }
LoadScope* LoadScope::current() { return innermost; }
Dialect LoadScope::dialect() { return innermost ? innermost->dialect_ : Dialect::keras3; }

bool LoadScope::drops(const std::string& owner, const std::string& key) {
  if (std::find(dropped_keys.begin(), dropped_keys.end(), key) == dropped_keys.end()) return false;
  notes_.push_back(owner + ": the argument '" + key + "' has no effect here and was dropped");
  return true;
}

void LoadScope::expect_values(std::uint64_t file_bytes, bool all) {
  // Weights may be packed or of half precision in the file.
  constexpr std::uint64_t growth = 200, slack = std::uint64_t{64} << 20;
  limited_ = true;
  provides_all_ = all;
  allowed_bytes_ = file_bytes > UINT64_MAX / (2 * growth) ? UINT64_MAX : file_bytes * growth + slack;
}

bool LoadScope::provides(std::uint64_t weight_bytes) {
  if (!limited_) return false;
  if (weight_bytes > allowed_bytes_)
    throw FormatError("the model's layers ask for more weights than the file can hold.");
  allowed_bytes_ -= weight_bytes;
  return provides_all_;
}

}  // namespace rhyton
