"""Functions of keras.ops and operators on tensors: nodes of a graph that are no layers."""

import numpy as np
from keras import ops

UNARY = ["abs", "square", "sin", "cos", "tanh", "sigmoid", "relu", "softplus", "negative", "sign", "silu", "elu", "gelu",
         "arctan", "arcsinh", "sinh", "cosh", "expm1", "exp", "floor", "ceil", "round", "relu6", "selu", "softsign", "leaky_relu",
         "hard_sigmoid", "erf", "log_sigmoid", "absolute", "celu", "hard_tanh", "sinc", "isfinite", "nan_to_num", "trunc", "cbrt"]
REDUCTIONS = ["mean", "sum", "max", "min", "prod", "std", "var", "logsumexp", "amax", "amin", "median", "argmax", "any", "count_nonzero"]
BINARY = ["add", "subtract", "multiply", "maximum", "minimum", "arctan2", "greater", "less_equal", "not_equal", "logaddexp",
          "squared_difference", "equal"]


def real(x):
    return x if "float" in str(x.dtype) else ops.cast(x, "float32")


def positive(x):
    return ops.abs(x) + 0.5


def unary(c, x):
    name = c.one(*UNARY)
    if name in ("exp", "expm1", "sinh", "cosh"):
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
        return real(getattr(ops, name)(x, axis=-1, keepdims=True)) if name not in ("argmax",) else real(
            ops.argmax(x, axis=-1, keepdims=True))
    axis = c.one(-1, 1, c.int(1, rank - 1))
    if c.p(0.2) and name not in ("argmax", "median", "count_nonzero"):
        axis = sorted(int(a) for a in c.rng.choice(range(1, rank), c.int(1, rank - 2), replace=False))
    if name == "count_nonzero":
        return real(ops.count_nonzero(x, axis=axis))
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


def operation(c, x):
    return c.one(unary, unary, of_positive, scalar, scalar, reduce, index, move, move, normal, product)(c, x)
