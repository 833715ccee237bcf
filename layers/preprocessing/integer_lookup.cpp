#include "layers/preprocessing/integer_lookup.hpp"

namespace rhyton {

IntegerLookup::IntegerLookup(Config config) : LookupLayer(std::move(config)) {
  if (config_.vocabulary_dtype != "int64")
    fail("`vocabulary_dtype` must be \"int64\". Received: vocabulary_dtype={}.", config_.vocabulary_dtype);
}

}  // namespace rhyton
