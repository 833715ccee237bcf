#include "layers/preprocessing/integer_lookup.hpp"

#include <fmt/format.h>

namespace rhyton {

IntegerLookup::IntegerLookup(Config config) : LookupLayer(std::move(config)) {
  if (config_.vocabulary_dtype != "int64")
    fail(fmt::format("`vocabulary_dtype` must be \"int64\". Received: vocabulary_dtype={}.",
                     config_.vocabulary_dtype));
}

}  // namespace rhyton
