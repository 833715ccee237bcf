"""What layers are put into: models of several inputs, frozen ones, models along a sequence, blocks, layers that a nested model
shares with the one around it."""

import numpy as np
from keras import Input, Model, Sequential, backend, layers, ops

import sequences
import windows

STRUCTURES = []


def structure(*ranks):
    def keep(make):
        STRUCTURES.append((make, ranks))
        return make
    return keep


def known(x):
    if None in x.shape[1:]:
        raise ValueError("unknown size")
    return tuple(x.shape[1:])


def smooth(c):
    return layers.Activation(c.activation(True))


@structure(2, 3, 4)
def several_inputs(c, composer, x):
    """A model of two tensors, called with a list or with names."""
    spec, other = known(x), composer.partner(x)
    a, b = Input(spec, name="a"), Input(spec, name="b")
    size = spec[-1]
    inside = composer.inner([layers.Add()([layers.Dense(size, activation=c.activation(True))(a), b]), a], c.int(1, 3))
    outputs = [v for v in inside if v is not a and v is not b][-c.int(1, 2):]
    if c.p(0.5):
        return Model([a, b], outputs)([x, other])
    outputs = {f"y{i}": v for i, v in enumerate(outputs)}
    return Model({"b": b, "a": a}, outputs)({"a": x, "b": other})


@structure(2, 3, 4)
def frozen(c, composer, x):
    model = composer.sequential(known(x), c.int(1, 3))
    model.trainable = False
    y = model(x)
    return [y, model(x * 0.5)] if c.p(0.3) else y


@structure(2, 3, 4)
def deep(c, composer, x):
    """A model in a Sequential in a model."""
    spec = known(x)
    start = Input(spec)
    inner = Model(start, layers.Add()([layers.Dense(spec[-1], activation=c.activation(True))(start), start]))
    row = Sequential([Input(spec), inner, smooth(c), Sequential([Input(spec), layers.Dense(c.int(1, 4)), smooth(c)])])
    outer_start = Input(spec)
    outer = Model(outer_start, row(outer_start))
    return outer(x)


@structure(3, 4, 5)
def along(c, composer, x):
    """A model for each step."""
    model = composer.sequential(known(x)[1:], c.int(1, 3))
    return layers.TimeDistributed(model)(x)


@structure(2, 3, 4)
def shared_inside(c, composer, x):
    """A layer of the graph around that stands in two nested models as well."""
    spec = known(x)
    layer = layers.Dense(spec[-1], activation=c.activation(True), **c.weights("kernel"))
    models = []
    for _ in range(2):
        start = Input(spec)
        models.append(Model(start, smooth(c)(layer(start))))
    return [layers.Subtract()([models[0](layer(x)), models[1](x)])]


@structure(2, 3, 4, 5)
def other_shape(c, composer, x):
    """A layer that was made for a tensor of another shape."""
    fitting = [layer for layer, shape, dtype in composer.layers
               if len(shape) == len(x.shape) and shape != tuple(x.shape) and shape[-1] == x.shape[-1] and dtype == x.dtype]
    return c.one(*fitting)(x)


@structure(3, 4, 5)
def broadcast(c, composer, x):
    """A merge of a tensor with one that has a single cell along some axes."""
    axis = c.one(1, -1, c.int(1, len(x.shape) - 1))
    small = ops.mean(x, axis=axis, keepdims=True) if c.p(0.7) else ops.max(x, axis=list(range(1, len(x.shape) - 1)), keepdims=True)
    small = smooth(c)(small)
    kind = c.one("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    return getattr(layers, kind)()([x, small] if c.p(0.6) else [small, x])


@structure(4, 5)
def masked_frames(c, composer, x):
    """A recurrent convolution, or a model for each frame, that skips some frames."""
    mask = ops.greater(ops.mean(x, axis=list(range(2, len(x.shape)))), c.one(-0.05, 0.0))
    if c.p(0.7):
        return sequences.conv_lstm(c, tuple(x.shape))(x, mask=mask)
    return layers.TimeDistributed(layers.Dense(c.int(1, 3)))(x, mask=mask)


@structure(2, 3)
def doubled(c, composer, x):
    """A layer of another precision."""
    return layers.Dense(c.int(1, 4), activation=c.activation(True), dtype="float64")(x)


@structure(2, 3, 4)
def indexed(c, composer, x):
    steps = [lambda: x[..., None], lambda: x[:, None], lambda: x[..., :1], lambda: x[:, -2:], lambda: x[..., ::2], lambda: x[:, 1:],
             lambda: x[..., -1:], lambda: x[:, ..., 0:1]]
    if len(x.shape) > 2:
        steps += [lambda: x[:, 0], lambda: x[:, -1, ...], lambda: x[:, :, None], lambda: x[:, None, ..., 0], lambda: x[:, :-1, 1:],
                  lambda: x[..., 0]]
    if backend.backend() != "torch":  # which has no negative steps
        steps += [lambda: x[:, ::-1], lambda: x[..., ::-1], lambda: x[:, -1:0:-1]]
    return c.one(*steps)()


@structure(2, 3, 4)
def beside_constants(c, composer, x):
    row = c.rng.normal(0, 0.6, known(x)[-1:]).astype(c.one("float32", "float32", "float64"))
    scalar = np.float32(c.real(-2, 2))
    return c.one(lambda: x + row, lambda: row - x, lambda: x * row, lambda: ops.maximum(row, x), lambda: scalar * x, lambda: x / (np.abs(row) + 1),
                 lambda: row[None] * x, lambda: ops.where(x > row, x, row), lambda: ops.subtract(x, ops.convert_to_tensor(row)),
                 lambda: ops.add(x, row.tolist()))()


@structure(2, 3, 4)
def residual(c, composer, x):
    size = known(x)[-1]
    y = layers.Dense(2 * size, activation=c.activation(True))(c.one(layers.LayerNormalization(), layers.BatchNormalization())(x))
    return layers.Add()([x, layers.Dense(size)(y)])


@structure(3)
def transformer(c, composer, x):
    size = x.shape[-1]
    mask = {"use_causal_mask": True} if c.p(0.4) else {}
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    x = x + layers.MultiHeadAttention(c.int(1, 3), c.int(1, 4))(y, y, **mask)
    return x + layers.Dense(size)(layers.Dense(2 * size, activation="gelu")(layers.LayerNormalization()(x)))


@structure(4)
def squeeze(c, composer, x):
    channels = known(x)[-1]
    s = layers.GlobalAveragePooling2D(keepdims=True)(x)
    s = layers.Conv2D(channels, 1, activation="sigmoid")(layers.Conv2D(2, 1, activation="relu")(s))
    return layers.Multiply()([x, s])


@structure(4)
def branches(c, composer, x):
    """Inception's: windows of several sizes, joined."""
    parts = [layers.Conv2D(2, 1, activation="relu")(x), layers.Conv2D(c.int(1, 3), 3, padding="same")(x),
             layers.Conv2D(2, (1, 3), padding="same")(layers.MaxPooling2D(3, strides=1, padding="same")(x))]
    return layers.Concatenate()(parts)


@structure(4)
def down_and_up(c, composer, x):
    height, width = known(x)[:2]
    if height % 2 or width % 2:
        x = layers.ZeroPadding2D(((0, height % 2), (0, width % 2)))(x)
    y = layers.Conv2D(3, 3, padding="same", activation="relu")(layers.MaxPooling2D()(x))
    up = c.one(layers.UpSampling2D(interpolation=c.one("nearest", "bilinear")), layers.Conv2DTranspose(3, 2, strides=2),
               layers.Conv2DTranspose(2, 3, strides=2, padding="same"))(y)
    return layers.Concatenate()([x, up])


@structure(3, 4)
def windows_first(c, composer, x):
    """Windows over the first axis as channels."""
    known(x)
    name = "Conv1D" if len(x.shape) == 3 else "Conv2D"
    y = getattr(layers, name)(c.int(1, 4), 2, padding="same", data_format="channels_first", activation=c.activation(True))(x)
    return windows.named(c.one("MaxPooling", "AveragePooling"), len(x.shape))(2, padding="valid", data_format="channels_first")(y)


def build(c, composer, x):
    fitting = [make for make, ranks in STRUCTURES if len(x.shape) in ranks]
    return c.one(*fitting)(c, composer, x)
