#pragma once
/// @file compat.hpp  One spelling for the interfaces of oneDNN 2 (operation descriptors) and 3 (none).
#include <oneapi/dnnl/dnnl.hpp>

#include "nn/kernels/activation.hpp"

namespace rhyton::onednn {

const dnnl::engine& cpu();

/// A forward primitive descriptor of `P`, from what both versions take in the same order.
template <class P, class... Args>
typename P::primitive_desc describe(const dnnl::primitive_attr& attributes, const Args&... args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename P::primitive_desc(cpu(), args..., attributes);
#else
  return typename P::primitive_desc(typename P::desc(args...), attributes, cpu());
#endif
}

/// A backward primitive descriptor of `P`; `hint` is the forward one.
template <class P, class Hint, class... Args>
typename P::primitive_desc describe_backward(const dnnl::primitive_attr& attributes, const Hint& hint,
                                             const Args&... args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename P::primitive_desc(cpu(), args..., hint, attributes);
#else
  return typename P::primitive_desc(typename P::desc(args...), attributes, cpu(), hint);
#endif
}

inline void append_eltwise(dnnl::post_ops& ops, dnnl::algorithm algorithm, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  ops.append_eltwise(algorithm, alpha, beta);
#else
  ops.append_eltwise(1.0f, algorithm, alpha, beta);
#endif
}

/// Appends the function, if oneDNN has it with Keras's meaning and fast; linear appends nothing.
bool append_activation(dnnl::post_ops& ops, const ActivationSpec& spec);

}  // namespace rhyton::onednn
