#include "layers/preprocessing/string_lookup.hpp"

namespace rhyton {

StringLookup::StringLookup(Config config) : LookupLayer(std::move(config)) {}

}  // namespace rhyton
