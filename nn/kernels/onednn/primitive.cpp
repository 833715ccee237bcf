#include "nn/kernels/onednn/primitive.hpp"

#include <cassert>
#include <limits>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "nn/kernels/kernel.hpp"

namespace rhyton::onednn {

namespace {

dnnl_stream_t stream() {
  static thread_local dnnl::stream s(cpu());
  return s.get();
}

void* scratchpad(std::size_t bytes) {
  return shared_scratch<Primitive>().get<unsigned char>(static_cast<Dim>(bytes));
}

}  // namespace

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

// Functions with an exponential are left to own code, which is faster.
bool append_activation(dnnl::post_ops& ops, const ActivationSpec& spec) {
  using dnnl::algorithm;
  using enum ActivationKind;
  const auto a = static_cast<float>(spec.a);
  const bool capped = spec.b < std::numeric_limits<double>::infinity();
  switch (spec.kind) {
    case linear:
      return true;
    case relu:
      if (spec.c != 0.0 || (capped && spec.a != 0.0)) return false;
      if (capped)
        append_eltwise(ops, algorithm::eltwise_clip, 0.0f, static_cast<float>(spec.b));
      else
        append_eltwise(ops, algorithm::eltwise_relu, a, 0.0f);
      return true;
    case leaky_relu:
      append_eltwise(ops, algorithm::eltwise_relu, a, 0.0f);
      return true;
    case relu6:
      append_eltwise(ops, algorithm::eltwise_clip, 0.0f, 6.0f);
      return true;
    case elu:
      append_eltwise(ops, algorithm::eltwise_elu, a, 0.0f);
      return true;
    default:
      return false;
  }
}

ThreadScope::ThreadScope() {
#ifdef _OPENMP
  before_ = omp_get_max_threads();
  if (before_ != get_threads()) omp_set_num_threads(get_threads());
#else
  before_ = 1;
#endif
}

ThreadScope::~ThreadScope() {
#ifdef _OPENMP
  if (before_ != get_threads()) omp_set_num_threads(before_);
#endif
}

dnnl::primitive_attr attributes(const dnnl::post_ops& ops) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attr.set_post_ops(ops);
  return attr;
}

Primitive::Primitive(dnnl::primitive primitive, const dnnl::memory::desc& scratchpad,
                     std::initializer_list<Argument> arguments)
    : primitive_(std::move(primitive)), scratchpad_bytes_(scratchpad.get_size()) {
  const auto bind = [&](int id, const dnnl::memory::desc& desc) {
    memory_.emplace_back(desc, cpu(), nullptr);
    arguments_.push_back({id, memory_.back().get()});
  };
  for (const Argument& a : arguments) bind(a.id, a.desc);
  if (scratchpad_bytes_ > 0) bind(DNNL_ARG_SCRATCHPAD, scratchpad);
}

void Primitive::run(std::initializer_list<const void*> pointers) {
  const ThreadScope threads;
  auto argument = arguments_.begin();
  for (const void* p : pointers) dnnl_memory_set_data_handle((argument++)->memory, const_cast<void*>(p));
  if (scratchpad_bytes_ > 0) dnnl_memory_set_data_handle(argument->memory, scratchpad(scratchpad_bytes_));
  [[maybe_unused]] const dnnl_status_t status = dnnl_primitive_execute(
      primitive_.get(), stream(), static_cast<int>(arguments_.size()), arguments_.data());
  assert(status == dnnl_success);
}

PackedWeights::PackedWeights(const dnnl::memory::desc& plain, const dnnl::memory::desc& packed) {
  if (plain == packed) return;
  bytes_ = packed.get_size();
  reorder_ = Primitive(dnnl::reorder::primitive_desc(cpu(), plain, cpu(), packed, attributes()),
                       {{DNNL_ARG_FROM, plain}, {DNNL_ARG_TO, packed}});
}

const void* PackedWeights::pack(const void* plain, bool fresh) {
  if (!reorder_) return plain;
  Scratch& scratch = fresh ? shared_scratch<PackedWeights>() : scratch_;
  void* packed = scratch.get<unsigned char>(static_cast<Dim>(bytes_));
  if (fresh || source_ != plain) reorder_.run({plain, packed});
  source_ = plain;
  return packed;
}

}  // namespace rhyton::onednn
