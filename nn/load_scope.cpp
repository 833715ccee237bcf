#include "nn/load_scope.hpp"

#include <algorithm>
#include <array>
#include <string_view>

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

}  // namespace rhyton
