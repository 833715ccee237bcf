"""Recurrent layers and attention."""

from keras import layers, ops

from catalogue import takes


def cell_arguments(c, gated):
    out = {"activation": c.activation(True)} if c.p(0.3) else {}
    if gated and c.p(0.3):
        out["recurrent_activation"] = c.one("sigmoid", "hard_sigmoid", "tanh", "softsign")
    if c.noise and c.p(0.3):
        out |= {"dropout": c.real(0, 0.5), "recurrent_dropout": c.real(0, 0.5)}
    out |= c.weights("kernel", "recurrent", activity=False)
    out.pop("trainable", None)  # Keras freezes the cell of some of these layers, and not of others
    return out


def recurrent_arguments(c):
    out = {"return_sequences": c.p(0.6)}
    stateful = 0.5 if c.fixed else 0.0
    for name, probability in (("go_backwards", 0.2), ("unroll", 0.1), ("zero_output_for_mask", 0.1), ("stateful", stateful)):
        if c.p(probability):
            out[name] = True
    return out


def cell(c):
    units = c.int(1, 5)
    kind = c.one("SimpleRNN", "LSTM", "GRU")
    extra = {"reset_after": c.p(0.6)} if kind == "GRU" else {"unit_forget_bias": c.p(0.7)} if kind == "LSTM" else {}
    arguments = cell_arguments(c, kind != "SimpleRNN")
    return getattr(layers, kind + "Cell")(units, **arguments, **extra)


def recurrent(c, allow_state=True):
    kind = c.one("SimpleRNN", "LSTM", "LSTM", "GRU", "GRU", "RNN")
    arguments = recurrent_arguments(c)
    if allow_state and c.p(0.2):
        arguments["return_state"] = True
    if kind == "RNN":
        made = c.one(lambda: cell(c), lambda: [cell(c), cell(c)], lambda: layers.StackedRNNCells([cell(c), cell(c)]))()
        return layers.RNN(made, **arguments)
    extra = {"reset_after": c.p(0.6)} if kind == "GRU" else {"unit_forget_bias": c.p(0.7)} if kind == "LSTM" else {}
    return getattr(layers, kind)(c.int(1, 6), **arguments, **cell_arguments(c, kind != "SimpleRNN"), **extra)


@takes(3, weight=6)
def rnn(c, shape):
    return recurrent(c)


@takes(3, weight=3)
def bidirectional(c, shape):
    inner = recurrent(c)
    if c.p(0.15):
        units = c.int(1, 4)
        other = layers.GRU(units, go_backwards=True, return_sequences=True, activation=c.activation(True))
        return layers.Bidirectional(layers.LSTM(units, return_sequences=True), merge_mode=c.one("concat", "sum"), backward_layer=other)
    return layers.Bidirectional(inner, merge_mode=c.one("concat", "sum", "mul", "ave", None))


@takes(4, 5, 6, weight=0.8)
def conv_lstm(c, shape):
    n = len(shape) - 3
    cls = getattr(layers, f"ConvLSTM{n}D")
    arguments = {"padding": c.one("valid", "same"), "data_format": c.format(), "return_sequences": c.p(0.5)}
    if c.p(0.2):
        arguments["strides"] = 2
    elif c.p(0.1):
        arguments["dilation_rate"] = 2
    for name in ("return_state", "go_backwards"):
        if c.p(0.2):
            arguments[name] = True
    return cls(c.int(1, 3), c.int(1, 3), **arguments, **cell_arguments(c, True))


@takes(3, weight=1)
def masking(c, shape):
    return layers.Masking(mask_value=c.one(0.0, 0.5))


def some_mask(c, x):
    """Which steps of a sequence count, by its first numbers."""
    return ops.greater(x[:, :, 0], c.one(-0.5, 0.0))


def masked(c, x):
    """A call with a mask of its own."""
    mask = some_mask(c, x)
    return c.one(lambda: recurrent(c)(x, mask=mask), lambda: layers.Bidirectional(recurrent(c, False))(x, mask=mask),
                 lambda: layers.BatchNormalization()(x, mask=mask), lambda: layers.GlobalAveragePooling1D()(x, mask=mask),
                 lambda: layers.TimeDistributed(layers.Dense(c.int(1, 3)))(x, mask=mask),
                 lambda: layers.Softmax()(x, mask=ops.greater(x, -0.4)))()


class Attend:
    """An attention layer, called with the roles that Keras wants."""

    def __init__(self, c):
        self.c = c

    def mask(self, x, y):
        """(batch, steps of x, steps of y), true somewhere in every row."""
        scores = ops.matmul(x, ops.swapaxes(y, 1, 2))
        return ops.greater_equal(scores, ops.mean(scores, axis=-1, keepdims=True))

    def __call__(self, x, other=None):
        """`other`: a sequence of as many numbers a step."""
        c, size = self.c, x.shape[-1]
        y = x if other is None else other
        extra = {"use_causal_mask": True} if c.p(0.3) else {}
        kind = c.one("multi", "multi", "grouped", "plain", "additive")
        if kind == "multi":
            layer = layers.MultiHeadAttention(c.int(1, 3), c.int(1, 4), value_dim=c.one(None, 3), use_bias=c.p(0.7),
                                              output_shape=c.one(None, None, 5), **c.weights("kernel", bias=False, activity=False))
            if c.p(0.25):
                extra["attention_mask"] = self.mask(x, y)
            if c.p(0.2):
                extra["return_attention_scores"] = True
            return layer(x, y, **extra) if c.p(0.7) else layer(x, value=y, key=y, **extra)
        if kind == "grouped":
            groups = c.int(1, 2)
            if c.p(0.2):
                extra["attention_mask"] = self.mask(x, y)
            return layers.GroupQueryAttention(c.int(1, 3), groups * c.int(1, 2), groups, use_bias=c.p(0.7))(x, y, **extra)
        if kind == "plain":
            layer = layers.Attention(use_scale=c.p(0.5), score_mode=c.one("dot", "concat"))
        else:
            layer = layers.AdditiveAttention(use_scale=c.p(0.7))
        if c.p(0.2):
            extra["mask"] = [some_mask(c, x), some_mask(c, y)]
        if c.p(0.2):
            extra["return_attention_scores"] = True
        return layer([x, y] if c.p(0.6) else [x, y, layers.Dense(size)(y)], **extra)


def attend_images(c, x):
    """Attention along some axes of an image."""
    axes = c.one((1, 2), (1,), (2,), None)
    return layers.MultiHeadAttention(c.int(1, 2), c.int(1, 3), attention_axes=axes)(x, x)
