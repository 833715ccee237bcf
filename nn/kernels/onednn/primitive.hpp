#pragma once
/// @file primitive.hpp  A oneDNN primitive with its arguments bound once, run on pointers.
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "nn/kernels/onednn/compat.hpp"
#include "nn/kernels/scratch.hpp"

namespace rhyton::onednn {

/// While it lives, oneDNN uses the number of threads that `set_threads` asked for.
class ThreadScope {
 public:
  ThreadScope();
  ~ThreadScope();
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

struct Argument {
  int id;  ///< DNNL_ARG_...
  dnnl::memory::desc desc;
};

class Primitive {
 public:
  Primitive() = default;
  /// `run` takes pointers in the order of `arguments`. Scratchpads are the user's: `attributes()` below.
  template <class Desc>
  Primitive(const Desc& desc, std::initializer_list<Argument> arguments)
      : Primitive(dnnl::primitive(desc.get()), desc.scratchpad_desc(), arguments) {}

  explicit operator bool() const { return static_cast<bool>(primitive_); }
  void run(std::initializer_list<const void*> pointers);

 private:
  Primitive(dnnl::primitive primitive, const dnnl::memory::desc& scratchpad,
            std::initializer_list<Argument> arguments);

  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memory_;
  std::vector<dnnl_exec_arg_t> arguments_;
  std::size_t scratchpad_bytes_ = 0;
};

/// Attributes with scratchpads that `Primitive` provides, shared by all primitives of a thread.
dnnl::primitive_attr attributes(const dnnl::post_ops& ops = {});

/// Moves `desc` on to its first implementation that is not oneDNN's slow reference; false if there is none.
template <class Desc>
bool skip_reference(Desc& desc) {
  while (std::string_view(desc.impl_info_str()).starts_with("ref"))
    if (!desc.next_impl()) return false;
  return true;
}

/// Weights in the layout that a primitive asked for.
class PackedWeights {
 public:
  PackedWeights() = default;
  PackedWeights(const dnnl::memory::desc& plain, const dnnl::memory::desc& packed);

  /// The weights at `plain`, packed; `fresh` says that they may have changed since the last call, and that
  /// nobody reads them after this one.
  const void* pack(const void* plain, bool fresh);
  void forget() { source_ = nullptr; }
  /// True if the layouts differ.
  bool is_copy() const { return static_cast<bool>(reorder_); }

 private:
  Primitive reorder_;
  Scratch scratch_;
  std::size_t bytes_ = 0;
  const void* source_ = nullptr;
};

}  // namespace rhyton::onednn
