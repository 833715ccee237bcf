#!/usr/bin/env python3
"""Record functions of TensorFlow in graphs of Keras 2: operations/keras2.npz and .json. Needs tf_keras 2.15 or later.

Usage: make_keras2_operations.py
"""

import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import tensorflow as tf
import tf_keras

import golden_io
import keras2_function_cases
from golden_io import distinct, generator

FOLDER = pathlib.Path(__file__).resolve().parent / "operations"
M, V, P = ("real", (2, 3, 4)), ("real", (2, 4)), ("positive", (2, 3, 4))
U, ROW, I = ("unit", (2, 3, 4)), ("real", (2, 1, 4)), ("whole", (2, 3, 4))


def cases():
    out = {}
    for name in ("abs", "negative", "square", "exp", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "sigmoid", "sign",
                 "floor", "round", "erf", "expm1", "softplus", "zeros_like", "is_nan", "ceil"):
        f = getattr(tf.math, name, None) or getattr(tf, name, None)
        if f:
            out[name] = (f, [M])
    for name in ("sqrt", "rsqrt", "log", "log1p", "reciprocal"):
        out[name] = (getattr(tf.math, name), [P])
    for name in ("relu", "relu6", "elu", "selu", "silu", "softsign", "gelu", "leaky_relu", "softmax", "log_softmax", "l2_normalize"):
        f = getattr(tf.nn, name)
        out[f"nn_{name}"] = ((lambda x: tf.nn.l2_normalize(x, axis=-1)) if name == "l2_normalize" else f, [M])
    out["nn_softmax_axis"] = (lambda x: tf.nn.softmax(x, axis=1), [M])
    out["nn_leaky_relu_alpha"] = (lambda x: tf.nn.leaky_relu(x, alpha=0.1), [M])
    for name in ("add", "subtract", "multiply", "maximum", "minimum", "squared_difference", "greater", "greater_equal", "less",
                 "less_equal", "equal", "not_equal", "atan2"):
        out[name] = (getattr(tf.math, name), [M, ROW])
    for name in ("divide", "truediv", "divide_no_nan", "floordiv", "floormod", "pow"):
        out[name] = (getattr(tf.math, name), [P, ("positive", (2, 1, 4))])
    out["operators"] = (lambda x: (1.0 - x) * 2.0 / 3.0 + x ** 2 - (-x), [M])
    out["constant_first"] = (lambda x: 1.0 - x, [M])
    out["same_twice"] = (lambda x: x * x, [M])
    out["clip"] = (lambda x: tf.clip_by_value(x, -0.5, 0.6), [M])
    out["cast_int"] = (lambda x: tf.cast(x, tf.int32), [M])
    out["cast_float"] = (lambda x: tf.cast(x, tf.float32), [I])
    out["mask"] = (lambda x: tf.cast(x > 0.1, tf.float32) * x, [M])
    out["where"] = (lambda x, y: tf.where(x > 0.1, x, y), [M, M])
    out["where_constant"] = (lambda x: tf.where(x > 0.1, x, tf.zeros_like(x)), [M])
    out["logical"] = (lambda x: tf.cast(tf.logical_and(x > 0.1, tf.logical_not(x > 0.6)), tf.float32), [M])
    out["logical_or"] = (lambda x: tf.cast((x > 0.7) | (x < 0.1), tf.float32), [M])
    for name in ("sum", "mean", "max", "min", "prod", "variance", "std", "logsumexp", "any", "all"):
        f = getattr(tf.math, f"reduce_{name}")
        if name in ("any", "all"):
            out[f"reduce_{name}"] = (lambda x, f=f: tf.cast(f(x > 0.1, axis=1), tf.float32), [M])
            continue
        out[f"reduce_{name}"] = (lambda x, f=f: f(x, axis=1), [M])
        out[f"reduce_{name}_keep"] = (lambda x, f=f: f(x, axis=[1, 2], keepdims=True), [M])
    out["argmax"] = (lambda x: tf.argmax(x, axis=-1), [M])
    out["cumsum"] = (lambda x: tf.cumsum(x, axis=1), [M])
    out["reshape"] = (lambda x: tf.reshape(x, (-1, 6, 2)), [M])
    out["transpose"] = (lambda x: tf.transpose(x, (0, 2, 1)), [M])
    out["expand_dims"] = (lambda x: tf.expand_dims(x, 1), [M])
    out["squeeze"] = (lambda x: tf.squeeze(x, axis=1), [ROW])
    out["concat"] = (lambda x, y: tf.concat([x, y], axis=1), [M, ROW])
    out["concat_last"] = (lambda x, y: tf.concat([x, y, x], -1), [M, M])
    out["stack"] = (lambda x, y: tf.stack([x, y], axis=1), [M, M])
    out["split"] = (lambda x: tf.split(x, 2, axis=-1)[1], [M])
    out["split_sizes"] = (lambda x: tf.split(x, [1, 3], axis=-1)[1], [M])
    out["unstack"] = (lambda x: tf.unstack(x, axis=1)[2], [M])
    out["tile"] = (lambda x: tf.tile(x, [1, 2, 1]), [M])
    out["repeat"] = (lambda x: tf.repeat(x, 2, axis=1), [M])
    out["reverse"] = (lambda x: tf.reverse(x, axis=[1]), [M])
    out["roll"] = (lambda x: tf.roll(x, shift=1, axis=2), [M])
    out["pad"] = (lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1]]), [M])
    out["pad_reflect"] = (lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1]], mode="REFLECT"), [M])
    out["pad_symmetric"] = (lambda x: tf.pad(x, [[0, 0], [0, 0], [2, 1]], mode="SYMMETRIC"), [M])
    out["gather"] = (lambda x: tf.gather(x, [2, 0], axis=1), [M])
    out["one_hot"] = (lambda x: tf.one_hot(tf.cast(x, tf.int32), 5), [("index3", (2, 3))])
    out["slice"] = (lambda x: tf.slice(x, [0, 1, 1], [-1, 2, 3]), [M])
    out["item_integer"] = (lambda x: x[:, 1], [M])
    out["item_slice"] = (lambda x: x[:, 1:, ::2], [M])
    out["item_ellipsis"] = (lambda x: x[..., 1:3], [M])
    out["item_new_axis"] = (lambda x: x[:, tf.newaxis, :, 0], [M])
    out["matmul"] = (tf.matmul, [M, ("real", (2, 4, 5))])
    out["matmul_transposed"] = (lambda x, y: tf.matmul(x, y, transpose_b=True), [M, ("real", (2, 5, 4))])
    out["tensordot"] = (lambda x, y: tf.tensordot(x, y, axes=[[1], [1]]), [V, V])
    out["add_n"] = (lambda x, y: tf.add_n([x, y]), [M, M])
    out["identity"] = (tf.identity, [M])
    out["stop_gradient"] = (lambda x: x * tf.stop_gradient(x), [M])
    out["depth_to_space"] = (lambda x: tf.nn.depth_to_space(x, 2), [("real", (2, 2, 3, 8))])
    out["space_to_depth"] = (lambda x: tf.nn.space_to_depth(x, 2), [("real", (2, 4, 6, 2))])
    out["max_pool"] = (lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"), [("real", (2, 4, 6, 2))])
    out["avg_pool"] = (lambda x: tf.nn.avg_pool2d(x, 2, 2, "SAME"), [("real", (2, 5, 6, 2))])
    image, square = ("real", (2, 5, 6, 3)), ("real", (2, 3, 3))
    kernel = np.linspace(-1, 1, 2 * 2 * 3 * 4).reshape(2, 2, 3, 4).astype("float32")
    out["max_pool_of_four"] = (lambda x: tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"), [image])
    out["avg_pool_of_four"] = (lambda x: tf.nn.avg_pool(x, 2, 1, "VALID"), [image])
    out["max_pool1d"] = (lambda x: tf.nn.max_pool1d(x, 2, 1, "SAME"), [M])
    out["avg_pool3d"] = (lambda x: tf.nn.avg_pool3d(x, 2, 2, "VALID"), [("real", (2, 4, 4, 4, 2))])
    out["conv1d"] = (lambda x: tf.nn.conv1d(x, kernel[0, :, :, :].reshape(2, 4, 3), 1, "SAME"), [M])
    out["conv2d"] = (lambda x: tf.nn.conv2d(x, kernel, [1, 2, 2, 1], "SAME"), [image])
    out["conv2d_dilated"] = (lambda x: tf.nn.conv2d(x, kernel, 1, "VALID", dilations=2), [image])
    out["bias_add"] = (lambda x: tf.nn.bias_add(x, [1.0, 2.0, 3.0, 4.0]), [M])
    out["scalar_mul"] = (lambda x: tf.math.scalar_mul(2.5, x), [M])
    out["log_sigmoid"] = (tf.math.log_sigmoid, [M])
    out["erfinv"] = (tf.math.erfinv, [U])
    out["norm"] = (lambda x: tf.norm(x, axis=-1), [M])
    out["norm_1"] = (lambda x: tf.norm(x, ord=1, axis=1, keepdims=True), [M])
    out["norm_of_two"] = (lambda x: tf.norm(x, axis=[1, 2]), [M])
    out["sort"] = (lambda x: tf.sort(x, axis=1), [M])
    out["argsort"] = (lambda x: tf.argsort(x, axis=1), [M])
    out["top_k"] = (lambda x: tf.math.top_k(x, 2)[0], [M])
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        out[name] = (getattr(tf.bitwise, name), [I, I])
    out["invert"] = (tf.bitwise.invert, [I])
    out["matmul_left_transposed"] = (lambda x, y: tf.matmul(x, y, transpose_a=True), [("real", (2, 4, 3)), ("real", (2, 4, 5))])
    for name in ("det", "inv", "trace", "diag_part"):
        out[name] = ((lambda f: lambda x: f(x))(getattr(tf.linalg, name)), [square])
    out["matrix_transpose"] = (tf.linalg.matrix_transpose, [M])
    out["triangular_solve"] = (tf.linalg.triangular_solve, [("positive", (2, 3, 3)), ("real", (2, 3, 2))])
    for method in ("bilinear", "nearest"):
        out[f"resize_{method}"] = ((lambda m: lambda x: tf.image.resize(x, [7, 4], method=m))(method), [image])
    out["flip_left_right"] = (tf.image.flip_left_right, [image])
    out["flip_up_down"] = (tf.image.flip_up_down, [image])
    out["grayscale"] = (tf.image.rgb_to_grayscale, [image])
    out["ensure_shape"] = (lambda x: tf.ensure_shape(x, [None, 3, 4]), [M])
    out["backend_sum"] = (lambda x: tf_keras.backend.sum(x, axis=1), [M])
    return out


def draw(kind, shape, rng, shift):
    whole = {"whole": (-5, 6), "index3": (0, 3), "bytes": (0, 256)}
    if kind in whole:
        return rng.integers(*whole[kind], shape).astype(np.uint8 if kind == "bytes" else np.int32)
    scale, offset = {"real": (1.5, 0), "positive": (0.85, 1.15), "unit": (0.9, 0)}[kind]
    return distinct(rng, shape, scale, shift) + np.float32(offset)


def build(function, specs, rng):
    """Inputs and the model; an input may say which of its sizes the model knows."""
    arrays = [draw(kind, shape, rng, 0.2 * i) for i, (kind, shape, *_) in enumerate(specs)]
    inputs = [tf_keras.Input(*(spec[2:] or [a.shape[1:]]), dtype=str(a.dtype), name=f"x{i}")
              for i, (spec, a) in enumerate(zip(specs, arrays))]
    return arrays, tf_keras.Model(inputs, function(*inputs))


def run(name, function, specs):
    rng = generator("keras2 operations", name)
    arrays, model = build(function, specs, rng)
    tensors = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = model(tensors if len(tensors) > 1 else tensors[0])
        dy = distinct(rng, tuple(y.shape), 1.0)
        total = tf.reduce_sum(y * dy) if y.dtype.is_floating else None
    out = {f"x{i}": a for i, a in enumerate(arrays)} | {"y0": y.numpy()}
    if total is not None:
        try:
            found = tape.gradient(total, tensors)
        except LookupError:  # TensorFlow has none
            found = [None]
        if any(g is not None for g in found):
            out["dy0"] = dy
            out |= {f"dx{i}": np.zeros_like(a) if g is None else tf.convert_to_tensor(g).numpy()
                    for i, (a, g) in enumerate(zip(arrays, found)) if a.dtype.kind == "f"}
    return out, json.loads(model.to_json())


def main():
    arrays, models = {}, {}
    for name, (function, specs) in (cases() | keras2_function_cases.cases()).items():
        tf_keras.backend.clear_session()
        try:
            found, models[name] = run(name, function, specs)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {str(error)[:150]}")
            continue
        arrays |= {f"{name}/{key}": value for key, value in found.items()}
    FOLDER.mkdir(exist_ok=True)
    golden_io.write_npz(FOLDER / "keras2.npz", arrays)
    golden_io.write_json(FOLDER / "keras2.json", {"keras": tf_keras.__version__, "models": models})
    print(f"{len(models)} models")


if __name__ == "__main__":
    main()
