#include "nn/weight.hpp"

#include <atomic>

namespace rhyton {

namespace {
std::atomic<std::uint64_t> epoch{1};
}

void Weight::touch() { version = epoch.fetch_add(1, std::memory_order_acq_rel) + 1; }

std::uint64_t weights_epoch() { return epoch.load(std::memory_order_acquire); }

}  // namespace rhyton
