"""Models whose graphs are hard in one way each: nesting, sharing, operators, masks, dictionaries, several outputs."""

from keras import Input, Model, Sequential, layers, ops


def nested_functional():
    inner_in = Input((4,), name="inner_in")
    inner = Model(inner_in, layers.Dense(3, activation="tanh", name="inner_dense")(inner_in), name="encoder")
    x = Input((4,), name="x")
    return Model(x, layers.Dense(2, name="head")(inner(x)), name="outer")


def nested_as_output():
    part = Sequential([Input((3,), name="part_in"), layers.Dense(4, activation="relu", name="d1"),
                       layers.Dense(2, name="d2")], name="part")
    inner_in = Input((3,), name="inner_in")
    inner = Model(inner_in, layers.Dense(2, name="inner_dense")(inner_in), name="inner")
    x = Input((3,), name="x")
    return Model(x, [part(x), inner(x)], name="outer")


def nested_shared():
    """One nested model called twice: one set of weights."""
    inner_in = Input((4,), name="inner_in")
    hidden = layers.Dense(5, activation="elu", name="hidden")(inner_in)
    tower = Model(inner_in, layers.BatchNormalization(name="norm")(hidden), name="tower")
    a, b = Input((4,), name="a"), Input((4,), name="b")
    apart = layers.Subtract(name="apart")([tower(a), tower(b)])
    return Model([a, b], layers.Dense(1, name="score")(apart), name="pair")


def nested_deep():
    innermost = Sequential([Input((3,), name="i0"), layers.Dense(3, activation="tanh", name="d0")], name="innermost")
    middle_in = Input((3,), name="i1")
    middle = Model(middle_in, layers.Add(name="skip")([innermost(middle_in), middle_in]), name="middle")
    return Sequential([Input((3,), name="i2"), middle, layers.Dense(2, name="d2")], name="outermost")


def shared_layer():
    shared = layers.Dense(3, activation="sigmoid", name="shared")
    a, b = Input((4,), name="a"), Input((4,), name="b")
    first, second = shared(a), shared(b)
    again = shared(layers.Dense(4, name="back")(first))
    return Model([a, b], layers.Concatenate(name="all")([first, second, again]), name="sharing")


def swapped_outputs():
    """Two layers of one shape, listed against the order of their making: weights follow the graph, not the names."""
    x = Input((3,), name="x")
    p, q = layers.Dense(3, name="p")(x), layers.Dense(3, name="q")(x)
    return Model(x, [q, p], name="swapped")


def unused_branch_order():
    """Depths differ: layers sort by their distance to the outputs."""
    a, b = Input((3,), name="a"), Input((3,), name="b")
    long = layers.Dense(3, name="long3")(layers.Dense(3, name="long2")(layers.Dense(3, name="long1")(b)))
    short = layers.Dense(3, name="short")(a)
    return Model([a, b], layers.Multiply(name="gate")([short, long]), name="depths")


def operators():
    x, z = Input((4, 3), name="x"), Input((4, 3), name="z")
    y = x * 2.0 + 1.0 - z
    y = y / (ops.absolute(z) + 2.0)
    y = ops.relu(y[:, 1:, :])
    y = ops.concatenate([y, ops.transpose(ops.reshape(x, (-1, 3, 4)), (0, 2, 1))[:, :1]], axis=1)
    return Model([x, z], layers.Dense(2, name="d")(ops.mean(y, axis=1)), name="operators")


def dictionary():
    a, b = Input((3,), name="zebra"), Input((2,), name="ant")
    joined = layers.Concatenate(name="joined")([a, b])
    outputs = {"yes": layers.Dense(1, name="yes")(joined), "kind": layers.Dense(2, name="kind")(joined)}
    return Model({"zebra": a, "ant": b}, outputs, name="dictionary")


def residual():
    x = Input((8, 8, 3), name="image")
    y = layers.Conv2D(4, 3, padding="same", use_bias=False, name="c1")(x)
    y = layers.ReLU(name="r1")(layers.BatchNormalization(name="b1")(y))
    for i, (filters, stride) in enumerate([(4, 1), (6, 2)]):
        z = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False, name=f"c{i}a")(y)
        z = layers.ReLU(name=f"r{i}a")(layers.BatchNormalization(name=f"b{i}a")(z))
        z = layers.BatchNormalization(name=f"b{i}b")(layers.Conv2D(filters, 3, padding="same", name=f"c{i}b")(z))
        if stride > 1:
            y = layers.BatchNormalization(name=f"bs{i}")(layers.Conv2D(filters, 1, strides=stride, name=f"cs{i}")(y))
        y = layers.Activation("relu", name=f"r{i}b")(layers.Add(name=f"add{i}")([z, y]))
    y = layers.GlobalAveragePooling2D(name="gap")(y)
    return Model(x, layers.Dense(3, activation="softmax", name="top")(y), name="residual")


def mobile():
    x = Input((9, 9, 3), name="image")
    y = layers.ZeroPadding2D(((0, 1), (0, 1)), name="pad")(x)
    y = layers.Conv2D(4, 3, strides=2, use_bias=False, name="stem")(y)
    y = layers.ReLU(6.0, name="relu6")(layers.BatchNormalization(name="bn")(y))
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="dw")(y)
    y = layers.Activation("hard_swish", name="hs")(y)
    s = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(y)
    s = layers.Conv2D(2, 1, activation="relu", name="se1")(s)
    s = layers.Conv2D(4, 1, activation="hard_sigmoid", name="se2")(s)
    y = layers.SeparableConv2D(5, 3, padding="same", name="sep")(layers.Multiply(name="excite")([y, s]))
    y = layers.Flatten(name="flat")(layers.AveragePooling2D(2, name="pool")(layers.Dropout(0.3, name="drop")(y)))
    return Model(x, layers.Dense(3, activation="softmax", name="top")(y), name="mobile")


def unet():
    x = Input((10, 10, 2), name="image")
    down = layers.Conv2D(3, 3, activation="relu", name="down")(x)
    low = layers.Conv2D(4, 3, padding="same", activation="relu", name="low")(layers.MaxPooling2D(name="pool")(down))
    up = layers.Conv2DTranspose(3, 2, strides=2, name="up")(low)
    up2 = layers.UpSampling2D(2, interpolation="bilinear", name="up2")(low)
    crop = layers.Cropping2D(((1, 1), (1, 1)), name="crop")(x)
    y = layers.Concatenate(name="join")([up, up2, down, crop])
    return Model(x, layers.Conv2D(1, 1, activation="sigmoid", name="mask")(y), name="unet")


def channels_first():
    return Sequential(
        [Input((2, 7, 6), name="image"),
         layers.Cropping2D(((1, 0), (0, 1)), data_format="channels_first", name="crop"),
         layers.Conv2D(3, 3, padding="same", data_format="channels_first", activation="relu", name="conv"),
         layers.BatchNormalization(axis=1, name="norm"),
         layers.MaxPooling2D(2, data_format="channels_first", name="pool"),
         layers.Flatten(data_format="channels_first", name="flat"), layers.Dense(2, name="top")], name="channels_first")


def transformer():
    tokens = Input((5,), dtype="int32", name="tokens")
    x = layers.Embedding(9, 4, mask_zero=True, name="table")(tokens)
    a = layers.MultiHeadAttention(2, 3, name="attention")(x, x)
    x = layers.LayerNormalization(name="norm1")(layers.Add(name="add1")([x, a]))
    f = layers.Dense(4, name="down")(layers.Dense(6, activation="gelu", name="wide")(x))
    x = layers.LayerNormalization(name="norm2")(layers.Add(name="add2")([x, f]))
    return Model(tokens, layers.Dense(2, name="top")(layers.GlobalAveragePooling1D(name="pool")(x)), name="transformer")


def text():
    tokens = Input((6,), dtype="int32", name="tokens")
    x = layers.Embedding(8, 4, mask_zero=True, name="table")(tokens)
    x = layers.SpatialDropout1D(0.2, name="drop")(x)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="lstm"), name="both")(x)
    x = layers.GRU(3, name="gru")(x)
    return Model(tokens, layers.Dense(3, activation="softmax", name="top")(x), name="text")


def sequence_to_sequence():
    source, target = Input((4, 2), name="source"), Input((3, 2), name="target")
    _, h, c = layers.LSTM(3, return_state=True, name="encoder")(source)
    y = layers.LSTM(3, return_sequences=True, name="decoder")(target, initial_state=[h, c])
    y = layers.TimeDistributed(layers.Dense(2, activation="softmax", name="word"), name="words")(y)
    return Model([source, target], y, name="sequence_to_sequence")


def video():
    x = Input((3, 6, 6, 1), name="frames")
    y = layers.TimeDistributed(layers.Conv2D(2, 3, activation="relu", name="conv"), name="convs")(x)
    y = layers.TimeDistributed(layers.Flatten(name="flat"), name="flats")(y)
    return Model(x, layers.SimpleRNN(3, name="rnn")(y), name="video")


def wave():
    x = Input((12, 2), name="wave")
    y = layers.Conv1D(3, 3, padding="causal", dilation_rate=2, activation="relu", name="causal")(x)
    y = layers.MaxPooling1D(2, name="pool")(layers.Conv1D(4, 2, padding="same", name="same")(y))
    y = layers.PReLU(shared_axes=[1], name="prelu")(layers.Cropping1D((1, 1), name="crop")(y))
    return Model(x, layers.Dense(2, name="top")(layers.GlobalMaxPooling1D(name="gmp")(y)), name="wave")


def pixels():
    return Sequential(
        [Input((6, 6, 3), name="image"), layers.Rescaling(0.5, offset=-0.25, name="scale"),
         layers.Normalization(mean=[0.1, -0.2, 0.3], variance=[0.5, 1.0, 2.0], name="normal"),
         layers.Resizing(4, 5, name="small"), layers.GaussianNoise(0.1, name="noise"),
         layers.Permute((3, 1, 2), name="permute"), layers.Reshape((3, -1), name="rows"),
         layers.LeakyReLU(name="leaky"),
         layers.Flatten(name="flat"), layers.Dense(2, activation="softplus", name="top")], name="pixels")


def given_masks():
    """Masks that the caller computes take the place of those that the inputs carry."""
    tokens = Input((5,), dtype="int32", name="tokens")
    x = layers.Embedding(8, 4, mask_zero=True, name="table")(tokens)
    own = layers.GRU(3, name="own")(x, mask=ops.not_equal(tokens, 0))
    sequence = layers.LSTM(3, return_sequences=True, name="given")(x, mask=ops.greater(tokens, 2))
    passed = layers.Bidirectional(layers.GRU(2), name="passed")(layers.Dense(3, name="dense")(sequence))
    mean = layers.GlobalAveragePooling1D(name="mean")(layers.Masking(0.5, name="masking")(sequence),
                                                      mask=ops.not_equal(tokens, 3))
    # No query may be without keys: torch passes gradients to their scores, which other backends do not.
    queries = Input((3, 4), name="queries")
    attended = layers.MultiHeadAttention(2, 2, name="attention")(queries, x, value_mask=ops.not_equal(tokens, 5))
    listed = layers.Attention(name="listed")([queries, x], mask=[None, ops.not_equal(tokens, 4)])
    both = layers.AdditiveAttention(name="both")([x, x], mask=[ops.greater(tokens, 2), ops.not_equal(tokens, 5)])
    return Model([tokens, queries], [own, passed, mean, attended, listed, both], name="given_masks")


def taken_masks():
    """MultiHeadAttention takes the masks of its inputs away: the second one on the same tensor sees none, nor does one behind a
    sum with it, while layers of one input have theirs in the graph."""
    tokens, queries = Input((5,), dtype="int32", name="tokens"), Input((3, 4), name="queries")
    x = layers.Embedding(8, 4, mask_zero=True, name="table")(tokens)
    first = layers.MultiHeadAttention(2, 2, name="first")(queries, x)
    second = layers.MultiHeadAttention(2, 2, name="second")(first, x)
    kept = layers.GRU(3, name="kept")(x)
    summed = layers.LayerNormalization(name="norm")(layers.Add(name="sum")([x, layers.Dense(4, name="dense")(x)]))
    third = layers.MultiHeadAttention(1, 2, name="third")(first, summed)
    product = layers.Multiply(name="product")([x, layers.GRU(4, return_sequences=True, name="steps")(x)])
    mean = layers.GlobalAveragePooling1D(name="mean")(summed)
    return Model([tokens, queries], [second, kept, third, mean, product], name="taken_masks")


MODELS = {f.__name__: f for f in (
    nested_functional, nested_as_output, nested_shared, nested_deep, shared_layer, swapped_outputs,
    unused_branch_order, operators, dictionary, residual, mobile, unet, channels_first, transformer, text,
    sequence_to_sequence, video, wave, pixels, given_masks, taken_masks)}
