#include "nn/load_scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "nn/raise.hpp"
#include "nn/tensor/memory_limit.hpp"

namespace rhyton {

namespace {
thread_local LoadScope* innermost = nullptr;
thread_local Forgiveness* innermost_forgiveness = nullptr;

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

LoadScope::LoadScope(Dialect dialect, const std::string& keras_version)
    : outer_(innermost), dialect_(dialect) {
  int minor = 0;
  if (dialect == Dialect::keras2 && std::sscanf(keras_version.c_str(), "2.%d", &minor) == 1)
    alphabet_ = minor < 18;
  innermost = this;
}
LoadScope::~LoadScope() { innermost = outer_; }
LoadScope* LoadScope::current() { return innermost; }
bool LoadScope::follows_alphabet() { return !innermost || innermost->alphabet_; }
Dialect LoadScope::dialect() { return innermost ? innermost->dialect_ : Dialect::keras3; }

bool LoadScope::drops(const std::string& owner, const std::string& key) {
  if (std::find(dropped_keys.begin(), dropped_keys.end(), key) == dropped_keys.end()) return false;
  notes_.push_back(fmt::format("{}: the argument '{}' has no effect here and was dropped", owner, key));
  return true;
}

void LoadScope::limit_weights(std::uint64_t bytes, bool all) {
  provides_all_ = all;
  allowed_bytes_ = limit_ = bytes;
}

bool LoadScope::provides(std::uint64_t weight_bytes, const std::string& what) {
  if (weight_bytes > allowed_bytes_)
    raise<FormatError>(
        "{} takes {}; with the weights before it, that is more than the {} that such a file may ask for.",
        what, memory_text(weight_bytes), memory_text(limit_));
  allowed_bytes_ -= weight_bytes;
  return provides_all_;
}

void LoadScope::count_call() {
  if (allowed_calls_ == 0)
    throw FormatError("the model calls layers too often, those inside nested models counted at each call.");
  --allowed_calls_;
}

Forgiveness::Forgiveness() : outer_(innermost_forgiveness) { innermost_forgiveness = this; }
Forgiveness::~Forgiveness() { innermost_forgiveness = outer_; }
Forgiveness* Forgiveness::current() { return innermost_forgiveness; }

}  // namespace rhyton
