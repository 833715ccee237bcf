"""Convolutions, pooling and what else slides, pads or resizes, in one, two and three dimensions."""

from keras import backend, layers

from catalogue import takes

RESIZES = () if backend.backend() == "torch" else ("bicubic",)  # torch has another kernel
DIMENSIONS = {3: 1, 4: 2, 5: 3}


def named(prefix, rank):
    return getattr(layers, f"{prefix}{DIMENSIONS[rank]}D")


def sizes(c, n, low, high):
    return c.int(low, high) if c.p(0.6) else tuple(c.int(low, high) for _ in range(n))


def window(c, shape, transpose=False):
    n = len(shape) - 2
    out = {"kernel_size": sizes(c, n, 1, 3), "padding": c.one("valid", "same")}
    if c.p(0.35):
        out["strides"] = c.int(2, 3) if c.p(0.7) else sizes(c, n, 1, 2)
    elif c.p(0.25) and not transpose:
        out["dilation_rate"] = sizes(c, n, 2, 2)
    return out


@takes(3, 4, 5, weight=4)
def conv(c, shape):
    filters = c.int(1, 6)
    arguments = window(c, shape) | {"data_format": c.format(), "activation": c.activation()}
    channels = shape[-1] if arguments["data_format"] == "channels_last" else shape[1]
    if channels and channels > 1 and c.p(0.25):
        groups = c.one(*[g for g in range(1, channels + 1) if channels % g == 0])
        filters = groups * c.int(1, 3)
        arguments["groups"] = groups
    if len(shape) == 3 and arguments["data_format"] == "channels_last" and c.p(0.25):
        arguments["padding"] = "causal"
    return named("Conv", len(shape))(filters, **arguments, **c.weights("kernel"))


@takes(3, 4, 5, weight=1.5)
def conv_transpose(c, shape):
    arguments = window(c, shape, True) | {"data_format": c.format(), "activation": c.activation(True)}
    if c.p(0.15) and backend.backend() != "tensorflow":  # there not on a CPU
        arguments |= {"dilation_rate": 2, "strides": 1}
    elif c.p(0.2) and arguments.get("strides") in (2, 3):
        arguments["output_padding"] = c.int(0, arguments["strides"] - 1)
    cls = layers.__dict__[f"Conv{DIMENSIONS[len(shape)]}DTranspose"]
    return cls(c.int(1, 4), **arguments, **c.weights("kernel"))


@takes(3, 4, weight=1.5)
def depthwise(c, shape):
    arguments = window(c, shape) | {"data_format": c.format(), "activation": c.activation()}
    if isinstance(arguments.get("strides"), tuple):
        arguments["strides"] = 2
    return named("DepthwiseConv", len(shape))(depth_multiplier=c.int(1, 3), **arguments, **c.weights("depthwise"))


@takes(3, 4, weight=1.5)
def separable(c, shape):
    arguments = window(c, shape) | {"data_format": c.format(), "activation": c.activation()}
    if isinstance(arguments.get("strides"), tuple):
        arguments["strides"] = 2
    return named("SeparableConv", len(shape))(c.int(1, 5), depth_multiplier=c.int(1, 2), **arguments,
                                              **c.weights("depthwise", "pointwise"))


@takes(3, 4, 5, weight=3)
def pooling(c, shape):
    n = len(shape) - 2
    kind = c.one("Max", "Average")
    # torch averages replicated edges where Keras's other backends leave them out.
    padding = "valid" if kind == "Average" and backend.backend() == "torch" else c.one("valid", "same")
    return named(f"{kind}Pooling", len(shape))(sizes(c, n, 1, 3), strides=c.one(None, c.int(1, 3)), padding=padding,
                                               data_format=c.format())


@takes(3, 4, 5, weight=2)
def global_pooling(c, shape):
    return named(c.one("GlobalMaxPooling", "GlobalAveragePooling"), len(shape))(data_format=c.format(), keepdims=c.p(0.3))


@takes(3, 4, 5, weight=0.7)
def adaptive_pooling(c, shape):
    n = len(shape) - 2
    cls = named(c.one("AdaptiveMaxPooling", "AdaptiveAveragePooling"), len(shape))
    return cls(sizes(c, n, 1, 3), data_format=c.format())


@takes(3, 4, 5)
def zero_padding(c, shape):
    n = len(shape) - 2
    if n == 1:
        return layers.ZeroPadding1D(c.one(c.int(0, 2), (c.int(0, 2), c.int(0, 2))))
    padding = c.one(c.int(0, 2), tuple((c.int(0, 2), c.int(0, 2)) for _ in range(n)))
    return named("ZeroPadding", len(shape))(padding, data_format=c.format())


@takes(3, 4, 5)
def cropping(c, shape):
    n = len(shape) - 2
    if n == 1:
        return layers.Cropping1D(c.one(1, (c.int(0, 2), c.int(0, 2))))
    return named("Cropping", len(shape))(c.one(1, tuple((c.int(0, 1), c.int(0, 1)) for _ in range(n))), data_format=c.format())


@takes(3, 4, 5)
def up_sampling(c, shape):
    n = len(shape) - 2
    if n == 1:
        return layers.UpSampling1D(c.int(1, 3))
    arguments = {"data_format": c.format()}
    if n == 2:
        arguments["interpolation"] = c.one("nearest", "nearest", "bilinear", *RESIZES)
    return named("UpSampling", len(shape))(sizes(c, n, 1, 2), **arguments)


@takes(4, weight=0.8)
def image_sizes(c, shape):
    return c.one(lambda: layers.Resizing(c.int(2, 7), c.int(2, 7), interpolation=c.one("nearest", "bilinear", *RESIZES),
                                          data_format=c.format(), **c.one({}, {"antialias": True} if backend.backend() == "tensorflow" else {}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True})),
                 lambda: layers.CenterCrop(c.int(1, 3), c.int(1, 3), data_format=c.format()),
                 lambda: layers.MaxNumBoundingBoxes(c.int(1, 4)))()


@takes(4, noise=True, weight=1.5)
def random_images(c, shape):
    form = c.one("channels_last", "channels_first")
    return c.one(lambda: layers.RandomFlip(c.one("horizontal", "vertical"), data_format=form),
                 lambda: layers.RandomRotation(0.1, data_format=form),
                 lambda: layers.RandomZoom(0.1, data_format=form),
                 lambda: layers.RandomTranslation(0.1, 0.1, data_format=form),
                 lambda: layers.RandomContrast(0.2, data_format=form),
                 lambda: layers.RandomBrightness(0.2, data_format=form),
                 lambda: layers.RandomSharpness(0.4, value_range=(-3, 3), data_format=form),
                 lambda: layers.RandomGaussianBlur(0.5, value_range=(-3, 3), data_format=form),
                 lambda: layers.RandomErasing(0.5, value_range=(-3, 3), data_format=form),
                 lambda: layers.MixUp(0.3, data_format=form), lambda: layers.CutMix(0.7, data_format=form),
                 lambda: layers.Solarization(0.2, 0.3, value_range=(-3, 3)),
                 lambda: layers.Equalization(value_range=(-3, 3), data_format=form))()
