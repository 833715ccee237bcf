"""Models that every file format has to carry, for keras (3) and tf_keras (2) alike."""
import inspect

import numpy as np

import generated


def build(name, keras):
    """A model and its inputs, the same values each time."""
    L = keras.layers
    keras.utils.set_random_seed(7)
    model = generated.build(name, keras) if ":" in name else BUILDERS[name](keras, L)
    rng = np.random.default_rng(11)
    values = []
    for w in model.get_weights():
        scale = 0.1 if w.ndim < 2 else 0.5 if ":" not in name else 0.7 / np.sqrt(np.prod(w.shape[:-1]))
        values.append((rng.standard_normal(w.shape) * scale).astype(w.dtype))
    # Variances are positive.
    names = [getattr(v, "path", v.name) for v in model.weights]
    values = [np.abs(v) + 0.5 if "variance" in n else v for n, v in zip(names, values)]
    model.set_weights(values)
    inputs = []
    for x in model.inputs:
        shape = (3,) + tuple(int(d) if d is not None else 5 for d in x.shape[1:])
        dtype = x.dtype if isinstance(x.dtype, str) else x.dtype.name
        integers = "ids" in x.name or "int" in dtype
        inputs.append(rng.integers(0, 9, shape).astype("float32") if integers
                      else rng.standard_normal(shape).astype("float32"))
    return model, inputs


def dense(keras, L):
    return keras.Sequential([L.Input((6,)), L.Dense(5, activation="relu", name="first"), L.Dense(3, "softmax")])


def probabilities(keras, L):
    return keras.Sequential([L.Input((6,)), L.Dense(5, activation="tanh"), L.Dense(3, "sigmoid")])


def convolution(keras, L):
    return keras.Sequential([
        L.Input((12, 12, 3)), L.ZeroPadding2D(1), L.Cropping2D(((1, 0), (2, 1))), L.Conv2D(4, 3, padding="same", use_bias=False),
        L.BatchNormalization(), L.Activation("relu"), L.MaxPooling2D(), L.Conv2D(6, 3, strides=2, use_bias=False),
        L.AveragePooling2D(2, padding="same"), L.Flatten(), L.Dropout(0.0), L.Dense(4)])


def branches(keras, L):
    """Two layers of one shape, with the outputs in the other order: weights are matched by order."""
    x = L.Input((4,), name="x")
    p = L.Dense(4, name="p")(x)
    q = L.Dense(4, name="q")(x)
    return keras.Model(x, [L.Activation("tanh", name="tq")(q), L.Activation("tanh", name="tp")(p)])


def shared(keras, L):
    layer = L.Dense(4, activation="tanh", name="shared")
    a, b = L.Input((4,), name="a"), L.Input((4,), name="b")
    y = L.Add()([layer(a), layer(layer(b))])
    return keras.Model([a, b], L.Concatenate()([y, layer(y)]))


def multi_output(keras, L):
    a, b = L.Input((4,), name="a"), L.Input((3,), name="b")
    h = L.Concatenate()([L.Dense(4, name="one")(a), L.Dense(4, name="two")(b)])
    return keras.Model([a, b], [L.Dense(2, name="left")(h), L.Dense(1, activation="sigmoid", name="right")(h)])


def nested(keras, L):
    """A sequential and a functional model inside one another, three deep, each called twice."""
    def make(name):
        i = L.Input((4,))
        return keras.Model(i, L.Dense(4, name=name + "_d")(L.BatchNormalization(name=name + "_bn")(i)), name=name)
    inner = make("inner")
    middle = keras.Sequential([L.Input((4,)), make("innermost"), L.Dense(4, activation="tanh")], name="middle")
    x = L.Input((4,), name="x")
    y = middle(x)
    z = inner(y)
    return keras.Model(x, [L.Dense(3)(middle(z)), z, y])


def nested_sequential(keras, L):
    """Teachable Machine's shape: a sequential model of a functional and a sequential one."""
    i = L.Input((8, 8, 3))
    h = L.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(i)
    h = L.ReLU(6.0)(L.BatchNormalization()(h))
    features = keras.Model(i, h, name="features")
    head = keras.Sequential([features, L.GlobalAveragePooling2D()])
    tail = keras.Sequential([L.Dense(5, activation="relu"), L.Dense(2, use_bias=False, activation="softmax")])
    model = keras.Sequential([head, tail])
    model.build((None, 8, 8, 3))
    return model


def frozen(keras, L):
    """Frozen layers move to the end of a model's weights."""
    i = L.Input((4,))
    base = keras.Model(i, L.BatchNormalization()(L.Dense(4, name="b0")(i)), name="base")
    base.trainable = False
    x = L.Input((4,), name="x")
    return keras.Model(x, L.Dense(2)(L.BatchNormalization()(base(x))))


def many(keras, L):
    """More than ten layers of a class, so that names sort otherwise than numbers."""
    return keras.Sequential([L.Input((3,))] + [L.Dense(3, activation="tanh") for _ in range(12)])


def recurrent(keras, L):
    x = L.Input((5, 3), name="x")
    h = L.LSTM(4, return_sequences=True)(x)
    h = L.Bidirectional(L.GRU(3, return_sequences=True))(h)
    h = L.TimeDistributed(L.Dense(4))(h)
    y, state = L.GRU(2, return_state=True)(h)
    return keras.Model(x, [y, state, L.SimpleRNN(3, go_backwards=True)(h)])


def states(keras, L):
    x = L.Input((5, 3), name="x")
    h, a, b = L.LSTM(4, return_sequences=True, return_state=True)(x)
    return keras.Model(x, L.LSTM(4)(h, initial_state=[a, b]))


def masked(keras, L):
    ids = L.Input((5,), name="ids")
    h = L.Embedding(10, 4, mask_zero=True)(ids)
    h = L.LSTM(3, return_sequences=True)(h)
    return keras.Model(ids, L.Dense(2)(L.LSTM(3)(h)))


def masked_order(keras, L):
    """Keras's operations that compute the mask of a Concatenate lie behind what it joins, and put these layers before a
    longer branch's in the order by which weights are kept. The layer's own name is one that such an operation gets when
    a fresh Keras opens the file."""
    ids = L.Input((5,), name="ids")
    first, second = (L.Embedding(10, 4, mask_zero=True, name=name)(ids) for name in ("first", "second"))
    left = L.LSTM(3)(L.Concatenate()([first, second]))
    right = L.Dense(4)(L.Dense(4)(L.Embedding(10, 4, name="unmasked")(ids)))
    return keras.Model(ids, L.Add()([left, L.Dense(3)(L.Flatten()(right))]))


def attention(keras, L):
    x = L.Input((5, 8), name="x")
    h = L.MultiHeadAttention(2, 4)(x, x)
    h = L.LayerNormalization()(L.Add()([x, h]))
    return keras.Model(x, L.Dense(3)(L.GlobalAveragePooling1D()(h)))


def attention_order(keras, L):
    """Branches of one shape: Keras follows arguments by position first, then those given by name, by the alphabet."""
    x = L.Input((5, 4), name="x")
    first = [L.Dense(4, name=f"first_{part}")(x) for part in ("query", "value", "key")]
    h = L.MultiHeadAttention(2, 3)(*first)
    second = [L.Dense(4, name=f"second_{part}")(h) for part in ("query", "value", "key")]
    return keras.Model(x, L.MultiHeadAttention(2, 3)(query=second[0], value=second[1], key=second[2]))


def keywords(keras, L):
    """Arguments given by name, which Keras 3 follows by the alphabet; the first one's name is of the version."""
    def first(layer, x, **more):
        return layer(**{list(inspect.signature(type(layer).call).parameters)[1]: x}, **more)
    x = L.Input((5, 4), name="x")
    sequence = first(L.Dense(4, name="sequence"), x)
    mean = L.GlobalAveragePooling1D()(x)
    states = [L.Dense(4, name=name)(mean) for name in ("hidden", "carry")]
    h = first(L.LSTM(4), sequence, initial_state=states)
    return keras.Model(x, first(L.Dense(2), first(L.Add(), [h, states[0]])))


def operations(keras, L):
    x = L.Input((4,), name="x")
    h = L.Dense(4)(x)
    return keras.Model(x, L.Dense(2)(h * 2.0 + 1.0 - h))


def wrapped_model(keras, L):
    """A model inside a wrapper, and one with a layer's object of its own as activation."""
    inner = keras.Sequential([L.Input((3,)), L.Dense(4), L.LeakyReLU()], name="inner")
    x = L.Input((5, 3), name="x")
    return keras.Model(x, L.Flatten()(L.TimeDistributed(inner)(x)))


BUILDERS = {f.__name__: f for f in (
    dense, probabilities, convolution, branches, shared, multi_output, nested, nested_sequential, frozen, many, recurrent, states,
    masked, masked_order, attention, attention_order, keywords, operations, wrapped_model)}


def optimizer(name, keras):
    """Where tokens are embedded, one that takes no squares: of a token's several gradients Keras 3 on TensorFlow adds up
    the squares, and squares the sum elsewhere."""
    if ":" in name:
        return generated.optimizer(name, keras)
    return keras.optimizers.SGD(0.05, momentum=0.9) if "masked" in name else keras.optimizers.Adam(0.01)


def targets(model, inputs):
    """Something to train on: one array an output."""
    rng = np.random.default_rng(5)
    outputs = model(inputs if len(inputs) > 1 else inputs[0])
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [rng.random(tuple(y.shape)).astype("float32") for y in outputs]
