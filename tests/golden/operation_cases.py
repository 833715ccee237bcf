"""One small graph for every operation on tensors: name -> (function of the inputs, inputs).

An input is (kind, shape with the batch); kinds: real, positive (0.3 to 2), unit (-0.9 to 0.9), above1, whole (integers as
int32), bytes (as uint8), flag (booleans).
"""

import numpy as np
from keras import ops
from keras.src.ops import core
from keras.src.ops import numpy as classes

import operation_further as further
import operation_types

M = ("real", (2, 3, 4))
V = ("real", (2, 4))
P = ("positive", (2, 3, 4))
U = ("unit", (2, 3, 4))
I = ("whole", (2, 3, 4))
B = ("flag", (2, 3, 4))
W = ("bytes", (2, 3, 4))
ROW = ("real", (2, 1, 4))


def elementwise():
    cases = {}
    for name in ("absolute", "abs", "negative", "sign", "square", "exp", "exp2", "expm1", "sin", "cos", "tan", "arctan", "sinh",
                 "cosh", "tanh", "arcsinh", "floor", "ceil", "trunc", "round", "isnan", "isinf", "isfinite", "isneginf",
                 "isposinf", "logical_not", "zeros_like", "ones_like", "copy", "deg2rad", "rad2deg", "erf", "erfc", "sinc",
                 "signbit", "nan_to_num", "reciprocal", "cbrt", "fabs", "isreal", "conj"):
        if hasattr(ops, name):
            cases[name] = (getattr(ops, name), [M])
    for name in ("sqrt", "rsqrt", "log", "log1p", "log2", "log10"):
        cases[name] = (getattr(ops, name), [P])
    for name in ("arcsin", "arccos", "arctanh", "erfinv"):
        cases[name] = (getattr(ops, name), [U])
    cases["arccosh"] = (ops.arccosh, [("above1", (2, 3, 4))])
    cases["angle_of_real"] = (lambda x: ops.real(x), [M])
    cases["round_decimals"] = (lambda x: ops.round(x, 1), [M])
    cases["absolute_int"] = (ops.absolute, [I])
    cases["sqrt_int"] = (ops.sqrt, [("counting", (2, 4))])
    cases["full_like"] = (lambda x: ops.full_like(x, 2.5), [M])
    return cases


def activations():
    cases = {}
    for name in ("relu", "relu6", "sigmoid", "sparse_sigmoid", "softplus", "softsign", "soft_shrink", "sparse_plus", "silu",
                 "squareplus", "log_sigmoid", "leaky_relu", "hard_sigmoid", "hard_silu", "elu", "selu", "gelu", "celu", "glu",
                 "tanh_shrink", "hard_tanh", "hard_shrink", "softmax", "log_softmax", "sparsemax"):
        cases[name] = (getattr(ops, name), [M])
    cases["gelu_exact"] = (lambda x: ops.gelu(x, approximate=False), [M])
    cases["leaky_relu_slope"] = (lambda x: ops.leaky_relu(x, 0.05), [M])
    cases["elu_alpha"] = (lambda x: ops.elu(x, 0.7), [M])
    cases["celu_alpha"] = (lambda x: ops.celu(x, 0.7), [M])
    cases["squareplus_b"] = (lambda x: ops.squareplus(x, 2), [M])
    cases["threshold"] = (lambda x: ops.threshold(x, 0.2, 0.7), [M])
    cases["hard_shrink_threshold"] = (lambda x: ops.hard_shrink(x, 0.3), [M])
    cases["soft_shrink_threshold"] = (lambda x: ops.soft_shrink(x, 0.3), [M])
    cases["softmax_axis"] = (lambda x: ops.softmax(x, 1), [M])
    cases["log_softmax_axis"] = (lambda x: ops.log_softmax(x, axis=1), [M])
    cases["glu_axis"] = (lambda x: ops.glu(x, axis=2), [M])
    return cases


def arithmetic():
    cases = {}
    for name in ("add", "subtract", "multiply", "maximum", "minimum", "hypot", "logaddexp", "arctan2", "fmax", "fmin",
                 "equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "logical_and", "logical_or",
                 "logical_xor", "heaviside", "isclose", "logaddexp2"):
        if hasattr(ops, name):
            cases[name] = (getattr(ops, name), [M, ROW])
    for name in ("divide", "true_divide", "divide_no_nan", "mod", "floor_divide", "fmod", "power"):
        if hasattr(ops, name):
            cases[name] = (getattr(ops, name), [P, ("positive", (2, 1, 4))])
    for name in ("add", "subtract", "multiply", "floor_divide", "mod", "maximum", "true_divide", "equal", "less"):
        cases[name + "_int"] = (getattr(ops, name), [I, ("counting", (2, 1, 4))])
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm"):
        cases[name] = (getattr(ops, name), [("counting", (2, 3, 4)), ("counting", (2, 1, 4))])
    cases["left_shift"] = (lambda x: ops.left_shift(x, 2), [("counting", (2, 4))])
    cases["right_shift"] = (lambda x: ops.right_shift(x, 1), [("counting", (2, 4))])
    cases["bitwise_left_shift"] = (lambda x: ops.bitwise_left_shift(x, 2), [("counting", (2, 4))])
    cases["bitwise_right_shift"] = (lambda x: ops.bitwise_right_shift(x, 1), [("counting", (2, 4))])
    cases["bitwise_invert"] = (ops.bitwise_invert, [("counting", (2, 4))])
    cases["abs_class"] = (lambda x: classes.Abs()(x), [M])
    cases["conjugate_class"] = (lambda x: classes.Conjugate()(x), [M])
    cases["conj_class"] = (lambda x: classes.Conj()(x), [M])
    cases["convert_to_tensor"] = (lambda x: core.ConvertToTensor(None, None)(x), [M])
    cases["bitwise_not"] = (ops.bitwise_not, [("counting", (2, 4))])
    cases["operators"] = (lambda x: (1.0 - x) * 2.0 / 3.0 + x ** 2 - (-x) // 1.0, [M])
    cases["power_constant"] = (lambda x: x ** 3, [P])
    cases["power_of_constant"] = (lambda x: 2.0 ** x, [M])
    cases["modulo"] = (lambda x: x % 0.7, [P])
    cases["same_twice"] = (lambda x: x * x + ops.maximum(x, 0.1), [M])
    cases["int_plus_one"] = (lambda x: x + 1, [I])
    cases["bytes_minus"] = (lambda x: x - 3, [W])
    cases["bytes_times"] = (lambda x: x * 100, [W])
    cases["bytes_negative"] = (lambda x: -x, [W])
    cases["bytes_sums"] = (lambda x: ops.cumsum(x * 60, axis=1), [W])
    cases["int_times_real"] = (lambda x: x * 0.5, [I])
    cases["bool_times_real"] = (lambda b, x: ops.cast(b, "float32") * x, [B, M])
    cases["mask_by_comparison"] = (lambda x: ops.cast(x > 0.1, x.dtype) * x, [M])
    cases["where"] = (lambda b, x, y: ops.where(b, x, y), [B, M, ROW])
    cases["where_constant"] = (lambda x: ops.where(x > 0.1, x, 0.0), [M])
    cases["where_two_constants"] = (lambda x: ops.where(x > 0.1, 1.0, -1.0), [M])
    cases["clip"] = (lambda x: ops.clip(x, -0.5, 0.6), [M])
    cases["cast_int"] = (lambda x: ops.cast(x, "int32"), [M])
    cases["cast_bool"] = (lambda x: ops.cast(x, "bool"), [M])
    cases["cast_float"] = (lambda x: ops.cast(x, "float32"), [I])
    cases["saturate_cast"] = (lambda x: ops.saturate_cast(x * 400.0, "uint8"), [P])
    cases["stop_gradient"] = (lambda x: x * ops.stop_gradient(x), [M])
    cases["ldexp"] = (ops.ldexp, [V, ("counting", (2, 4))])
    cases["select"] = (lambda x: ops.select([x > 0.4, x > 0.0], [x, x * 2.0], 0.5), [M])
    return cases


def reductions():
    cases = {}
    for name in ("sum", "mean", "max", "min", "amax", "amin", "prod", "var", "std", "logsumexp", "any", "all", "count_nonzero",
                 "median", "nansum", "nanmean", "nanmax", "nanmin", "nanvar", "nanstd", "nanprod", "ptp"):
        if not hasattr(ops, name):
            continue
        f = getattr(ops, name)
        kind = ("flag", (2, 3, 4)) if name in ("any", "all") else M
        cases[name] = (lambda x, f=f: f(x, axis=1), [kind])
        if name == "count_nonzero":  # torch's answer is transposed
            cases[name] = (lambda x: ops.count_nonzero(x, axis=(1, 2)), [kind])
        if name in ("count_nonzero", "ptp"):
            continue
        cases[name + "_axes"] = (lambda x, f=f: f(x, axis=(1, -1), keepdims=True), [kind])
        if not name.startswith("nan"):
            cases[name + "_rest"] = (lambda x, f=f: f(x, axis=-1, keepdims=True), [kind])
    cases["sum_all"] = (lambda x: ops.sum(x), [M])
    cases["mean_all"] = (lambda x: x - ops.mean(x), [M])
    cases["mean_int"] = (lambda x: ops.mean(x, axis=1), [I])
    cases["sum_int"] = (lambda x: ops.sum(x, axis=1), [I])
    cases["sum_bool"] = (lambda x: ops.sum(x, axis=1), [B])
    for name in ("argmax", "argmin"):
        f = getattr(ops, name)
        cases[name] = (lambda x, f=f: f(x, axis=1), [M])
        cases[name + "_keep"] = (lambda x, f=f: f(x, axis=-1, keepdims=True), [M])
    cases["average"] = (lambda x: ops.average(x, axis=1), [M])
    cases["average_weights"] = (lambda x, w: ops.average(x, axis=2, weights=w), [M, P])
    cases["norm"] = (lambda x: ops.norm(x, axis=-1), [M])
    cases["norm_ord1"] = (lambda x: ops.norm(x, ord=1, axis=-1, keepdims=True), [M])
    cases["normalize"] = (lambda x: ops.normalize(x, axis=-1), [M])
    cases["moments"] = (lambda x: ops.moments(x, axes=[1]), [M])
    cases["quantile"] = (lambda x: ops.quantile(x, 0.3, axis=1), [M])
    cases["percentile"] = (lambda x: classes.Percentile(axis=1)(x, 30.0), [M])
    cases["cumsum"] = (lambda x: ops.cumsum(x, axis=1), [M])
    cases["cumprod"] = (lambda x: ops.cumprod(x, axis=-1), [M])
    cases["trapezoid"] = (lambda x: ops.trapezoid(x, dx=0.5, axis=1), [M])
    cases["trace"] = (lambda x: ops.trace(x, axis1=1, axis2=2), [M])
    return cases


def movements():
    return {
        "reshape": (lambda x: ops.reshape(x, (-1, 6, 2)), [M]),
        "reshape_flat": (lambda x: ops.reshape(x, (-1, 12)), [M]),
        "transpose": (lambda x: ops.transpose(x, (0, 2, 1)), [M]),
        "transpose_all": (lambda x: ops.transpose(x), [M]),
        "swapaxes": (lambda x: ops.swapaxes(x, 1, 2), [M]),
        "moveaxis": (lambda x: ops.moveaxis(x, 1, -1), [M]),
        "moveaxis_two": (lambda x: ops.moveaxis(x, (1, 2), (2, 1)), [M]),
        "expand_dims": (lambda x: ops.expand_dims(x, 1), [M]),
        "expand_dims_two": (lambda x: ops.expand_dims(x, (1, -1)), [M]),
        "squeeze": (lambda x: ops.squeeze(x, axis=1), [ROW]),
        "squeeze_all": (lambda x: ops.squeeze(x), [ROW]),
        "ravel": (lambda x: ops.ravel(x), [M]),
        "flip": (lambda x: ops.flip(x, axis=1), [M]),
        "flip_all": (lambda x: ops.flip(x), [M]),
        "fliplr": (ops.fliplr, [M]),
        "flipud": (ops.flipud, [M]),
        "rot90": (lambda x: ops.rot90(x, k=1, axes=(1, 2)), [M]),
        "roll": (lambda x: ops.roll(x, 2, axis=-1), [M]),
        "roll_flat": (lambda x: ops.roll(x, 5), [M]),
        "repeat": (lambda x: ops.repeat(x, 3, axis=1), [M]),
        "tile": (lambda x: ops.tile(x, (1, 2, 1)), [M]),
        "broadcast_to": (lambda x: ops.broadcast_to(x, (2, 3, 4)), [ROW]),
        "pad": (lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1))), [M]),
        "pad_value": (lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1)), constant_values=1.5), [M]),
        "pad_reflect": (lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1)), mode="reflect"), [M]),
        "item_integer": (lambda x: x[:, 1], [M]),
        "item_negative": (lambda x: x[:, -1, :2], [M]),
        "item_slice": (lambda x: x[:, 1:, ::2], [M]),
        "item_ellipsis": (lambda x: x[..., 1:3], [M]),
        "item_new_axis": (lambda x: x[:, None, :, 0], [M]),
        "slice": (lambda x: ops.slice(x, (0, 1, 1), (2, 2, 3)), [M]),
        "slice_update": (lambda x, y: ops.slice_update(x, (0, 1, 1), y), [M, ("real", (2, 2, 3))]),
        "take": (lambda x: ops.take(x, [2, 0, 2], axis=1), [M]),
        "take_tensor": (lambda x, i: ops.take(x, i, axis=-1), [M, ("index3", (2, 2))]),
        "take_along_axis": (lambda x, i: ops.take_along_axis(x, i, axis=1), [M, ("index3", (2, 2, 4))]),
        "diagonal": (lambda x: ops.diagonal(x, axis1=1, axis2=2), [M]),
        "tril": (ops.tril, [M]),
        "triu": (lambda x: ops.triu(x, 1), [M]),
        "diff": (lambda x: ops.diff(x, axis=1), [M]),
        "sort": (lambda x: ops.sort(x, axis=1), [M]),
        "argsort": (lambda x: ops.argsort(x, axis=-1), [M]),
        "top_k": (lambda x: ops.top_k(x, 2)[0], [M]),
        "top_k_indices": (lambda x: ops.top_k(x, 2)[1], [M]),
        "one_hot": (lambda x: ops.one_hot(x, 5), [("index3", (2, 3))]),
        "multi_hot": (lambda x: ops.multi_hot(x, 5), [("index3", (2, 3))]),
        "depth_to_space": (lambda x: ops.depth_to_space(x, 2), [("real", (2, 2, 3, 8))]),
        "space_to_depth": (lambda x: ops.space_to_depth(x, 2), [("real", (2, 4, 6, 2))]),
        "unstack": (lambda x: ops.unstack(x, axis=1)[1], [M]),
        "rearrange": (lambda x: ops.rearrange(x, "b h w -> b (w h)"), [M]),
    }


def joins():
    return {
        "concatenate": (lambda x, y: ops.concatenate([x, y], axis=1), [M, ROW]),
        "concatenate_last": (lambda x, y: ops.concatenate([x, y, x], axis=-1), [M, M]),
        "stack": (lambda x, y: ops.stack([x, y], axis=1), [M, M]),
        "stack_last": (lambda x, y: ops.stack([x, y], axis=-1), [M, M]),
        "hstack": (lambda x, y: ops.hstack([x, y]), [M, ROW]),
        "vstack": (lambda x, y: ops.vstack([x, y]), [M, M]),
        "dstack": (lambda x, y: ops.dstack([x, y]), [M, M]),
        "append": (lambda x, y: ops.append(x, y, axis=1), [M, ROW]),
        "split": (lambda x: ops.split(x, 2, axis=-1)[1], [M]),
        "split_all": (lambda x: ops.add(*ops.split(x, 2, axis=-1)), [M]),
        "split_cuts": (lambda x: ops.split(x, [1, 3], axis=2)[1], [M]),
        "array_split": (lambda x: ops.array_split(x, 3, axis=2)[0], [M]),
        "vsplit": (lambda x: ops.vsplit(x, 2)[0], [M]),
        "dsplit": (lambda x: ops.dsplit(x, 2)[1], [M]),
        "hsplit": (lambda x: ops.hsplit(x, 3)[0], [M]),
        "matmul": (ops.matmul, [M, ("real", (2, 4, 5))]),
        "matmul_matrix": (ops.matmul, [M, ("real", (2, 4, 1))]),
        "matmul_broadcast": (ops.matmul, [("real", (2, 1, 3, 4)), ("real", (2, 2, 4, 5))]),
        "matmul_self": (lambda x: ops.matmul(x, ops.transpose(x, (0, 2, 1))), [M]),
        "dot": (lambda x, y: ops.dot(x, y[0]), [V, ("real", (2, 4, 3))]),
        "tensordot": (lambda x, y: ops.tensordot(x, y[0], axes=[[2], [0]]), [M, ("real", (2, 4, 3))]),
        "tensordot_int": (lambda x, y: ops.tensordot(x, y[0], axes=2), [M, ("real", (2, 3, 4, 2))]),
        "inner": (lambda x, y: ops.inner(x, y[0]), [V, ("real", (2, 3, 4))]),
        "outer": (ops.outer, [V, ("real", (2, 3))]),
        "vdot": (ops.vdot, [("real", (4,)), ("real", (4,))]),
        "cross": (ops.cross, [("real", (2, 5, 3)), ("real", (2, 5, 3))]),
        "kron": (ops.kron, [V, ("real", (2, 3))]),
        "einsum": (lambda x, y: ops.einsum("abc,acd->abd", x, y), [M, ("real", (2, 4, 5))]),
        "einsum_outer": (lambda x, y: ops.einsum("bi,bj->bij", x, y), [V, ("real", (2, 3))]),
        "einsum_one": (lambda x: ops.einsum("abc->acb", x), [M]),
        "einsum_sum": (lambda x: ops.einsum("abc->ac", x), [M]),
        "einsum_ellipsis": (lambda x, y: ops.einsum("...ij,...jk->...ik", x, y), [M, ("real", (2, 4, 5))]),
        "einsum_implicit": (lambda x, y: ops.einsum("bij,bjk", x, y), [M, ("real", (2, 4, 5))]),
        "einsum_diagonal": (lambda x: ops.einsum("bii->bi", x), [("real", (2, 4, 4))]),
        "einsum_three": (lambda x, y, z: ops.einsum("abc,acd,ad->ab", x, y, z),
                         [M, ("real", (2, 4, 5)), ("real", (2, 5))]),
    }


def networks():
    return {
        "max_pool": (lambda x: ops.max_pool(x, 2, data_format="channels_last"), [("real", (2, 6, 5, 3))]),
        "average_pool": (lambda x: ops.average_pool(x, 2, strides=1, padding="same", data_format="channels_last"),
                         [("real", (2, 6, 5, 3))]),
        "layer_normalization": (lambda x: ops.layer_normalization(x, axis=-1, epsilon=1e-3), [M]),
        "rms_normalization": (lambda x: ops.rms_normalization(x, axis=-1, epsilon=1e-3), [M]),
        "dot_product_attention": (lambda q, k, v: ops.dot_product_attention(q, k, v), [("real", (2, 3, 2, 4))] * 3),
        "dot_product_attention_causal": (lambda q, k, v: ops.dot_product_attention(q, k, v, is_causal=True), [("real", (2, 3, 2, 4))] * 3),
        "allclose": (lambda x: ops.allclose(x, x * 1.0001, rtol=1e-3), [M]),
        "allclose_not": (lambda x: ops.allclose(x, x * 1.1), [M]),
        "binary_crossentropy": (lambda t, p: ops.binary_crossentropy(t, p), [("probability", (2, 4)), ("probability", (2, 4))]),
        "categorical_crossentropy": (lambda t, p: ops.categorical_crossentropy(t, p), [("probability", (2, 4)), ("probability", (2, 4))]),
        "categorical_crossentropy_logits": (lambda t, p: ops.categorical_crossentropy(t, p, from_logits=True),
                                            [("probability", (2, 4)), V]),
        "sparse_categorical_crossentropy": (lambda t, p: ops.sparse_categorical_crossentropy(t, p),
                                            [("index3", (2, 3)), ("probability", (2, 3, 4))]),
        "sparse_categorical_crossentropy_logits": (lambda t, p: ops.sparse_categorical_crossentropy(t, p, from_logits=True),
                                                   [("index3", (2, 1)), V]),
        "sparse_categorical_crossentropy_axis": (lambda t, p: ops.sparse_categorical_crossentropy(t, p, axis=1),
                                                 [("index3", (2, 4)), ("probability", (2, 3, 4))]),
        "batch_normalization": (lambda x: ops.batch_normalization(x, constant(4), np.abs(constant(4)) + 0.5, -1, offset=constant(4),
                                                                  scale=constant(4) + 2), [M]),
        "adaptive_max_pool": (lambda x: ops.adaptive_max_pool(x, (3, 2), data_format="channels_last"), [("real", (2, 6, 5, 3))]),
        "adaptive_average_pool": (lambda x: ops.adaptive_average_pool(x, (2, 3), data_format="channels_first"), [("real", (2, 3, 6, 5))]),
        "rgb_to_grayscale": (lambda x: ops.image.rgb_to_grayscale(x, data_format="channels_last"), [("real", (2, 6, 5, 3))]),
    }


def constant(*shape):
    """Numbers that stand in a file."""
    return np.cos(np.arange(np.prod(shape)) * 1.7).reshape(shape).astype("float32")


def kernel(x, *shape):
    """A kernel that depends on the input."""
    return ops.reshape(ops.take(ops.reshape(ops.mean(x, axis=0), (-1,)), list(range(int(np.prod(shape)))), axis=0), shape)


def convolutions():
    image, line, box = ("real", (2, 6, 5, 4)), ("real", (2, 7, 3)), ("real", (2, 3, 4, 3, 2))
    last = {"data_format": "channels_last"}
    return {
        "conv_constant": (lambda x: ops.conv(x, constant(3, 2, 4, 3), strides=(2, 1), padding="same", **last), [image]),
        "conv": (lambda x: ops.conv(x, kernel(x, 3, 3, 4, 2), **last), [image]),
        "conv_dilated": (lambda x: ops.conv(x, kernel(x, 3, 3, 3, 2), dilation_rate=2, data_format="channels_first"),
                         [("real", (2, 3, 7, 6))]),
        "conv_1d": (lambda x: ops.conv(x, kernel(x, 3, 3, 2), padding="same", strides=2, **last), [line]),
        "conv_3d": (lambda x: ops.conv(x, kernel(x, 2, 2, 2, 2, 3), padding="same", **last), [box]),
        "depthwise_conv": (lambda x: ops.depthwise_conv(x, kernel(x, 3, 2, 4, 2), padding="same", **last), [image]),
        "depthwise_conv_1d": (lambda x: ops.depthwise_conv(x, constant(3, 3, 1), strides=2, **last), [line]),
        "separable_conv": (lambda x: ops.separable_conv(x, kernel(x, 2, 2, 4, 2), constant(1, 1, 8, 3), padding="same", **last),
                           [image]),
    }


def images():
    image, last = ("real", (2, 6, 5, 3)), {"data_format": "channels_last"}
    one = ("real", (6, 5, 3))
    image_ops = ops.image
    return {
        "resize": (lambda x: image_ops.resize(x, (4, 8), **last), [image]),
        "resize_nearest": (lambda x: image_ops.resize(x, (9, 3), interpolation="nearest", data_format="channels_first"), [image]),
        "resize_crop": (lambda x: image_ops.resize(x, (4, 8), crop_to_aspect_ratio=True, **last), [image]),
        "pad_images": (lambda x: image_ops.pad_images(x, 1, 2, 0, 3, **last), [image]),
        "pad_images_to": (lambda x: image_ops.pad_images(x, top_padding=1, left_padding=2, target_height=9, target_width=8, **last), [one]),
        "crop_images": (lambda x: image_ops.crop_images(x, 1, 2, 1, 0, **last), [image]),
        "crop_images_to": (lambda x: image_ops.crop_images(x, top_cropping=1, left_cropping=0, target_height=3, target_width=2,
                                                            data_format="channels_first"), [one]),
        "extract_patches": (lambda x: image_ops.extract_patches(x, 2, data_format="channels_last"), [image]),
        "extract_patches_overlapping": (lambda x: image_ops.extract_patches(x, (3, 2), strides=(2, 1), padding="same",
                                                                            data_format="channels_last"), [image]),
        "extract_patches_first": (lambda x: image_ops.extract_patches(x, 2, strides=1, dilation_rate=2, data_format="channels_first"),
                                  [("real", (2, 3, 5, 4))]),
        "extract_patches_of_one": (lambda x: image_ops.extract_patches(x, (2, 3), data_format="channels_last"), [one]),
        "extract_patches_of_volume": (lambda x: image_ops.extract_patches(x, (2, 2, 1), data_format="channels_last"), [("real", (2, 4, 3, 2, 2))]),
        "rgb_to_grayscale_first": (lambda x: image_ops.rgb_to_grayscale(x, data_format="channels_first"), [("real", (2, 3, 4, 5))]),
    }


def all_cases():
    cases = {}
    for family in (elementwise, activations, arithmetic, reductions, movements, joins, networks, convolutions, images, *further.FAMILIES):
        cases |= family()
    return cases | operation_types.moved(movements(), joins()) | operation_types.computed()
