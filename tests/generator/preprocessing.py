"""Layers that turn words, categories and signals into numbers, and random changes of images."""

from keras import layers

from catalogue import takes

WORDS = ["sun", "moon", "star", "sea", "salt", "Sand", "wind", "Storm!"]


@takes(2, 3, weight=3, dtype="text")
def text(c, shape):
    if shape[-1] == 1 and c.p(0.6):  # a text, not several words
        mode = c.one("int", "multi_hot", "count", "tf_idf")
        extra = {"output_sequence_length": c.int(2, 5)} if mode == "int" else {"idf_weights": [c.real(0.3, 2) for _ in range(5)]} \
            if mode == "tf_idf" else {}
        return layers.TextVectorization(vocabulary=[word.lower() for word in WORDS[:5]], output_mode=mode, ngrams=c.one(None, 2),
                                        standardize=c.one("lower_and_strip_punctuation", "lower", "strip_punctuation", None),
                                        split=c.one("whitespace", "character", None), **extra)
    return c.one(lambda: layers.StringLookup(vocabulary=WORDS[:5], num_oov_indices=c.int(1, 2), output_mode=c.one("int", "int", "multi_hot", "count")
                                             if len(shape) == 2 else "int"),
                 lambda: layers.Hashing(c.int(2, 7), salt=c.one(None, 3, [1, 2]), mask_value=c.one(None, "sun")),
                 lambda: layers.StringLookup(vocabulary=WORDS, mask_token=c.one(None, "moon")))()


@takes(2, 3, weight=1.5, dtype="int")
def lookup(c, shape):
    mode = c.one("int", "int", "multi_hot", "count") if len(shape) == 2 else "int"
    return c.one(lambda: layers.IntegerLookup(vocabulary=[1, 3, 5, 7, 9], num_oov_indices=c.int(1, 3), output_mode=mode,
                                              mask_token=c.one(None, None, 7)),
                 lambda: layers.Hashing(c.int(2, 9), salt=c.one(None, 5), output_mode="int"),
                 lambda: layers.Hashing(c.int(2, 9), output_mode="multi_hot") if len(shape) == 2 else layers.Hashing(4))()


@takes(2, weight=0.5)
def signal(c, shape):
    return c.one(lambda: layers.STFTSpectrogram(mode=c.one("log", "magnitude", "psd", "real", "imag", "angle"), frame_length=4, frame_step=2,
                                                fft_length=4, window=c.one("hann", "hamming", None), expand_dims=c.p(0.3),
                                                padding=c.one("valid", "same"), scaling=c.one("density", "spectrum", None)),
                 lambda: layers.MelSpectrogram(fft_length=8, sequence_stride=2, sequence_length=8, num_mel_bins=3, sampling_rate=800,
                                               min_freq=10.0, max_freq=300.0))()


@takes(4, weight=0.4)
def contrast(c, shape):
    return layers.AutoContrast(value_range=(0, 1))


@takes(2, 3, 4, weight=0.4)
def pipeline(c, shape):
    return layers.Pipeline([layers.Rescaling(c.real(0.3, 1.5)), layers.Activation("tanh"), layers.Identity()])


@takes(4, noise=True, weight=2)
def random_colours(c, shape):
    """Those that need three channels get them."""
    form = c.one("channels_last", "channels_last", "channels_first")
    span = {"value_range": (-3, 3)}
    return c.one(lambda: layers.RandomShear(0.2, 0.1, data_format=form, fill_mode=c.one("reflect", "wrap", "constant", "nearest")),
                 lambda: layers.RandomPerspective(0.6, scale=0.4, data_format=form, interpolation=c.one("bilinear", "nearest")),
                 lambda: layers.RandomElasticTransform(0.6, data_format=form, **span),
                 lambda: layers.RandomInvert(0.5, data_format=form, **span), lambda: layers.RandomGrayscale(0.5, data_format=form),
                 lambda: layers.RandomHue(0.3, data_format=form, **span), lambda: layers.RandomSaturation(0.4, data_format=form, **span),
                 lambda: layers.RandomPosterization(4, data_format=form, **span),
                 lambda: layers.RandomColorDegeneration(0.4, data_format=form, **span),
                 lambda: layers.RandomColorJitter(value_range=(-3, 3), brightness_factor=0.2, contrast_factor=0.2, data_format=form),
                 lambda: layers.RandAugment(data_format=form, **span), lambda: layers.AugMix(data_format=form, **span),
                 lambda: layers.RandomCrop(c.int(1, 5), c.int(1, 5), data_format=form))()

