"""Every layer of the catalogue with every argument: each function draws one layer's arguments and says what it is called on."""

import keras
from keras import backend, constraints, initializers, layers, regularizers

CASES = {}


def case(make):
    CASES[make.__name__] = make
    return make


class Called:
    """A layer, or a function of a list of tensors; the shapes of its inputs without the batch; what the data are."""

    def __init__(self, layer, *shapes, words=0, whole=(), flags=(), images=False, noise=False, blank=None, together=False):
        self.layer, self.shapes = layer, shapes
        self.words, self.whole = words, whole or (range(len(shapes)) if words else ())  # whole numbers below `words`, in these inputs
        self.flags, self.images, self.noise, self.blank = flags, images, noise, blank
        self.together = together  # called with a list


def initializer(c):
    seed = c.int(0, 9999)
    return c.one(c.initializer(), initializers.Constant(0.2), initializers.HeNormal(seed=seed), initializers.GlorotUniform(seed=seed),
                 initializers.VarianceScaling(1.5, "fan_out", "untruncated_normal", seed=seed))


def zeros(c):
    return c.one("zeros", "ones", "random_uniform", initializers.Constant(-0.3), initializers.RandomNormal(seed=3), initializers.Zeros())


def regularizer(c, kernel=False):
    orthogonal = [regularizers.OrthogonalRegularizer(factor=0.02, mode=c.one("rows", "columns"))] if kernel else []
    return c.one(None, c.regularizer(), *orthogonal)


def constraint(c):
    return c.one(None, "unit_norm", "max_norm", c.constraint(), constraints.MaxNorm(0.7, axis=-1), constraints.UnitNorm(axis=-1))


def weights(c, *names, activity=True):
    out = {}
    for name in names:
        if c.p(0.5):
            out[f"{name}_initializer"] = zeros(c) if name == "bias" else initializer(c)
        if c.p(0.4):
            out[f"{name}_regularizer"] = regularizer(c)
        if c.p(0.3):
            out[f"{name}_constraint"] = constraint(c)
    if "bias" in names and c.p(0.3):
        out["use_bias"] = False
    if activity and c.p(0.15):
        out["activity_regularizer"] = c.regularizer()
    return out


def common(c):
    name = {"name": c.one("Wéird-name.1", "a b c", "kernel", "vars", "layer", "UPPER_case_9", "_under", "conv2d_1", "0")} if c.p(0.15) else {}
    return name | ({"trainable": False} if c.p(0.12) else {})


def form(c):
    return c.one({}, {"data_format": "channels_last"}, {"data_format": "channels_first"})


def sizes(c, n, low, high):
    return c.int(low, high) if c.p(0.5) else tuple(c.int(low, high) for _ in range(n))


def vector(c):
    return (c.int(1, 9),)


def sequence(c):
    return (c.int(3, 9), c.int(1, 6))


def image(c):
    return (c.int(4, 9), c.int(4, 9), c.one(1, 2, 3, 4, 6))


def volume(c):
    return (c.int(3, 6), c.int(3, 6), c.int(3, 5), c.one(1, 2, 4))


def anything(c):
    return c.one(vector, sequence, image, volume)(c)


SPACES = {1: sequence, 2: image, 3: volume}


def channels(shape, arguments):
    return shape[0] if arguments.get("data_format") == "channels_first" else shape[-1]


@case
def dense(c):
    extra = {"kernel_regularizer": regularizer(c, True)} if c.p(0.2) else {}
    return Called(layers.Dense(c.int(1, 9), activation=c.activation(), **weights(c, "kernel", "bias") | extra, **common(c)), anything(c))


@case
def einsum_dense(c):
    s = c.one(sequence, image)(c)
    if len(s) == 2:
        equation, output, bias = c.one(("abc,cd->abd", (None, 4), "d"), ("abc,cde->abde", (None, 3, 2), "de"), ("abc,bd->adc", (5, s[1]), "d"),
                                       ("...x,xy->...y", (4,), "y"), ("abc,cd->adb", (3, s[0]), c.one("d", None, "db")),
                                       ("abc,bcd->ad", (3,), "d"))
    else:
        equation, output, bias = c.one(("abcd,cde->abe", (None, 4), "e"), ("abcd,de->abce", (None, None, 3), c.one("e", None)),
                                       ("abcd,bde->ace", (s[1], 3), "e"), ("...cd,cde->...e", (4,), "e"))
    return Called(layers.EinsumDense(equation, output_shape=output, bias_axes=bias, activation=c.activation(), **weights(c, "kernel"), **common(c)), s)


def window(c, n, arguments, transposed=False, even=False):
    out = {"kernel_size": sizes(c, n, 1, 4), "padding": c.one("valid", "same")}
    roll = c.rng.random()
    if roll < 0.35:
        out["strides"] = c.int(1, 3) if even else sizes(c, n, 1, 3)
    elif roll < 0.6 and not (transposed and backend.backend() == "tensorflow"):  # there not on a CPU
        out["dilation_rate"] = sizes(c, n, 1, 3)
    if c.p(0.5):
        out["activation"] = c.activation()
    return out | arguments


def convolutions(n):
    def conv(c):
        s, f = SPACES[n](c), form(c)
        groups = c.one(*[d for d in range(1, channels(s, f) + 1) if channels(s, f) % d == 0])
        a = window(c, n, f)
        if n == 1 and f.get("data_format") != "channels_first" and c.p(0.3):
            a["padding"] = "causal"
        return Called(getattr(layers, f"Conv{n}D")(groups * c.int(1, 4), groups=groups, **a, **weights(c, "kernel", "bias"), **common(c)), s)

    def transposed(c):
        a = window(c, n, form(c), transposed=True)
        if "strides" in a and c.p(0.4):
            strides = a["strides"] if isinstance(a["strides"], tuple) else (a["strides"],) * n
            a["output_padding"] = tuple(c.int(0, stride - 1) for stride in strides)
        return Called(getattr(layers, f"Conv{n}DTranspose")(c.int(1, 4), **a, **weights(c, "kernel", "bias"), **common(c)), SPACES[n](c))

    def depthwise(c):
        a = window(c, n, form(c), even=True)
        cls = getattr(layers, f"DepthwiseConv{n}D")
        return Called(cls(depth_multiplier=c.int(1, 3), **a, **weights(c, "depthwise", "bias"), **common(c)), SPACES[n](c))

    def separable(c):
        a = window(c, n, form(c), even=True)
        cls = getattr(layers, f"SeparableConv{n}D")
        return Called(cls(c.int(1, 5), depth_multiplier=c.int(1, 3), **a, **weights(c, "depthwise", "pointwise", "bias"), **common(c)), SPACES[n](c))

    def recurrent(c):
        s = {1: (c.int(2, 4), c.int(4, 6), c.int(1, 3)), 2: (c.int(2, 3), c.int(4, 5), c.int(4, 5), c.int(1, 2)), 3: (2, 3, 4, 3, c.int(1, 2))}[n]
        a = {"kernel_size": sizes(c, n, 1, 3), "padding": c.one("valid", "same"), "unit_forget_bias": c.p(0.6)} | (form(c) if n < 3 else {})
        if c.p(0.5):
            a[c.one("strides", "dilation_rate")] = c.int(1, 2)
        for name in ("return_sequences", "go_backwards", "return_state"):
            a[name] = c.p(0.4)
        if c.p(0.3):
            a |= {"activation": c.activation(), "recurrent_activation": c.one("sigmoid", "hard_sigmoid", "tanh")}
        noisy = c.p(0.3)
        a |= {"dropout": 0.3, "recurrent_dropout": c.one(0.0, 0.2)} if noisy else {}
        return Called(getattr(layers, f"ConvLSTM{n}D")(c.int(1, 3), **a, **weights(c, "kernel", "recurrent", "bias"), **common(c)), s, noise=noisy)

    return {f"conv{n}d": conv, f"conv{n}d_transpose": transposed, f"conv_lstm{n}d": recurrent} | \
        ({f"depthwise_conv{n}d": depthwise, f"separable_conv{n}d": separable} if n < 3 else {})


def sliding(n):
    def pooling(c):
        kind = c.one("Max", "Average")
        padding = "valid" if backend.backend() == "torch" and kind == "Average" else c.one("valid", "same")
        cls = getattr(layers, f"{kind}Pooling{n}D")
        return Called(cls(sizes(c, n, 1, 4), strides=c.one(None, sizes(c, n, 1, 3)), padding=padding, **form(c), **common(c)), SPACES[n](c))

    def global_pooling(c):
        return Called(getattr(layers, f"Global{c.one('Max', 'Average')}Pooling{n}D")(keepdims=c.p(0.5), **form(c)), SPACES[n](c))

    def adaptive(c):
        return Called(getattr(layers, f"Adaptive{c.one('Max', 'Average')}Pooling{n}D")(sizes(c, n, 1, 5), **form(c)), SPACES[n](c))

    def edges(c, high):
        several = lambda: tuple((c.int(0, high), c.int(0, high)) for _ in range(n))
        return c.one(c.int(0, high), (c.int(0, high), c.int(0, high)) if n == 1 else tuple(c.int(0, high) for _ in range(n)), c.int(0, 1) if n == 1 else several())

    def padding(c):
        return Called(getattr(layers, f"ZeroPadding{n}D")(edges(c, 3), **form(c), **common(c)), SPACES[n](c))

    def cropping(c):
        return Called(getattr(layers, f"Cropping{n}D")(edges(c, 1), **form(c) if n > 1 else {}, **common(c)), SPACES[n](c))

    def up_sampling(c):
        a = form(c) if n > 1 else {}
        if n == 2:
            a["interpolation"] = c.one("nearest", "bilinear", *() if backend.backend() == "torch" else ("bicubic", "lanczos3", "lanczos5"))
        return Called(getattr(layers, f"UpSampling{n}D")(sizes(c, n, 1, 3) if n > 1 else c.int(1, 3), **a), SPACES[n](c))

    def dropout(c):
        return Called(getattr(layers, f"SpatialDropout{n}D")(c.real(0, 0.9), seed=c.one(None, 3), **form(c) if n > 1 else {}), SPACES[n](c), noise=True)

    return {f"pooling{n}d": pooling, f"global_pooling{n}d": global_pooling, f"adaptive_pooling{n}d": adaptive, f"zero_padding{n}d": padding,
            f"cropping{n}d": cropping, f"up_sampling{n}d": up_sampling, f"spatial_dropout{n}d": dropout}


for dimensions in (1, 2, 3):
    CASES |= convolutions(dimensions) | sliding(dimensions)


def recurrent_arguments(c):
    out = {name: c.p(0.35) for name in ("return_sequences", "go_backwards", "return_state", "unroll")}
    if c.p(0.3):
        out["activation"] = c.one("relu", "tanh", "elu", None, layers.ELU(alpha=0.3), "softsign")
    if c.p(0.3):
        out |= {"dropout": 0.3, "recurrent_dropout": c.one(0.0, 0.2), "seed": c.one(None, 5)}
    return out


def recurrent(kind):
    def make(c):
        a = recurrent_arguments(c)
        if kind != "SimpleRNN":
            a["recurrent_activation"] = c.one("sigmoid", "hard_sigmoid")
        if kind == "LSTM":
            a |= {"unit_forget_bias": c.p(0.5), "use_cudnn": c.one("auto", False)}
        if kind == "GRU":
            a["reset_after"] = c.p(0.5)
        return Called(getattr(layers, kind)(c.int(1, 6), **a, **weights(c, "kernel", "recurrent", "bias"), **common(c)), sequence(c), noise="dropout" in a)
    return make


CASES |= {"simple_rnn": recurrent("SimpleRNN"), "lstm": recurrent("LSTM"), "gru": recurrent("GRU")}


def cell(c, units=None):
    units = units or c.int(1, 5)
    return c.one(lambda: layers.LSTMCell(units, activation=c.one("tanh", "relu"), unit_forget_bias=c.p(0.5), **weights(c, "kernel", "recurrent", "bias", activity=False)),
                 lambda: layers.GRUCell(units, reset_after=c.p(0.5), recurrent_activation="hard_sigmoid", **weights(c, "kernel", activity=False)),
                 lambda: layers.SimpleRNNCell(units, activation=c.one("tanh", "elu"), use_bias=c.p(0.5)))()


@case
def rnn(c):
    cells = c.one(lambda: cell(c), lambda: [cell(c) for _ in range(c.int(1, 3))], lambda: layers.StackedRNNCells([cell(c), cell(c)], name="stack"))()
    return Called(layers.RNN(cells, return_sequences=c.p(0.5), return_state=c.p(0.3), go_backwards=c.p(0.3), unroll=c.p(0.3),
                             zero_output_for_mask=c.p(0.5), **common(c)), sequence(c))


@case
def bidirectional(c):
    cls, units, state = c.one(layers.LSTM, layers.GRU, layers.SimpleRNN), c.int(1, 4), c.p(0.3)
    a = {"return_sequences": c.p(0.5), "return_state": state}
    back = {"backward_layer": cls(units, go_backwards=True, activation="elu", name="back", **a)} if c.p(0.4) else {}
    forward = cls(units, **a, **weights(c, "kernel", "recurrent", "bias"))
    return Called(layers.Bidirectional(forward, merge_mode=c.one("concat", "sum", "mul", "ave", *() if state else (None,)), **back, **common(c)), sequence(c))


@case
def bidirectional_cells(c):
    return Called(layers.Bidirectional(layers.RNN(c.one(cell(c), [cell(c, 3), cell(c, 2)]), return_sequences=c.p(0.5)), merge_mode=c.one("concat", "sum")), sequence(c))


@case
def time_distributed(c):
    s = c.one(image, volume)(c)
    flat = len(s) == 3
    inner = c.one(lambda: layers.Dense(3, activation=c.activation(), **weights(c, "kernel", "bias")), lambda: layers.LSTM(3, return_sequences=c.p(0.5)),
                  lambda: layers.BatchNormalization(), lambda: layers.Flatten(), lambda: layers.LayerNormalization(),
                  lambda: keras.Sequential([layers.Dense(3), layers.Activation("relu"), layers.Flatten(), layers.Dense(2)]),
                  lambda: (layers.Conv1D if flat else layers.Conv2D)(2, 2, padding="same"), lambda: layers.TimeDistributed(layers.Dense(2)),
                  lambda: layers.Bidirectional(layers.GRU(2)) if flat else layers.MaxPooling2D(2, padding="same"),
                  lambda: layers.GlobalAveragePooling1D() if flat else layers.GlobalMaxPooling2D())()
    return Called(layers.TimeDistributed(inner, **common(c)), s)
