#include "tests/support/allocations.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <new>
#include <string_view>

namespace {

thread_local bool counts_here = false;
thread_local std::size_t allocations = 0;

void* allocate_or_null(std::size_t bytes, std::size_t alignment, const void* caller) noexcept {
  if (counts_here) {
    counts_here = false;  // what dladdr allocates itself
    Dl_info info{};
    const bool foreign = dladdr(caller, &info) != 0 && info.dli_fname != nullptr &&
                         std::string_view(info.dli_fname).find("dnnl") != std::string_view::npos;
    if (!foreign) ++allocations;
    counts_here = true;
  }
  return alignment > alignof(std::max_align_t)
             ? std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment)
             : std::malloc(bytes > 0 ? bytes : 1);
}

void* allocate(std::size_t bytes, std::size_t alignment, const void* caller) {
  void* block = allocate_or_null(bytes, alignment, caller);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, 0, __builtin_return_address(0)); }
void* operator new[](std::size_t bytes) { return allocate(bytes, 0, __builtin_return_address(0)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate_or_null(bytes, 0, __builtin_return_address(0));
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate_or_null(bytes, 0, __builtin_return_address(0));
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete[](void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }

namespace rhyton::test {

CountAllocations::CountAllocations() {
  allocations = 0;
  counts_here = true;
}
CountAllocations::~CountAllocations() { counts_here = false; }
std::size_t CountAllocations::so_far() const { return allocations; }

}  // namespace rhyton::test
