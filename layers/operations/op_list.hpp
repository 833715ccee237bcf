#pragma once
/// @file op_list.hpp  The functions of keras.ops whose arguments follow one pattern. A line here is the
/// function on the tensors of a graph (ops.hpp), the function on numbers (eager_ops.hpp), and its class in
/// Keras's files: X(function, module in keras.src.ops, class).

/// function(x1, x2): elements of two tensors, broadcast; products.
#define RHYTON_BINARY_OPS(X)            \
  X(add, numpy, Add)                    \
  X(subtract, numpy, Subtract)          \
  X(multiply, numpy, Multiply)          \
  X(divide, numpy, Divide)              \
  X(true_divide, numpy, TrueDivide)     \
  X(floor_divide, numpy, FloorDivide)   \
  X(mod, numpy, Mod)                    \
  X(power, numpy, Power)                \
  X(maximum, numpy, Maximum)            \
  X(minimum, numpy, Minimum)            \
  X(arctan2, numpy, Arctan2)            \
  X(equal, numpy, Equal)                \
  X(not_equal, numpy, NotEqual)         \
  X(greater, numpy, Greater)            \
  X(greater_equal, numpy, GreaterEqual) \
  X(less, numpy, Less)                  \
  X(less_equal, numpy, LessEqual)       \
  X(logical_and, numpy, LogicalAnd)     \
  X(logical_or, numpy, LogicalOr)       \
  X(logical_xor, numpy, LogicalXor)     \
  X(matmul, numpy, Matmul)              \
  X(dot, numpy, Dot)                    \
  X(fmod, numpy, Fmod)                  \
  X(fmax, numpy, Fmax)                  \
  X(fmin, numpy, Fmin)                  \
  X(hypot, numpy, Hypot)                \
  X(heaviside, numpy, Heaviside)        \
  X(logaddexp, numpy, Logaddexp)        \
  X(logaddexp2, numpy, Logaddexp2)      \
  X(divide_no_nan, numpy, DivideNoNan)  \
  X(gcd, numpy, Gcd)                    \
  X(lcm, numpy, Lcm)                    \
  X(ldexp, numpy, Ldexp)                \
  X(bitwise_and, numpy, BitwiseAnd)     \
  X(bitwise_or, numpy, BitwiseOr)       \
  X(bitwise_xor, numpy, BitwiseXor)     \
  X(left_shift, numpy, LeftShift)       \
  X(right_shift, numpy, RightShift)     \
  X(inner, numpy, Inner)                \
  X(outer, numpy, Outer)                \
  X(vdot, numpy, Vdot)                  \
  X(kron, numpy, Kron)

/// function(x): elements of one tensor.
#define RHYTON_UNARY_OPS(X)            \
  X(absolute, numpy, Absolute)         \
  X(abs, numpy, Absolute)              \
  X(negative, numpy, Negative)         \
  X(sign, numpy, Sign)                 \
  X(square, numpy, Square)             \
  X(sqrt, numpy, Sqrt)                 \
  X(rsqrt, math, Rsqrt)                \
  X(reciprocal, numpy, Reciprocal)     \
  X(exp, numpy, Exp)                   \
  X(expm1, numpy, Expm1)               \
  X(log, numpy, Log)                   \
  X(log1p, numpy, Log1p)               \
  X(log2, numpy, Log2)                 \
  X(log10, numpy, Log10)               \
  X(sin, numpy, Sin)                   \
  X(cos, numpy, Cos)                   \
  X(tan, numpy, Tan)                   \
  X(arcsin, numpy, Arcsin)             \
  X(arccos, numpy, Arccos)             \
  X(arctan, numpy, Arctan)             \
  X(sinh, numpy, Sinh)                 \
  X(cosh, numpy, Cosh)                 \
  X(tanh, numpy, Tanh)                 \
  X(erf, math, Erf)                    \
  X(floor, numpy, Floor)               \
  X(ceil, numpy, Ceil)                 \
  X(isnan, numpy, Isnan)               \
  X(isinf, numpy, Isinf)               \
  X(isfinite, numpy, Isfinite)         \
  X(logical_not, numpy, LogicalNot)    \
  X(zeros_like, numpy, ZerosLike)      \
  X(ones_like, numpy, OnesLike)        \
  X(stop_gradient, core, StopGradient) \
  X(relu, nn, Relu)                    \
  X(relu6, nn, Relu6)                  \
  X(sigmoid, nn, Sigmoid)              \
  X(log_sigmoid, nn, LogSigmoid)       \
  X(hard_sigmoid, nn, HardSigmoid)     \
  X(softplus, nn, Softplus)            \
  X(softsign, nn, Softsign)            \
  X(silu, nn, Silu)                    \
  X(hard_silu, nn, HardSilu)           \
  X(selu, nn, Selu)                    \
  X(arcsinh, numpy, Arcsinh)           \
  X(arccosh, numpy, Arccosh)           \
  X(arctanh, numpy, Arctanh)           \
  X(cbrt, numpy, Cbrt)                 \
  X(exp2, numpy, Exp2)                 \
  X(deg2rad, numpy, Deg2rad)           \
  X(rad2deg, numpy, Rad2deg)           \
  X(sinc, numpy, Sinc)                 \
  X(trunc, numpy, Trunc)               \
  X(signbit, numpy, Signbit)           \
  X(isposinf, numpy, Isposinf)         \
  X(isneginf, numpy, Isneginf)         \
  X(bitwise_not, numpy, BitwiseNot)    \
  X(nan_to_num, numpy, NanToNum)       \
  X(erfc, math, Erfc)                  \
  X(erfinv, math, Erfinv)              \
  X(hard_tanh, nn, HardTanh)           \
  X(tanh_shrink, nn, TanhShrink)       \
  X(soft_shrink, nn, SoftShrink)       \
  X(hard_shrink, nn, HardShrink)       \
  X(sparse_sigmoid, nn, SparseSigmoid) \
  X(sparse_plus, nn, SparsePlus)       \
  X(squareplus, nn, Squareplus)        \
  X(ravel, numpy, Ravel)               \
  X(fliplr, numpy, Fliplr)             \
  X(flipud, numpy, Flipud)

/// function(x), over all elements, the batch's too; function(x, axis, keepdims = false).
#define RHYTON_REDUCTION_OPS(X) \
  X(sum, numpy, Sum)            \
  X(mean, numpy, Mean)          \
  X(max, numpy, Max)            \
  X(min, numpy, Min)            \
  X(prod, numpy, Prod)          \
  X(var, numpy, Var)            \
  X(std, numpy, Std)            \
  X(any, numpy, Any)            \
  X(all, numpy, All)            \
  X(logsumexp, math, Logsumexp) \
  X(amax, numpy, Amax)          \
  X(amin, numpy, Amin)          \
  X(median, numpy, Median)      \
  X(ptp, numpy, Ptp)            \
  X(nansum, numpy, Nansum)      \
  X(nanmean, numpy, Nanmean)    \
  X(nanmax, numpy, Nanmax)      \
  X(nanmin, numpy, Nanmin)      \
  X(nanprod, numpy, Nanprod)    \
  X(nanvar, numpy, Nanvar)      \
  X(nanstd, numpy, Nanstd)

/// function(x, axis)
#define RHYTON_AXIS_OPS(X)          \
  X(cumsum, numpy, Cumsum)          \
  X(cumprod, numpy, Cumprod)        \
  X(expand_dims, numpy, ExpandDims) \
  X(squeeze, numpy, Squeeze)        \
  X(flip, numpy, Flip)
