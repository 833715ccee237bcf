"""Functions of keras.ops and operators on tensors: nodes of a graph that are no layers."""

import numpy as np
from keras import backend, ops

UNARY = ["abs", "square", "sin", "cos", "tanh", "sigmoid", "relu", "softplus", "negative", "sign", "silu", "elu", "gelu",
         "arctan", "arcsinh", "sinh", "cosh", "expm1", "exp", "floor", "ceil", "round", "relu6", "selu", "softsign", "leaky_relu",
         "hard_sigmoid", "erf", "log_sigmoid", "absolute", "celu", "hard_tanh", "sinc", "isfinite", "nan_to_num", "trunc", "cbrt", "squareplus",
         "hard_silu", "sparse_plus", "tanh_shrink", "hard_shrink", "soft_shrink", "deg2rad", "logical_not", "exp2", "erfc", "signbit",
         "glu", "sparsemax", "zeros_like", "isnan", "softmax", "log_softmax"]
REDUCTIONS = ["mean", "sum", "max", "min", "prod", "std", "var", "logsumexp", "amax", "amin", "median", "argmax", "argmin", "any", "all", "count_nonzero",
              "nanmean", "nansum", "nanmax", "ptp", "average"]
BINARY = ["add", "subtract", "multiply", "maximum", "minimum", "arctan2", "greater", "less_equal", "not_equal", "logaddexp",
          "squared_difference", "equal", "fmax", "fmin", "hypot", "logical_and",
          "logical_or", "logical_xor", "greater_equal", "less", "heaviside"]


def real(x):
    return x if "float" in str(x.dtype) else ops.cast(x, "float32")


def positive(x):
    return ops.abs(x) + 0.5


def unary(c, x):
    name = c.one(*UNARY)
    if name == "glu" and x.shape[-1] is not None and x.shape[-1] % 2:
        name = "relu"
    if name in ("exp", "expm1", "sinh", "cosh", "exp2"):
        x = ops.tanh(x)
    return real(getattr(ops, name)(x))


def of_positive(c, x):
    return getattr(ops, c.one("log", "sqrt", "rsqrt", "log1p", "log2", "log10", "reciprocal"))(positive(x))


def scalar(c, x):
    k = c.one(2, 0.5, -1.25, 3.0, 1)
    return c.one(lambda: x + k, lambda: k + x, lambda: x - k, lambda: k - x, lambda: x * k, lambda: k * x, lambda: x / k,
                 lambda: k / positive(x), lambda: x ** 2, lambda: positive(x) ** k, lambda: -x, lambda: abs(x),
                 lambda: ops.clip(x, -0.5, 0.8), lambda: ops.maximum(x, 0.1), lambda: ops.minimum(x, 0.4),
                 lambda: ops.where(x > 0.1, x, 0.3), lambda: ops.where(ops.greater(x, 0.0), x * 2.0, -x),
                 lambda: x // k if k > 0 else x, lambda: ops.mod(x, 0.7), lambda: ops.add(x, k), lambda: ops.power(positive(x), 1.5),
                 lambda: ops.multiply(x, np.float32(0.3)))()


def reduce(c, x):
    name, rank = c.one(*REDUCTIONS), len(x.shape)
    if rank < 3:
        return real(getattr(ops, name)(x, axis=-1, keepdims=True)) if name not in ("argmax", "argmin", "ptp", "average", "nanmean", "nansum", "nanmax") else real(
            ops.argmax(x, axis=-1, keepdims=True))
    axis = c.one(-1, 1, c.int(1, rank - 1))
    if c.p(0.2) and name not in ("argmax", "argmin", "median", "count_nonzero", "ptp", "average"):
        axis = sorted(int(a) for a in c.rng.choice(range(1, rank), c.int(1, rank - 2), replace=False))
    if name == "count_nonzero" and backend.backend() == "torch":
        name = "sum"  # there it turns the axes around
    if name in ("count_nonzero", "average") or not hasattr(ops, name):
        return real(getattr(ops, name if hasattr(ops, name) else "mean")(x, axis=axis))
    return real(getattr(ops, name)(x, axis=axis, keepdims=c.p(0.4)))


def index(c, x):
    rank = len(x.shape)
    sizes = [s or 3 for s in x.shape]
    axis = c.int(1, rank - 1)
    n = sizes[axis]
    pick = c.one(slice(0, max(1, n - 1)), slice(n // 2, None), slice(None, None, 2), slice(-1, None), c.int(0, n - 1), -1,
                 slice(None, None, -1) if False else slice(0, n))
    if isinstance(pick, int) and rank < 3:
        pick = slice(pick, pick + 1) if pick >= 0 else slice(-1, None)
    key = [slice(None)] * axis + [pick]
    if c.p(0.2):
        return x[..., pick] if axis == rank - 1 else x[tuple(key)]
    if c.p(0.1):
        return x[:, None]
    return x[tuple(key)]


def move(c, x):
    rank = len(x.shape)
    known = [s for s in x.shape[1:]]

    def shuffled():
        order = [0] + [int(i) for i in c.rng.permutation(range(1, rank))]
        return ops.transpose(x, order)

    def flat():
        if None in known:
            raise ValueError("unknown size")
        return ops.reshape(x, (-1, int(np.prod(known))))

    return c.one(shuffled, flat,
                 lambda: ops.swapaxes(x, 1, rank - 1), lambda: ops.moveaxis(x, 1, -1),
                 lambda: ops.expand_dims(x, c.one(1, -1)), lambda: ops.squeeze(ops.expand_dims(x, 1), 1),
                 lambda: ops.flip(x, axis=c.int(1, rank - 1)), lambda: ops.roll(x, c.int(-2, 2), axis=c.int(1, rank - 1)),
                 lambda: ops.repeat(x, 2, axis=c.int(1, rank - 1)), lambda: ops.tile(x, [1] * (rank - 1) + [2]),
                 lambda: ops.pad(x, [[0, 0]] + [[c.int(0, 2), c.int(0, 1)] for _ in range(rank - 1)]),
                 lambda: ops.concatenate([x, x], axis=c.int(1, rank - 1)), lambda: ops.stack([x, x * 0.5], axis=c.one(1, -1)),
                 lambda: ops.concatenate(ops.split(x, [1], axis=-1)[::-1], axis=-1),
                 lambda: c.one(*ops.unstack(x, axis=1)) if rank > 2 else x,
                 lambda: ops.take(x, [0, 0], axis=-1), lambda: ops.cumsum(x, axis=c.int(1, rank - 1)),
                 lambda: ops.sort(x, axis=-1), lambda: ops.tril(x) if rank > 2 else x, lambda: ops.triu(x) if rank > 2 else x,
                 lambda: ops.broadcast_to(x, (None,) + tuple(known)) if False else x + 0.0,
                 lambda: ops.diff(x, axis=-1), lambda: ops.zeros_like(x) + x, lambda: ops.ones_like(x) * x)()


def normal(c, x):
    rank = len(x.shape)
    return c.one(lambda: ops.softmax(x, axis=c.one(-1, 1)), lambda: ops.log_softmax(x, axis=-1),
                 lambda: ops.normalize(x, axis=-1), lambda: ops.one_hot(ops.argmax(x, axis=-1), 4),
                 lambda: ops.cast(ops.cast(x * 3.0, "int32"), "float32"),
                 lambda: ops.layer_normalization(x) if rank > 1 and hasattr(ops, "layer_normalization") else x + 1.0,
                 lambda: ops.stop_gradient(x) * 0.5 + x, lambda: ops.glu(ops.concatenate([x, x], -1)),
                 lambda: ops.leaky_relu(x, negative_slope=0.1), lambda: ops.elu(x, alpha=0.6), lambda: ops.gelu(x, approximate=False),
                 lambda: ops.moments(x, axes=[-1], keepdims=True)[1], lambda: ops.norm(x, axis=-1, keepdims=True))()


def pair(c, x, y):
    if c.p(0.5):
        return c.one(lambda: x + y, lambda: x - y, lambda: x * y, lambda: x / positive(y), lambda: ops.where(x > y, x, y))()
    return real(getattr(ops, c.one(*BINARY))(x, y))


def product(c, x):
    """Products of a tensor with itself or with a part of it."""
    rank = len(x.shape)
    if rank == 2:
        return ops.matmul(x[:, None, :], x[:, :, None])[:, 0]
    turned = ops.swapaxes(x, -1, -2)
    if rank == 3:
        return c.one(lambda: ops.matmul(x, turned), lambda: x @ turned, lambda: ops.einsum("bij,bkj->bik", x, x),
                     lambda: ops.einsum("bij,bij->bi", x, x))()
    return ops.matmul(x, turned)


def sizes(c, n, low, high):
    return c.int(low, high) if c.p(0.6) else tuple(c.int(low, high) for _ in range(n))


def constant(c, *shape):
    return c.rng.normal(0, 0.5, shape).astype("float32")


def window(c, x):
    """Convolutions and pooling."""
    n = len(x.shape) - 2
    if n < 1 or n > 3 or None in x.shape[1:]:
        raise ValueError("no image")
    form = c.one("channels_last", "channels_last", "channels_first")
    channels = x.shape[-1] if form == "channels_last" else x.shape[1]
    common = {"padding": c.one("valid", "same"), "data_format": form}
    if c.p(0.5):
        name = "max_pool" if c.p(0.6) or (common["padding"] == "same" and backend.backend() == "torch") else "average_pool"
        return getattr(ops, name)(x, sizes(c, n, 1, 3), strides=c.one(None, c.int(1, 2)), **common)
    common |= {"strides": c.int(1, 2)} if c.p(0.6) else {"dilation_rate": 2}
    kernel = [c.int(1, 3) for _ in range(n)]
    if n < 3 and c.p(0.3):
        return ops.depthwise_conv(x, constant(c, *kernel, channels, c.int(1, 2)), **common)
    if n < 3 and c.p(0.2):
        depth = c.int(1, 2)
        return ops.separable_conv(x, constant(c, *kernel, channels, depth), constant(c, *[1] * n, channels * depth, c.int(1, 3)), **common)
    return ops.conv(x, constant(c, *kernel, channels, c.int(1, 4)), **common)


def image(c, x):
    if len(x.shape) != 4 or None in x.shape[1:]:
        raise ValueError("no image")
    form = {"data_format": c.one("channels_last", "channels_last", "channels_first")}
    kinds = ("nearest", "bilinear") if backend.backend() == "torch" else ("nearest", "bilinear", "bicubic")
    return c.one(
        lambda: ops.image.resize(x, (c.int(2, 7), c.int(2, 7)), interpolation=c.one(*kinds), **form),
        lambda: ops.image.pad_images(x, c.int(0, 2), c.int(0, 2), c.int(0, 2), c.int(0, 2), **form),
        lambda: ops.image.crop_images(x, c.int(0, 1), c.int(0, 1), c.int(0, 1), c.int(0, 1), **form),
        lambda: ops.rot90(x, k=c.int(1, 3), axes=(1, 2)))()


def several(c, x):
    """Sorting, choosing and counting."""
    rank, last = len(x.shape), x.shape[-1]
    if last is None:
        raise ValueError("unknown size")
    choices = [
        lambda: ops.top_k(x, c.int(1, last))[0], lambda: real(ops.argsort(x, axis=-1)), lambda: ops.cumprod(ops.tanh(x), axis=-1),
        lambda: ops.take_along_axis(x, ops.argsort(x, axis=-1), axis=-1), lambda: ops.hstack([x, x]),
        lambda: ops.quantile(x, c.one(0.25, 0.5, 0.8), axis=-1, keepdims=True), lambda: ops.rms_normalization(x, axis=-1),
        lambda: ops.where(ops.logical_and(x > -0.5, x < 0.5), x, ops.zeros_like(x)),
        lambda: ops.logsumexp(x, axis=-1, keepdims=True) + x, lambda: ops.one_hot(ops.cast(ops.clip(x, 0, 3), "int32"), 4),
        lambda: ops.expand_dims(ops.einsum("...i,...i->...", x, x), -1), lambda: real(ops.digitize(x, np.array([-0.4, 0.1, 0.6], "float32"))),
        lambda: real(ops.isin(ops.round(x), [0.0, 1.0])), lambda: ops.cast(ops.cast(x, c.one("float16", "bfloat16")), "float32"),
        lambda: ops.concatenate(ops.rfft(x), axis=-1), lambda: ops.irfft((x, ops.tanh(x)), fft_length=c.int(2, 6)),
        lambda: ops.extract_sequences(x, c.int(1, last), c.int(1, 2))]
    if rank == 2:
        choices.append(lambda: ops.multi_hot(ops.cast(ops.clip(x * 2, 0, 4), "int32"), 5))
    if rank > 3:
        choices.append(lambda: ops.diagonal(x, axis1=1, axis2=2))
    return c.one(*choices)()


def whole(c, x):
    """Operations on whole numbers."""
    return c.one(
        lambda: x + 1, lambda: x * 2, lambda: x % 3, lambda: x // 2, lambda: x + x, lambda: x / 2, lambda: x * 0.5, lambda: x[:, :2],
        lambda: ops.maximum(x, 2), lambda: ops.minimum(x, 5), lambda: ops.square(x), lambda: ops.abs(x - 3), lambda: ops.clip(x, 1, 4),
        lambda: ops.sum(x, axis=-1, keepdims=True), lambda: ops.max(x, axis=-1, keepdims=True), lambda: ops.cumsum(x, axis=-1),
        lambda: ops.mean(x, axis=-1, keepdims=True), lambda: ops.sort(x, axis=-1), lambda: ops.flip(x, axis=-1),
        lambda: ops.concatenate([x, x], axis=-1), lambda: ops.stack([x, x - 1], axis=1), lambda: ops.where(x > 3, x, 0),
        lambda: ops.cast(x, "float32"), lambda: ops.cast(ops.equal(x, 2), "int32"), lambda: ops.one_hot(ops.clip(x, 0, 11), 12),
        lambda: ops.negative(x), lambda: ops.sqrt(x), lambda: ops.power(x, 2))()


def operation(c, x):
    if "int" in str(x.dtype):
        return whole(c, x)
    return c.one(unary, unary, of_positive, scalar, scalar, reduce, index, move, move, normal, product, window, image, several)(c, x)
