"""The small models whose training is recorded, and the data they are trained on."""

import keras
import numpy as np
from keras import layers

from golden_io import distinct, generator

SAMPLES = 80


def mlp():
    model = keras.Sequential(
        [keras.Input((6,), name="x"), layers.Dense(8, activation="relu", name="hidden"),
         layers.Dense(4, activation="softmax", name="scores")], name="mlp")
    return model, {"loss": "sparse_categorical_crossentropy"}


def convnet():
    model = keras.Sequential(
        [keras.Input((8, 8, 1), name="image"),
         layers.Cropping2D(((1, 0), (0, 1)), name="crop"),
         layers.Conv2D(3, 3, use_bias=False, name="conv"),
         layers.BatchNormalization(momentum=0.9, name="norm"),
         layers.Activation("relu", name="act"),
         layers.MaxPooling2D(2, name="pool"),
         layers.Conv2D(4, 2, padding="same", activation="tanh", name="conv_same"),
         layers.Flatten(name="flat"),
         layers.Dense(3, name="logits")], name="convnet")
    return model, {"loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)}


def functional():
    left, right = keras.Input((5,), name="left"), keras.Input((5,), name="right")
    shared = layers.Dense(4, activation="tanh", name="shared")
    a, b = shared(left), shared(right)
    total = layers.Add(name="total")([a, b])
    joined = layers.Concatenate(name="joined")([total, a, right])
    yes = layers.Dense(1, activation="sigmoid", name="yes")(joined)
    kind = layers.Dense(3, activation="softmax", name="kind")(total)
    model = keras.Model([left, right], [yes, kind], name="two_ways")
    return model, {"loss": [keras.losses.BinaryCrossentropy(label_smoothing=0.1), "categorical_crossentropy"],
                   "loss_weights": [0.7, 1.3]}


def binary_logits():
    model = keras.Sequential(
        [keras.Input((6,), name="x"), layers.Dense(5, activation="elu", name="hidden"), layers.Dense(2, name="logits")],
        name="binary_logits")
    return model, {"loss": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.05)}


def regularized():
    regularizers, constraints = keras.regularizers, keras.constraints
    model = keras.Sequential(
        [keras.Input((6,), name="x"),
         layers.Dense(5, activation="softplus", name="hidden", kernel_regularizer=regularizers.L1L2(0.01, 0.02),
                      bias_regularizer=regularizers.L2(0.05), kernel_constraint=constraints.MaxNorm(1.0)),
         layers.Dense(4, name="middle", activity_regularizer=regularizers.L2(0.03),
                      kernel_constraint=constraints.UnitNorm(axis=0), bias_constraint=constraints.NonNeg()),
         layers.Dense(2, name="out", kernel_constraint=constraints.MinMaxNorm(0.5, 0.9, rate=0.8))],
        name="regularized")
    return model, {"loss": keras.losses.Huber(delta=0.7)}


def frozen():
    model = keras.Sequential(
        [keras.Input((6,), name="x"), layers.Dense(5, activation="relu", name="fixed", trainable=False),
         layers.BatchNormalization(momentum=0.8, name="fixed_norm", trainable=False),
         layers.Dense(4, use_bias=False, name="free"), layers.BatchNormalization(momentum=0.8, name="norm"),
         layers.Dense(4, activation="softmax", name="scores")], name="frozen")
    return model, {"loss": "sparse_categorical_crossentropy"}


def sequence():
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    embedded = layers.Embedding(7, 4, mask_zero=True, name="table")(tokens)
    state = layers.LSTM(3, name="memory")(embedded)
    model = keras.Model(tokens, layers.Dense(3, activation="softmax", name="scores")(state), name="sequence")
    return model, {"loss": "sparse_categorical_crossentropy"}


def tagger():
    """Masks reach the loss; GRU forwards and backwards."""
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    embedded = layers.Embedding(7, 4, mask_zero=True, name="table")(tokens)
    both = layers.Bidirectional(layers.GRU(3, return_sequences=True, name="gru"), name="both")(embedded)
    scores = layers.TimeDistributed(layers.Dense(3, activation="softmax", name="dense"), name="scores")(both)
    return keras.Model(tokens, scores, name="tagger"), {"loss": "sparse_categorical_crossentropy"}


def calls():
    """What the moving statistics of a shared layer say of the order of its calls; a penalty on what no loss sees; layers inside
    of layers made with trainable=False."""
    x = keras.Input((6,), name="x")
    steps = layers.TimeDistributed(layers.Dense(2, use_bias=False, name="dense"), trainable=False, name="steps")(
        layers.Reshape((3, 2), name="rows")(x))
    flat = layers.Flatten(name="flat")(steps)
    norm = layers.BatchNormalization(momentum=0.9, name="norm")
    deep = norm(layers.Add(name="sum")([layers.Dense(6, activation="tanh", name="hidden")(flat), flat]))
    side = norm(flat)
    penalized = layers.Dense(3, activity_regularizer=keras.regularizers.L2(0.05), name="penalized")(side)
    bins = layers.Discretization([-0.4, 0.3], output_mode="one_hot", name="bins")(penalized)
    memory = layers.ConvLSTM1D(2, 1, trainable=False, name="memory")(layers.Reshape((2, 3, 1), name="frames")(deep))
    scores = layers.Dense(4, activation="softmax", name="scores")(layers.Flatten(name="kept")(memory))
    return keras.Model(x, [side, scores, bins], name="calls"), {"loss": ["mse", "sparse_categorical_crossentropy", "mse"]}


def penalized_attention():
    """Of the attention layers one penalizes its own output as well as those of the layers inside."""
    x = keras.Input((6,), name="x")
    steps = layers.Reshape((3, 2), name="rows")(x)
    penalty = {"activity_regularizer": keras.regularizers.L1L2(0.02, 0.03)}
    several = layers.MultiHeadAttention(2, 2, name="several", **penalty)(steps, steps)
    grouped = layers.GroupQueryAttention(2, 2, 1, name="grouped", **penalty)(several, steps)
    scores = layers.Dense(4, activation="softmax", name="scores")(layers.Flatten(name="flat")(grouped))
    return keras.Model(x, scores, name="penalized_attention"), {"loss": "sparse_categorical_crossentropy"}


def scores_alone():
    """No loss depends on the values of an attention whose scores are all that is used: optimizers leave them alone."""
    x = keras.Input((6,), name="x")
    steps = layers.Reshape((3, 2), name="rows")(x)
    _, scores = layers.MultiHeadAttention(2, 2, use_bias=False, name="attention")(steps, steps, return_attention_scores=True)
    kinds = layers.Dense(4, activation="softmax", name="kinds")(layers.Flatten(name="flat")(scores))
    return keras.Model(x, kinds, name="scores_alone"), {"loss": "sparse_categorical_crossentropy"}


def real(rng, *shape):
    return distinct(rng, (SAMPLES, *shape), 2.0)


def classes_of(x, count):
    """Labels that depend on the inputs, so that there is something to learn."""
    flat = x.reshape(len(x), -1)
    return np.digitize(flat[:, : max(2, flat.shape[1] // 2)].sum(1), np.linspace(-1, 1, count - 1)).astype(np.int32)


def padded_tokens(rng):
    tokens = rng.integers(1, 7, (SAMPLES, 5)).astype(np.int32)
    lengths = rng.integers(1, 6, SAMPLES)
    tokens[np.arange(5)[None, :] >= lengths[:, None]] = 0
    return tokens


def data_of(name):
    """(inputs, targets), both lists of arrays."""
    rng = generator("trajectories", name)
    if name == "functional":
        left, right = real(rng, 5), real(rng, 5)
        yes = (left.sum(1, keepdims=True) > right.sum(1, keepdims=True)).astype(np.float32)
        return [left, right], [yes, np.eye(3, dtype=np.float32)[classes_of(left + right, 3)]]
    if name == "convnet":
        x = real(rng, 8, 8, 1)
        return [x], [classes_of(x, 3)]
    if name in ("sequence", "tagger"):
        tokens = padded_tokens(rng)
        return [tokens], [tokens % 3 if name == "tagger" else (tokens.sum(1) % 3).astype(np.int32)]
    x = real(rng, 6)
    if name == "calls":
        return [x], [real(rng, 6), classes_of(x, 4), np.zeros((SAMPLES, 3, 3), np.float32)]
    if name == "binary_logits":
        return [x], [(x[:, :2] + x[:, 2:4] > 0).astype(np.float32)]
    if name == "regularized":
        return [x], [(x[:, :2] * x[:, 2:4]).astype(np.float32)]
    return [x], [classes_of(x, 4)]


MODELS = {f.__name__: f for f in
          (mlp, convnet, functional, binary_logits, regularized, frozen, sequence, tagger, calls, penalized_attention,
           scores_alone)}


def fill(model, name):
    """Initial weights that depend on nothing but the model's name."""
    rng = generator("trajectories", name, "weights")
    for weight in model.weights:
        if weight.name in ("moving_mean", "beta"):
            weight.assign(distinct(rng, weight.shape, 0.25))
        elif weight.name in ("moving_variance", "gamma"):
            weight.assign(distinct(rng, weight.shape, 0.5) + np.float32(1.0))
        else:
            weight.assign(distinct(rng, weight.shape, 0.5))
