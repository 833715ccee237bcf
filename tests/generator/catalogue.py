"""Layers of one input, with random arguments: each function gives a layer for a tensor of a rank that it names."""

import numpy as np
from keras import backend, layers

MAKERS = []


def takes(*ranks, weight=1.0, dtype="float", noise=False):
    def keep(make):
        MAKERS.append((make, ranks, weight, dtype, noise))
        return make
    return keep


def axes(c, rank):
    """One axis or several, not the batch."""
    every = list(range(1, rank))
    if c.p(0.6):
        return c.one(-1, c.one(*every))
    count = c.int(1, len(every))
    return sorted(int(a) for a in c.rng.choice(every, count, replace=False))


# Any rank -----------------------------------------------------------------------------------------------------------------


@takes(2, 3, 4, 5, weight=3)
def dense(c, shape):
    return layers.Dense(c.int(1, 6), activation=c.activation(), **c.weights("kernel"))


@takes(2, 3, 4, 5, weight=2)
def activation(c, shape):
    return layers.Activation(c.activation() or "relu")


@takes(2, 3, 4, 5, weight=2)
def activation_layer(c, shape):
    rank = len(shape)
    return c.one(
        lambda: layers.ELU(alpha=c.real(0.3, 1.5)),
        lambda: layers.LeakyReLU(negative_slope=c.real(0.05, 0.5)),
        lambda: layers.ReLU(max_value=c.one(None, 1.0, 6.0), negative_slope=c.one(0.0, 0.1), threshold=c.one(0.0, 0.2)),
        lambda: layers.Softmax(axis=axes(c, rank)),
        lambda: layers.PReLU(alpha_initializer=c.one("zeros", "random_normal"),
                             shared_axes=c.one(None, [1]) if rank < 4 else [1, 2]))()


@takes(2, 3, 4, 5)
def layer_normalization(c, shape):
    # torch normalizes the last axes only, whatever the argument says.
    choices = [-1, -1, list(range(c.int(1, len(shape) - 1), len(shape)))]
    if backend.backend() != "torch":
        choices += [1, axes(c, len(shape))]
    axis = c.one(*choices)
    return layers.LayerNormalization(axis=axis, epsilon=c.one(1e-3, 1e-5), center=c.p(0.8), scale=c.p(0.8))


@takes(2, 3, 4, 5, weight=1.5)
def batch_normalization(c, shape):
    return layers.BatchNormalization(axis=c.one(-1, -1, 1), momentum=c.one(0.99, 0.8), epsilon=c.one(1e-3, 1e-2), center=c.p(0.8),
                                     scale=c.p(0.8), trainable=c.p(0.9))


@takes(2, 3, 4, 5)
def group_normalization(c, shape):
    axis = c.one(-1, -1, 1)
    channels = shape[axis] or 1
    divisors = [g for g in range(1, channels + 1) if channels % g == 0] + [-1]
    return layers.GroupNormalization(groups=c.one(*divisors), axis=axis, epsilon=c.one(1e-3, 1e-2), center=c.p(0.8),
                                     scale=c.p(0.8))


@takes(2, 3, 4, 5, weight=0.7)
def other_normalization(c, shape):
    return c.one(lambda: layers.UnitNormalization(axis=axes(c, len(shape))),
                 lambda: layers.RMSNormalization(axis=-1, epsilon=c.one(1e-6, 1e-3)))()


@takes(2, 3, 4, 5, weight=0.7)
def normalization(c, shape):
    size = shape[-1]
    if size is None:
        raise ValueError("unknown size")
    return layers.Normalization(axis=-1, mean=[c.real(-1, 1) for _ in range(size)],
                                variance=[c.real(0.5, 2) for _ in range(size)], invert=c.p(0.2))


@takes(2, 3, 4, 5)
def rescaling(c, shape):
    return layers.Rescaling(c.one(0.5, 2.0, [c.real(0.5, 2) for _ in range(shape[-1] or 1)]), offset=c.one(0.0, -0.3))


@takes(2, 3, 4, 5)
def reshape(c, shape):
    sizes = [s for s in shape[1:]]
    if None in sizes:
        raise ValueError("unknown size")
    total = int(np.prod(sizes))
    rank = c.int(1, 4)
    out = []
    for _ in range(rank - 1):
        divisors = [d for d in range(1, total + 1) if total % d == 0]
        out.append(c.one(*divisors))
        total //= out[-1]
    out.append(total)
    if c.p(0.3):
        out[c.int(0, rank - 1)] = -1
    return layers.Reshape(out)


@takes(3, 4, 5)
def permute(c, shape):
    return layers.Permute([int(i) for i in c.rng.permutation(range(1, len(shape)))])


@takes(2, 3, 4, 5)
def flatten(c, shape):
    return layers.Flatten(data_format=c.format())


@takes(2, 3, 4, weight=0.5)
def plain(c, shape):
    return c.one(lambda: layers.Identity(),
                 lambda: layers.ActivityRegularization(l1=c.real(0, 0.05), l2=c.real(0, 0.05)))()


@takes(2, 3, 4, 5, noise=True, weight=3)
def noise(c, shape):
    rank = len(shape)
    choices = [lambda: layers.Dropout(c.real(0, 0.7)), lambda: layers.GaussianNoise(c.real(0, 0.5)),
               lambda: layers.GaussianDropout(c.real(0.1, 0.5)), lambda: layers.AlphaDropout(c.real(0, 0.5))]
    if rank == 3:
        choices += [lambda: layers.SpatialDropout1D(c.real(0, 0.5))] * 2
    if rank == 4:
        choices += [lambda: layers.SpatialDropout2D(c.real(0, 0.5), data_format=c.format())] * 2
    if rank == 5:
        choices += [lambda: layers.SpatialDropout3D(c.real(0, 0.5), data_format=c.format())] * 2
    return c.one(*choices)()


@takes(2, 3, 4)
def einsum_dense(c, shape):
    letters = "bcdef"[:len(shape)]
    units = c.int(1, 5)
    contracted = c.one(letters[-1], letters[1])
    kept = letters.replace(contracted, "")
    sizes = [s for l, s in zip(letters[1:], shape[1:]) if l != contracted]
    order = c.one(lambda: (kept + "z", sizes + [units]), lambda: (kept[:1] + "z" + kept[1:], [units] + sizes))()
    bias = c.one(None, "z", order[0][1:] if None not in order[1] else "z")
    return layers.EinsumDense(f"{letters},{contracted}z->{order[0]}", output_shape=order[1], bias_axes=bias,
                              activation=c.activation(True), **c.weights("kernel", bias=False, activity=False))


@takes(2, weight=1.5)
def repeat_vector(c, shape):
    return layers.RepeatVector(c.int(1, 5))


@takes(2, 3, 4, weight=0.5)
def spectral(c, shape):
    inner = layers.Dense(c.int(1, 5)) if len(shape) < 4 else layers.Conv2D(c.int(1, 4), 2, padding="same")
    return layers.SpectralNormalization(inner, power_iterations=c.int(1, 2))


@takes(2, 3, weight=0.3)
def discretization(c, shape):
    mode = c.one("int", "one_hot") if len(shape) == 3 else c.one("multi_hot", "count", "int")
    return layers.Discretization(bin_boundaries=[-0.5, 0.1, 0.6], output_mode=mode)


# Whole numbers ------------------------------------------------------------------------------------------------------------


@takes(2, 3, weight=6, dtype="int")
def embedding(c, shape):
    if c.p(0.1):
        return layers.ReversibleEmbedding(12, c.int(1, 6), tie_weights=c.p(0.5), mask_zero=c.p(0.5))
    return layers.Embedding(12, c.int(1, 6), mask_zero=c.p(0.5),
                            embeddings_initializer=c.one("uniform", "random_normal", "glorot_uniform"),
                            **({"embeddings_regularizer": c.regularizer()} if c.p(0.1) else {}),
                            **({"embeddings_constraint": "non_neg"} if c.p(0.1) else {}))


@takes(2, 3, 4, weight=1, dtype="int")
def moved(c, shape):
    """Layers that leave whole numbers whole."""
    choices = [lambda: layers.Flatten(), lambda: layers.Identity(), lambda: layers.Reshape((-1,)), lambda: layers.Reshape((-1, 1))]
    if len(shape) == 2:
        choices += [lambda: layers.RepeatVector(c.int(1, 3))] * 2
    else:
        choices.append(lambda: layers.Permute(list(range(len(shape) - 1, 0, -1))))
    if len(shape) == 3:
        choices += [lambda: layers.ZeroPadding1D(1), lambda: layers.Cropping1D((1, 0)), lambda: layers.UpSampling1D(2)]
    return c.one(*choices)()


@takes(2, 3, 4, weight=2, dtype="int")
def computed(c, shape):
    """Layers that make real numbers of whole ones."""
    return c.one(lambda: layers.Rescaling(0.25, offset=-0.5), lambda: layers.Dense(c.int(1, 4), activation=c.activation()),
                 lambda: layers.Activation("tanh"), lambda: layers.Normalization(mean=2.0, variance=3.0),
                 lambda: layers.Discretization(bin_boundaries=[1, 4, 6], output_mode=c.one("int", "one_hot") if len(shape) > 2 else "int"))()


@takes(2, weight=1, dtype="int")
def category_encoding(c, shape):
    return layers.CategoryEncoding(12, output_mode=c.one("multi_hot", "count"))


# Layers around layers -----------------------------------------------------------------------------------------------------


@takes(3, 4, 5, weight=1.5)
def time_distributed(c, shape):
    rank = len(shape) - 1
    makers = [(m, w) for m, ranks, w, dtype, noisy in MAKERS
              if rank in ranks and dtype == "float" and not noisy and m not in (time_distributed, discretization)]
    make = c.one(*[m for m, _ in makers])
    inner = make(c, (shape[0],) + tuple(shape[2:]))
    return layers.TimeDistributed(inner)
