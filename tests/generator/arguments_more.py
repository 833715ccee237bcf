"""The rest of the layers with every argument: core, normalization, merging, attention, masks, preprocessing."""

import keras
import numpy as np
from keras import backend, initializers, layers

from arguments import (Called, anything, case, common, constraint, form, image, initializer, regularizer, sequence, vector,
                       weights, zeros)


def gamma():
    return initializers.RandomUniform(0.5, 1.5, seed=2)


def gains(c, *names):
    """Arguments of layers that scale and move."""
    out = {"center": c.p(0.7), "scale": c.p(0.7), "beta_initializer": zeros(c), "gamma_initializer": c.one("ones", gamma())}
    for name in names:
        out |= {f"{name}_regularizer": regularizer(c)} if c.p(0.4) else {}
    return out


@case
def embedding(c):
    return Called(layers.Embedding(c.int(7, 12), c.int(1, 6), embeddings_initializer=initializer(c), embeddings_regularizer=regularizer(c),
                                   embeddings_constraint=constraint(c), mask_zero=c.p(0.5), **common(c)), c.one((c.int(1, 6),), (2, 3), ()), words=7)


@case
def reversible_embedding(c):
    return Called(layers.ReversibleEmbedding(9, c.int(2, 5), tie_weights=c.p(0.5), embeddings_initializer=initializer(c), mask_zero=c.p(0.5),
                                             logit_soft_cap=c.one(None, 3.0)), (4,), words=7)


@case
def batch_normalization(c):
    s = anything(c)
    extra = {"beta_constraint": c.one(None, "non_neg"), "gamma_constraint": c.one(None, "non_neg"), "moving_mean_initializer": zeros(c),
             "moving_variance_initializer": c.one("ones", initializers.RandomUniform(0.3, 2.0, seed=1))}
    return Called(layers.BatchNormalization(axis=c.one(-1, 1, len(s)), momentum=c.one(0.99, 0.5, 0.0, 1.0), epsilon=c.one(1e-3, 1e-2, 1e-5),
                                            **gains(c, "beta", "gamma"), **extra, **common(c)), s)


@case
def layer_normalization(c):
    s = anything(c)
    rank = len(s) + 1
    last = [-1, [-1], list(range(c.int(1, rank - 1), rank))]
    axis = c.one(*last) if backend.backend() == "torch" else c.one(*last, 1, [1], list(range(1, rank)))
    return Called(layers.LayerNormalization(axis=axis, epsilon=c.one(1e-3, 1e-1, 1e-6), beta_constraint=c.one(None, "non_neg"),
                                            gamma_constraint=c.one(None, "non_neg"), **gains(c, "beta", "gamma"), **common(c)), s)


@case
def group_normalization(c):
    s, axis = anything(c), c.one(-1, 1)
    count = s[-1] if axis == -1 else s[0]
    groups = c.one(-1, *[d for d in range(1, count + 1) if count % d == 0])
    return Called(layers.GroupNormalization(groups=groups, axis=axis, epsilon=c.one(1e-3, 1e-1), **gains(c, "beta", "gamma"), **common(c)), s)


@case
def other_normalization(c):
    s = anything(c)
    return Called(c.one(lambda: layers.RMSNormalization(axis=-1, epsilon=c.one(1e-6, 1e-2), **common(c)),
                        lambda: layers.UnitNormalization(axis=c.one(-1, 1, list(range(1, len(s) + 1))), **common(c)))(), s)


@case
def spectral_normalization(c):
    inner, s = c.one(lambda: (layers.Dense(4, use_bias=c.p(0.5)), vector(c)), lambda: (layers.Conv2D(3, 2, padding="same"), image(c)),
                     lambda: (layers.Conv1D(3, 2), sequence(c)), lambda: (layers.Conv2DTranspose(3, 2), image(c)),
                     lambda: (layers.Dense(3, activation="relu"), sequence(c)))()
    return Called(layers.SpectralNormalization(inner, power_iterations=c.int(1, 3), **common(c)), s)


@case
def normalization(c):
    s = anything(c)
    if c.p(0.4):
        layer = layers.Normalization(axis=c.one(-1, None, len(s)))
        layer.adapt(c.rng.normal(1, 2, (12,) + s).astype("float32"))
        return Called(layer, s)
    axis = c.one(-1, None, len(s), 1)
    count = s[0] if axis == 1 else s[-1]
    mean, variance = (0.3, 1.7) if axis is None else ([c.real(-1, 1) for _ in range(count)], [c.real(0.5, 2) for _ in range(count)])
    return Called(layers.Normalization(axis=axis, mean=mean, variance=variance, invert=c.p(0.3), **common(c)), s)


@case
def activation_layers(c):
    s = anything(c)
    rank = len(s)
    return Called(c.one(
        lambda: layers.Activation(c.activation() or "relu", **common(c)), lambda: layers.ELU(alpha=c.real(0.1, 2)),
        lambda: layers.LeakyReLU(negative_slope=c.real(0, 0.9)),
        lambda: layers.ReLU(max_value=c.one(None, 0.5, 6), negative_slope=c.one(0, 0.3), threshold=c.one(0, 0.4, -0.3)),
        lambda: layers.Softmax(axis=c.one(-1, 1, list(range(1, rank + 1)))),
        lambda: layers.PReLU(alpha_initializer=initializers.RandomUniform(-0.2, 0.5, seed=1), alpha_regularizer=regularizer(c),
                             alpha_constraint=c.one(None, "non_neg"), shared_axes=c.one(None, [1], list(range(1, rank)) or None, [rank])))(), s)


@case
def activations(c):
    """Every function that Keras has."""
    names = [n for n in dir(keras.activations) if n[0] != "_" and callable(getattr(keras.activations, n)) and n not in ("deserialize", "serialize", "get")]
    name, s = c.one(*names), anything(c)
    return Called(layers.Activation(name), s[:-1] + (4,) if name == "glu" else s)


@case
def noise(c):
    s = anything(c)
    return Called(c.one(lambda: layers.Dropout(c.real(0, 0.9), noise_shape=c.one(None, (None,) + (1,) * (len(s) - 1) + (s[-1],)), seed=c.one(None, 1)),
                        lambda: layers.GaussianDropout(c.real(0.1, 0.8), seed=3), lambda: layers.GaussianNoise(c.real(0, 1)),
                        lambda: layers.AlphaDropout(c.real(0, 0.5), noise_shape=c.one(None, (None,) + (1,) * len(s))))(), s, noise=True)


@case
def reshaping(c):
    s = anything(c)
    total = int(np.prod(s))
    order = [int(i) for i in c.rng.permutation(range(1, len(s) + 1))]
    return Called(c.one(layers.Flatten(**form(c)), layers.Reshape((-1,)), layers.Reshape((1, -1, 1)), layers.Reshape((total, 1)), layers.Permute(order),
                        layers.Identity(), layers.ActivityRegularization(l1=c.real(0, 0.1), l2=c.real(0, 0.1))), s)


@case
def repeat_vector(c):
    return Called(layers.RepeatVector(c.int(1, 4)), vector(c))


@case
def merging(c):
    """With axes of one cell, and fewer axes."""
    s, kind = anything(c), c.one("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")
    shapes = [tuple(1 if c.p(0.2) else d for d in s) for _ in range(2 if kind == "Subtract" else c.int(2, 4))]
    if c.p(0.2):
        shapes[1] = shapes[1][-max(1, len(s) - 1):]
    return Called(getattr(layers, kind)(**common(c)), *shapes, together=True)


@case
def concatenate(c):
    s = anything(c)
    axis = c.int(1, len(s))
    shapes = [s[:axis - 1] + (c.int(1, 4),) + s[axis:] for _ in range(c.int(2, 4))]
    return Called(layers.Concatenate(axis=c.one(axis, axis - len(s) - 1), **common(c)), *shapes, together=True)


@case
def dot(c):
    a, b, d = c.int(2, 4), c.int(2, 4), c.int(2, 4)
    axes, shapes = c.one((c.one(1, -1, (1, 1)), [(a,), (a,)]), (c.one((2, 1), (-1, 1)), [(a, b), (b, d)]), (1, [(a, b), (a, d)]), ((3, 2), [(a, b, d), (a, d, b)]))
    return Called(layers.Dot(axes=axes, normalize=c.p(0.5)), *shapes, together=True)


@case
def multi_head_attention(c):
    t, s, d = c.int(2, 5), c.int(2, 5), c.int(2, 6)
    dropout = c.one(0.0, 0.0, 0.3)
    layer = layers.MultiHeadAttention(c.int(1, 3), c.int(1, 4), value_dim=c.one(None, c.int(1, 4)), dropout=dropout, use_bias=c.p(0.7), use_gate=c.p(0.3),
                                      output_shape=c.one(None, 5, (2, 3)), flash_attention=c.one(None, False), **weights(c, "kernel"), **common(c))
    call, shapes, flags = c.one(
        (lambda x: layer(x[0], x[1]), [(t, d), (s, c.int(2, 5))], ()), (lambda x: layer(x[0], x[0], use_causal_mask=True), [(t, d)], ()),
        (lambda x: list(layer(x[0], x[1], return_attention_scores=True)), [(t, d), (s, d)], ()),
        (lambda x: layer(x[0], x[1], attention_mask=x[2]), [(t, d), (s, d), (t, s)], (2,)),
        (lambda x: layer(query=x[0], value=x[1], key=x[2]), [(t, d), (s, 3), (s, d)], ()))
    return Called(call, *shapes, noise=dropout > 0, flags=flags)


@case
def grouped_query_attention(c):
    t, s, d, groups = c.int(2, 5), c.int(2, 5), c.int(2, 6), c.int(1, 2)
    layer = layers.GroupQueryAttention(c.int(1, 4), groups * c.int(1, 3), groups, use_bias=c.p(0.7), use_gate=c.p(0.3), **weights(c, "kernel"), **common(c))
    call, shapes = c.one((lambda x: layer(x[0], x[1]), [(t, d), (s, c.int(2, 5))]), (lambda x: layer(x[0], x[1], use_causal_mask=True), [(t, d), (s, d)]),
                         (lambda x: list(layer(x[0], x[1], return_attention_scores=True)), [(t, d), (s, d)]))
    return Called(call, *shapes)


@case
def attention(c):
    t, s, d, causal = c.int(2, 5), c.int(2, 5), c.int(2, 6), c.p(0.4)
    layer = c.one(layers.Attention(use_scale=c.p(0.5), score_mode=c.one("dot", "concat")), layers.AdditiveAttention(use_scale=c.p(0.5)))
    if c.p(0.5):
        return Called(lambda x: layer([x[0], x[1]], use_causal_mask=causal), (t, d), (s, d))
    return Called(lambda x: list(layer([x[0], x[1], x[2]], return_attention_scores=True, use_causal_mask=causal)), (t, d), (s, 3), (s, d))


@case
def masking(c):
    blank, steps = c.one(0.0, 0.5), c.p(0.5)
    end = c.one(layers.LSTM(3, return_sequences=steps, go_backwards=c.p(0.3), unroll=c.p(0.3)), layers.GRU(3, return_sequences=steps, reset_after=c.p(0.5)),
                layers.Bidirectional(layers.LSTM(2, return_sequences=steps), merge_mode=c.one("concat", "sum", "mul", "ave")),
                layers.TimeDistributed(layers.Dense(2)), layers.GlobalAveragePooling1D(), layers.Dense(3), layers.BatchNormalization(),
                layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)], return_sequences=steps, zero_output_for_mask=c.p(0.5)), layers.LayerNormalization(),
                layers.Softmax(axis=1), layers.GlobalMaxPooling1D(), layers.Permute((2, 1)), layers.ActivityRegularization(l2=0.01))
    return Called(lambda x: end(layers.Masking(mask_value=blank)(x[0])), sequence(c), blank=blank)


@case
def carried_masks(c):
    def call(xs):
        y = layers.Embedding(8, c.int(2, 4), mask_zero=True)(xs[0])
        for _ in range(c.int(1, 3)):
            y = c.one(lambda: layers.Dense(3)(y), lambda: layers.LSTM(3, return_sequences=True)(y), lambda: layers.Add()([y, y]), lambda: layers.Concatenate()([y, y]),
                      lambda: layers.LayerNormalization()(y), lambda: layers.MultiHeadAttention(2, 2)(y, y), lambda: layers.Attention()([y, y]), lambda: y * 2.0,
                      lambda: layers.Activation("tanh")(y), lambda: layers.Conv1D(3, 2, padding="same")(y), lambda: layers.Concatenate(axis=1)([y, y]),
                      lambda: layers.Bidirectional(layers.GRU(2, return_sequences=True))(y), lambda: layers.BatchNormalization()(y),
                      lambda: layers.Reshape((-1, 1))(y))()
        return y
    return Called(call, (c.int(2, 6),), words=8)


@case
def initial_states(c):
    units, kind, steps = c.int(2, 4), c.one("LSTM", "GRU", "SimpleRNN", "Bidirectional"), c.p(0.5)
    if kind == "Bidirectional":
        layer = layers.Bidirectional(layers.LSTM(units, return_sequences=steps))
        return Called(lambda x: layer(x[0], initial_state=x[1:]), sequence(c), *[(units,)] * 4)
    layer = getattr(layers, kind)(units, return_sequences=steps, return_state=kind != "LSTM")
    return Called(lambda x: layer(x[0], initial_state=x[1:]), sequence(c), *[(units,)] * (2 if kind == "LSTM" else 1))


@case
def resizing(c):
    kinds = ("nearest", "bilinear") if backend.backend() == "torch" else ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    fit = c.one({}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": c.one(0.0, 0.7), "fill_mode": "constant"})
    return Called(c.one(layers.Resizing(c.int(1, 12), c.int(1, 12), interpolation=c.one(*kinds), antialias=backend.backend() != "torch" and c.p(0.3), **fit, **form(c)),
                        layers.CenterCrop(c.int(1, 9), c.int(1, 9), **form(c)), layers.Pipeline([layers.Rescaling(0.3), layers.Resizing(5, 4), layers.CenterCrop(3, 3)])),
                  image(c))


@case
def rescaling(c):
    s = anything(c)
    row = lambda low, high: [c.real(low, high) for _ in range(s[-1])]
    return Called(layers.Rescaling(c.one(0.5, row(0.2, 2), 1 / 255), offset=c.one(0.0, -1, row(-1, 1))), s)


@case
def categories(c):
    modes, width = ("int", "one_hot", "multi_hot", "count"), (c.int(1, 4),)
    bounds = sorted(c.real(-2, 2) for _ in range(c.int(1, 5)))
    return c.one(
        lambda: Called(layers.Discretization(bin_boundaries=bounds, output_mode=c.one(*modes), dtype=c.one(None, "int64", "float32")), width),
        lambda: Called(layers.CategoryEncoding(9, output_mode=c.one(*modes[1:])), c.one((4,), (1,)), words=9),
        lambda: Called(layers.Hashing(c.int(2, 9), mask_value=c.one(None, 3), salt=c.one(None, 7, [3, 9]), output_mode=c.one(*modes)), width, words=50),
        lambda: Called(layers.HashedCrossing(c.int(2, 9), output_mode=c.one(*modes[:2])), (1,), (1,), words=50, together=True))()


@case
def counted_by_weights(c):
    layer = layers.CategoryEncoding(9, output_mode="count")
    return Called(lambda x: layer(x[0], count_weights=x[1]), (4,), (4,), words=9, whole=(0,))


@case
def integer_lookup(c):
    if c.p(0.2):
        return Called(layers.IntegerLookup(vocabulary=[5, 3, 9, 12], invert=True, num_oov_indices=1), (3,), words=5)
    mode = c.one("int", "one_hot", "multi_hot", "count", "tf_idf")
    a = {"idf_weights": [0.3, 0.7, 0.2, 1.1]} if mode == "tf_idf" else {}
    a |= {"mask_token": c.one(None, 0, 3)} if mode == "int" else {"max_tokens": 9, "pad_to_max_tokens": True} if c.p(0.4) else {}
    return Called(layers.IntegerLookup(vocabulary=[5, 3, 9, 12], num_oov_indices=c.int(1, 3), oov_token=c.one(-1, -7), output_mode=mode, **a), c.one((4,), (1,)), words=14)


@case
def spectrograms(c):
    length = c.int(3, 9)
    return c.one(
        lambda: Called(layers.STFTSpectrogram(mode=c.one("log", "magnitude", "psd", "real", "imag", "angle", "stft"), frame_length=length, frame_step=c.int(1, length),
                                              fft_length=c.one(8, 16), window=c.one("hann", "hamming", None), periodic=c.p(0.5), padding=c.one("valid", "same"),
                                              scaling=c.one("density", "spectrum", None), expand_dims=c.p(0.4), **form(c)), c.one((c.int(20, 40),), (c.int(20, 40), 2))),
        lambda: Called(layers.MelSpectrogram(fft_length=c.one(16, 32), sequence_stride=c.int(3, 9), sequence_length=c.one(16, 10, None), window=c.one("hann", "hamming"),
                                             sampling_rate=1000, num_mel_bins=c.int(2, 6), min_freq=c.one(0.0, 20.0), max_freq=c.one(None, 400.0), power_to_db=c.p(0.6),
                                             top_db=c.one(80.0, 20.0), mag_exp=c.one(2.0, 1.0)), (c.int(60, 90),)))()


@case
def changed_images(c):
    f = form(c)
    s = (3, c.int(4, 9), c.int(4, 9)) if f.get("data_format") == "channels_first" else (c.int(4, 9), c.int(4, 9), 3)
    edge = {"interpolation": c.one("nearest", "bilinear"), "fill_value": c.real(0, 1), "seed": c.one(None, 4)} | f
    fill, span = {"fill_mode": c.one("reflect", "wrap", "constant", "nearest")}, {"value_range": c.one((0, 1), (-1, 1))}
    return Called(c.one(
        lambda: layers.RandomFlip(c.one("horizontal", "vertical", "horizontal_and_vertical"), seed=1, **f),
        lambda: layers.RandomRotation(c.one(0.2, (-0.1, 0.3)), **edge, **fill), lambda: layers.RandomZoom(c.one(0.2, (-0.1, 0.3)), c.one(None, 0.2), **edge, **fill),
        lambda: layers.RandomTranslation(c.one(0.2, (-0.1, 0.3)), 0.1, **edge, **fill), lambda: layers.RandomCrop(c.int(1, 4), c.int(1, 4), seed=1, **f),
        lambda: layers.RandomContrast(c.one(0.3, (0.1, 0.4)), seed=1, **f), lambda: layers.RandomBrightness(c.one(0.3, (-0.1, 0.4)), seed=2, **span),
        lambda: layers.RandomShear(0.2, 0.1, **edge, **fill), lambda: layers.RandomHue(0.3, **span, **f), lambda: layers.RandomSaturation(0.3, **span, **f),
        lambda: layers.RandomSharpness(0.3, **span, **f), lambda: layers.RandomGrayscale(0.4, **f), lambda: layers.RandomInvert(0.4, **span, **f),
        lambda: layers.RandomPosterization(4, **span, **f), lambda: layers.RandomColorDegeneration(0.4, **span, **f),
        lambda: layers.RandomColorJitter(brightness_factor=0.2, contrast_factor=0.3, saturation_factor=0.2, hue_factor=0.1, **span, **f),
        lambda: layers.RandomErasing(0.4, scale=(0.02, 0.3), fill_value=0.3, **span, **f), lambda: layers.RandomGaussianBlur(0.5, kernel_size=3, sigma=0.8, **span, **f),
        lambda: layers.RandomPerspective(0.5, scale=0.4, **edge), lambda: layers.RandomElasticTransform(0.4, **span, **f), lambda: layers.AugMix(**span, **f),
        lambda: layers.RandAugment(num_ops=2, factor=0.4, **span, **f), lambda: layers.MixUp(0.3, **f), lambda: layers.CutMix(0.8, **f),
        lambda: layers.Solarization(c.one(0.2, (0.0, 0.3)), 0.4, **span), lambda: layers.AutoContrast(**span), lambda: layers.Equalization(bins=c.one(256, 16), **span, **f),
        lambda: layers.ContrastLimitedAdaptiveHistogramEqualization(clip_limit=2.0, tile_grid_size=(2, 2), **span, **f))(), s, images=True, noise=True)
