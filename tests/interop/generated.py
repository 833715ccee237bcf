"""Random models of the kinds that every file format has to carry, for keras (3) and tf_keras (2) alike: "KIND:SEED".

The same name makes the same model each time.
"""
import numpy as np


class Chance:
    def __init__(self, name):
        kind, seed = name.split(":")
        self.rng = np.random.default_rng([KINDS.index(kind), int(seed)])

    def p(self, probability):
        return self.rng.random() < probability

    def one(self, *choices):
        return choices[int(self.rng.integers(len(choices)))]

    def int(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def real(self, low, high):
        return round(float(self.rng.uniform(low, high)), 3)


class Maker:
    """Layers with random arguments that both Kerases have."""

    def __init__(self, c, keras):
        self.c, self.keras, self.L = c, keras, keras.layers

    def weights(self, *names):
        c, k, out = self.c, self.keras, {}
        for name in names:
            if c.p(0.2):
                out[name + "_initializer"] = c.one("he_normal", "zeros", k.initializers.RandomNormal(0.1, 0.2),
                                                   k.initializers.VarianceScaling(0.5, "fan_avg", "uniform"))
            if c.p(0.15):
                out[name + "_regularizer"] = c.one("l2", k.regularizers.L1L2(0.01, c.real(0.001, 0.1)), k.regularizers.L1(0.02))
            if c.p(0.1):
                out[name + "_constraint"] = c.one("non_neg", k.constraints.MaxNorm(c.real(0.5, 2.0)), k.constraints.UnitNorm())
        if c.p(0.2):
            out["use_bias"] = False
        if c.p(0.1):
            out["trainable"] = False
        return out

    def activation(self):
        return self.c.one(None, "relu", "tanh", "sigmoid", "elu", "selu", "softplus", "softsign", "gelu", "softmax", "linear",
                          "swish", "exponential")

    def dense(self):
        return self.L.Dense(self.c.int(2, 6), activation=self.activation(), **self.weights("kernel", "bias"))

    def norm(self):
        c, L = self.c, self.L
        if c.p(0.3):
            return L.LayerNormalization(epsilon=c.one(1e-3, 1e-5), center=c.p(0.8), scale=c.p(0.8))
        return self.batch_norm()

    def batch_norm(self):
        c = self.c
        return self.L.BatchNormalization(momentum=c.one(0.99, 0.9, 0.7), epsilon=c.one(1e-3, 1e-2), center=c.p(0.8), scale=c.p(0.8),
                                         trainable=c.p(0.85))

    def any(self):
        """For every shape."""
        c, L = self.c, self.L
        return c.one(self.norm, lambda: L.Activation(self.activation() or "relu"), lambda: L.LeakyReLU(c.real(0.1, 0.4)),
                     lambda: L.ReLU(c.one(None, 1.5), negative_slope=c.real(0, 0.3)), lambda: L.ELU(c.real(0.5, 1.5)),
                     lambda: L.PReLU(), lambda: L.Dropout(0.0), lambda: L.Softmax(), self.dense, self.dense)()

    def vector(self):
        return self.any()

    def image(self, x):
        c, L = self.c, self.L
        common = dict(padding=c.one("same", "valid"), activation=self.activation())
        size = min(x.shape[1], x.shape[2])
        kernel = c.int(1, min(3, size))
        choices = [
            lambda: L.Conv2D(c.one(2, 4), kernel, strides=c.int(1, 2), groups=2 if x.shape[-1] % 2 == 0 and c.p(0.5) else 1,
                             **common, **self.weights("kernel", "bias")),
            lambda: L.Conv2D(c.int(2, 5), (kernel, 1), dilation_rate=1 if size < 5 else 2, **common, **self.weights("kernel", "bias")),
            lambda: L.DepthwiseConv2D(kernel, depth_multiplier=c.int(1, 2), **common, **self.weights("depthwise", "bias")),
            lambda: L.SeparableConv2D(c.int(2, 4), kernel, **common, **self.weights("depthwise", "pointwise", "bias")),
            lambda: L.Conv2DTranspose(c.int(2, 4), kernel, strides=c.int(1, 2), **common, **self.weights("kernel", "bias")),
            lambda: L.ZeroPadding2D(c.one(1, (1, 0), ((1, 0), (2, 1)))), lambda: L.UpSampling2D(c.one(2, (1, 2))),
            self.batch_norm, self.any]
        if size > 3:
            choices += [lambda: L.MaxPooling2D(2, padding=c.one("same", "valid")), lambda: L.AveragePooling2D(2, strides=c.int(1, 2)),
                        lambda: L.Cropping2D(c.one(1, ((1, 0), (0, 2))))]
        return c.one(*choices)()

    def recurrent(self, sequences=True, cell=None, **more):
        c, L = self.c, self.L
        cls = cell or c.one(L.LSTM, L.GRU, L.SimpleRNN)
        more |= {k: v for k, v in self.weights("kernel", "recurrent", "bias").items() if k != "trainable"}
        if c.p(0.2) and cls is not L.SimpleRNN:
            more["recurrent_activation"] = "tanh"
        if c.p(0.2):
            more["activation"] = c.one("relu", "softsign")
        if cls is L.GRU and c.p(0.4):
            more["reset_after"] = False
        return cls(c.int(2, 4), return_sequences=sequences, **more)

    def sequence(self, x):
        c, L = self.c, self.L
        choices = [
            lambda: L.Conv1D(c.int(2, 4), c.int(1, 3), padding=c.one("same", "causal"), activation=self.activation(),
                             **self.weights("kernel", "bias")),
            self.recurrent, self.bidirectional, lambda: L.TimeDistributed(self.dense()), self.any]
        if x.shape[1] is not None and x.shape[1] > 3:
            choices += [lambda: L.MaxPooling1D(2), lambda: L.AveragePooling1D(2, padding="same"), lambda: L.Cropping1D(1),
                        lambda: L.ZeroPadding1D((1, 0))]
        return c.one(*choices)()

    def bidirectional(self, sequences=True):
        c, L = self.c, self.L
        forward = self.recurrent(sequences)
        return L.Bidirectional(forward, merge_mode=c.one("concat", "sum", "mul", "ave"))

    def layer(self, x):
        return {2: lambda x: self.vector(), 3: self.sequence, 4: self.image}[len(x.shape)](x)

    def shape(self, rank=None):
        c = self.c
        rank = rank or c.one(1, 2, 3, 3)
        return {1: (c.int(2, 6),), 2: (c.int(4, 6), c.int(2, 4)), 3: (c.int(5, 8), c.int(5, 8), c.one(2, 3, 4))}[rank]

    def chain(self, x, steps):
        layers = []
        for _ in range(steps):
            for _ in range(20):
                try:
                    layer = self.layer(x)
                    y = layer(x)
                    if all(d is None or 0 < d < 40 for d in y.shape[1:]):
                        break
                except (ValueError, TypeError):  # Keras's own word on shapes that do not fit
                    continue
            layers.append(layer)
            x = y
        return layers, x

    def grow(self, x, steps):
        return self.chain(x, steps)[1]

    def flat(self, x):
        c, L = self.c, self.L
        if len(x.shape) == 2:
            return x
        pools = {3: [L.GlobalAveragePooling1D, L.GlobalMaxPooling1D], 4: [L.GlobalAveragePooling2D, L.GlobalMaxPooling2D]}
        return c.one(L.Flatten, *pools[len(x.shape)])()(x)

    def model(self, shape, depth, outputs=None):
        """A model of models; `outputs`: numbers of a sample's output."""
        c, k, L = self.c, self.keras, self.L
        x = L.Input(shape)
        if c.p(0.5):
            layers, y = self.chain(x, c.int(1, 2))
            if depth > 1:
                inner = self.model(tuple(y.shape[1:]), depth - 1)
                layers.append(inner)
                y = inner(y)
            if outputs:
                layers += [L.Flatten(), L.Dense(outputs)]
            # Layers that have been called already may not stand in a Sequential of Keras 2's as they are.
            return k.Sequential([L.Input(shape)] + [l if isinstance(l, k.Model) else type(l).from_config(l.get_config()) for l in layers])
        y = self.grow(x, 1)
        if depth > 1:
            y = self.model(tuple(y.shape[1:]), depth - 1)(y)
        y = self.merge(y, self.grow(y, 1)) if c.p(0.5) else self.grow(y, 1)
        if outputs:
            y = L.Dense(outputs)(L.Flatten()(y))
        return k.Model(x, y)

    def merge(self, *tensors):
        c, L = self.c, self.L
        if len({tuple(t.shape) for t in tensors}) > 1:
            units = c.int(2, 4)
            tensors = [L.Dense(units, activation="tanh")(self.flat(t)) for t in tensors]
        kinds = [L.Add, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate, L.Concatenate]
        return c.one(*kinds, *([L.Subtract] if len(tensors) == 2 else []))()(list(tensors))


def sequential(m):
    c, L, shape = m.c, m.L, m.shape()
    x = L.Input(shape)
    layers, y = m.chain(x, c.int(2, 5))
    fresh = [type(l).from_config(l.get_config()) for l in layers]
    if len(y.shape) > 2 and c.p(0.7):
        fresh.append(L.Flatten())
    return m.keras.Sequential([L.Input(shape)] + fresh + [L.Dense(c.int(1, 4), activation=c.one(None, "softmax", "sigmoid"))])


def functional(m):
    c, L = m.c, m.L
    x = L.Input(m.shape())
    left, right = m.grow(x, c.int(1, 3)), m.grow(x, c.int(1, 3))
    y = m.grow(m.merge(left, right), c.int(1, 2))
    if c.p(0.5):
        y = m.merge(y, left)
    return m.keras.Model(x, L.Dense(c.int(1, 4))(m.flat(y)))


def nested(m):
    c, L = m.c, m.L
    shape = m.shape()
    x = L.Input(shape)
    inner = m.model(shape, c.int(1, 3), outputs=3)
    y = inner(x)
    again = m.model((3,), c.int(1, 2), outputs=3)
    y = again(y)
    if c.p(0.5):
        y = L.Add()([y, again(y)])
    return m.keras.Model(x, [m.dense()(y), y] if c.p(0.3) else m.dense()(y))


def shared(m):
    c, L = m.c, m.L
    shape = m.shape()
    a, b = L.Input(shape), L.Input(shape)
    part = m.model(shape, c.int(1, 2), outputs=3) if c.p(0.5) else L.Dense(3, activation="tanh", **m.weights("kernel", "bias"))
    y = m.merge(part(a), part(b))
    again = L.Dense(3, activation="softsign")
    y = m.flat(y)
    if int(y.shape[-1]) == 3:
        y = m.merge(again(y), again(again(y)))
    return m.keras.Model([a, b], L.Dense(c.int(1, 3))(m.flat(y)))


def multi_output(m):
    c, L = m.c, m.L
    inputs = [L.Input(m.shape()) for _ in range(c.int(1, 3))]
    ends = [m.grow(x, c.int(1, 2)) for x in inputs]
    y = m.merge(*ends) if len(ends) > 1 else ends[0]
    outputs = [m.grow(y, c.int(1, 2)), m.dense()(m.flat(y))] + [L.Dense(2, activation="sigmoid")(m.flat(e)) for e in ends[:c.int(0, 2)]]
    order = m.c.rng.permutation(len(outputs))
    return m.keras.Model(inputs, [outputs[i] for i in order])


def rnn(m):
    c, L = m.c, m.L
    if c.p(0.4):
        x = L.Input((5,), name="ids")
        h = L.Embedding(10, c.int(2, 4), mask_zero=c.p(0.6))(x)
    else:
        x = L.Input((c.int(4, 6), c.int(2, 4)), name="x")
        h = L.Masking(0.25)(x) if c.p(0.3) else x
    h = c.one(m.recurrent, m.bidirectional)()(h)
    if c.p(0.3):
        h = L.RNN([L.LSTMCell(c.int(2, 3)), L.GRUCell(c.int(2, 3))], return_sequences=True)(h)
    outputs = []
    if c.p(0.5):
        cls, units = c.one(L.LSTM, L.GRU), c.int(2, 3)
        h, *states = cls(units, return_sequences=True, return_state=True)(h)
        outputs.append(states[0])
        if c.p(0.5):
            h = cls(units, return_sequences=True, go_backwards=c.p(0.3))(h, initial_state=states)
    h = c.one(m.recurrent, m.bidirectional)(sequences=c.p(0.4))(h)
    return m.keras.Model(x, [L.Dense(2)(h)] + outputs)


def bn(m):
    c, L = m.c, m.L
    x = L.Input(m.shape())
    h = x
    for _ in range(c.int(2, 3)):
        h = m.batch_norm()(m.grow(h, 1))
    if c.p(0.5):
        base = m.keras.Model(x, h)
        base.trainable = c.p(0.5)
        x = L.Input(tuple(x.shape[1:]))
        h = m.batch_norm()(base(x))
    return m.keras.Model(x, L.Dense(2)(m.batch_norm()(m.flat(h))))


def mha(m):
    c, L = m.c, m.L
    x = L.Input((c.int(3, 6), c.int(3, 6)))
    q = L.Dense(c.int(3, 6))(x) if c.p(0.4) else x
    h = L.MultiHeadAttention(c.int(1, 3), c.int(2, 4), use_bias=c.p(0.7), output_shape=c.one(None, 4))(
        q, x, **({"use_causal_mask": True} if c.p(0.3) else {}))
    if c.p(0.5):
        h = L.Attention(use_scale=c.p(0.5))([h, h])
    h = L.LayerNormalization()(m.merge(h, L.Dense(int(h.shape[-1]))(q)))
    return m.keras.Model(x, L.Dense(3)(m.flat(h)))


BUILDERS = {f.__name__: f for f in (sequential, functional, nested, shared, multi_output, rnn, bn, mha)}
KINDS = list(BUILDERS)


def build(name, keras):
    return BUILDERS[name.split(":")[0]](Maker(Chance(name), keras))


def optimizer(name, keras):
    """Ones that do not blow rounding errors up: the others have compiled.py, on a model that suits them."""
    c = Chance(name)
    o = keras.optimizers
    if name.startswith("rnn:"):  # as models.optimizer
        return o.SGD(0.02, momentum=c.one(0.0, 0.9), nesterov=c.p(0.5))
    return c.one(lambda: o.SGD(0.02, momentum=c.one(0.0, 0.9), nesterov=c.p(0.5)), lambda: o.Adam(0.01, epsilon=1e-2, amsgrad=c.p(0.3)),
                 lambda: o.RMSprop(0.005, epsilon=1e-2, centered=c.p(0.5)), lambda: o.Adagrad(0.02, epsilon=1e-2),
                 lambda: o.AdamW(0.01, epsilon=1e-2), lambda: o.Adamax(0.01, epsilon=1e-2))()
