"""Makes the benchmark's models with real Keras: seeded, the same files for this library and for every peer.

    python models.py [--models mlp,lenet,width-64] [--out DIR]

writes, for each model NAME:

    NAME.keras         the compiled model (sparse_categorical_crossentropy, Adam 1e-3)
    NAME.onnx          the same model for ONNX Runtime, with any batch size (not for width-N and depth-N)
    NAME.weights.npz   the weights as LAYER/VARIABLE, for the peers that cannot read a .keras file
    NAME.data.npz      random x, y to train on
    NAME.x.npy .y.npy  a few inputs and Keras's own predictions for them
    NAME.json          shapes, parameters and floating-point operations
"""

import argparse
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
from flops import count_flops
from keras import layers
from onnx_export import export_onnx

SEED = 20240607


def mlp():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(128, activation="relu", name="dense_1"),
            layers.Dense(64, activation="relu", name="dense_2"),
            layers.Dense(10, activation="softmax", name="dense_3"),
        ],
        name="mlp",
    )


def lenet():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Cropping2D(2),
            layers.Conv2D(32, 3, activation="relu", name="conv_1"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", name="conv_2"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu", name="dense_1"),
            layers.Dense(10, activation="softmax", name="dense_2"),
        ],
        name="lenet",
    )


def lstm():
    return keras.Sequential(
        [
            keras.Input((100, 32)),
            layers.LSTM(128, return_sequences=True, name="lstm_1"),
            layers.LSTM(64, name="lstm_2"),
            layers.Dense(10, activation="softmax", name="dense"),
        ],
        name="lstm",
    )


def conv():
    model = keras.Sequential([keras.Input((32, 32, 3))], name="conv")
    for index, filters in enumerate((32, 32, 64, 64, 128, 128), start=1):
        model.add(layers.Conv2D(filters, 3, padding="same", name=f"conv_{index}"))
        model.add(layers.BatchNormalization(name=f"bn_{index}"))
        model.add(layers.ReLU())
        if index % 2 == 0:
            model.add(layers.MaxPooling2D())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="softmax", name="dense"))
    return model


def transformer():
    x = inputs = keras.Input((64, 128))
    for block in (1, 2):
        attention = layers.MultiHeadAttention(num_heads=4, key_dim=32, name=f"attention_{block}")(x, x)
        x = layers.LayerNormalization(name=f"norm_{block}a")(layers.Add()([x, attention]))
        hidden = layers.Dense(512, activation="gelu", name=f"expand_{block}")(x)
        hidden = layers.Dense(128, name=f"project_{block}")(hidden)
        x = layers.LayerNormalization(name=f"norm_{block}b")(layers.Add()([x, hidden]))
    x = layers.GlobalAveragePooling1D()(x)
    outputs = layers.Dense(10, activation="softmax", name="dense")(x)
    return keras.Model(inputs, outputs, name="transformer")


def efficientnetb0():
    return keras.applications.EfficientNetB0(weights=None, name="efficientnetb0")


def mobilenetv2():
    return keras.applications.MobileNetV2(weights=None, name="mobilenetv2")


def resnet50():
    return keras.applications.ResNet50(weights=None, name="resnet50")


# Models of keras.applications that are timed now and then, beside the tables: their class and the size of an image.
OTHERS = {
    "inceptionv3": ("InceptionV3", 299),
    "xception": ("Xception", 299),
    "convnexttiny": ("ConvNeXtTiny", 224),
    "efficientnetv2b0": ("EfficientNetV2B0", 224),
    "mobilenetv3small": ("MobileNetV3Small", 224),
    "mobilenetv3large": ("MobileNetV3Large", 224),
}


def width(size):
    """Three products, two of them as wide as asked: how cost grows with the size of a layer."""
    return keras.Sequential(
        [
            keras.Input((256,)),
            layers.Dense(size, activation="relu", name="dense_1"),
            layers.Dense(size, activation="relu", name="dense_2"),
            layers.Dense(10, activation="softmax", name="dense_3"),
        ],
        name="width",
    )


def depth(size):
    """As many small layers as asked: how cost grows with their number.

    He's initializer keeps the signal from fading over the layers: denormal numbers would time differently.
    """
    model = keras.Sequential([keras.Input((64,))], name="depth")
    for index in range(1, size + 1):
        model.add(layers.Dense(64, activation="relu", kernel_initializer="he_normal", name=f"dense_{index}"))
    model.add(layers.Dense(10, activation="softmax", name=f"dense_{size + 1}"))
    return model


FAMILIES = {"width": width, "depth": depth}
BUILDERS = {
    builder.__name__: builder
    for builder in (mlp, lenet, lstm, conv, transformer, efficientnetb0, mobilenetv2, resnet50)
}


def build(name):
    """A model by its name: one of BUILDERS or OTHERS, or FAMILY-N."""
    if name in OTHERS:
        application, size = OTHERS[name]
        return getattr(keras.applications, application)(weights=None, input_shape=(size, size, 3))
    family, _, size = name.partition("-")
    return FAMILIES[family](int(size)) if size else BUILDERS[name]()


def random_inputs(model, count, rng):
    """Images for the application models that rescale by themselves, standard normal values elsewhere."""
    shape = (count, *model.input_shape[1:])
    if any(isinstance(layer, layers.Rescaling) for layer in model.layers):
        return rng.uniform(0, 255, shape).astype("float32")
    return rng.standard_normal(shape, dtype="float32")


def make_statistics_nontrivial(model, rng):
    """Perturbs every scale and offset, then takes the moving statistics from one batch.

    Statistics that fit the weights keep the activations of the deep models in an ordinary range, so that a
    disagreement between two programs shows in their predictions.
    """
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    for layer in model.layers:
        if isinstance(layer, (layers.BatchNormalization, layers.LayerNormalization)):
            if layer.gamma is not None:
                layer.gamma.assign(rng.uniform(0.7, 1.3, layer.gamma.shape))
            layer.beta.assign(rng.normal(0.0, 0.2, layer.beta.shape))
        elif getattr(layer, "bias", None) is not None:
            layer.bias.assign(layer.bias + rng.normal(0.0, 0.05, layer.bias.shape))
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    if norms:
        model(random_inputs(model, 8, rng), training=True)
    for layer, momentum in zip(norms, momenta):
        layer.momentum = momentum


def save_weights_npz(model, path):
    """Writes LAYER/VARIABLE arrays; an attention's projections keep their sub-layer: LAYER/query/kernel."""
    arrays = {}
    for layer in model.layers:
        for variable in layer.weights:
            parts = variable.path.split("/")
            arrays["/".join(parts[parts.index(layer.name) :])] = np.asarray(variable)
        if isinstance(layer, layers.Normalization) and not layer.weights:
            arrays[f"{layer.name}/mean"] = np.asarray(layer.mean)
            arrays[f"{layer.name}/variance"] = np.asarray(layer.variance)
    np.savez(path, **arrays)


def make(name, out):
    keras.utils.set_random_seed(SEED)
    rng = np.random.default_rng(SEED)
    model = build(name)
    make_statistics_nontrivial(model, rng)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy")
    base = out / name
    model.save(f"{base}.keras")
    save_weights_npz(model, f"{base}.weights.npz")
    x = random_inputs(model, 8 if model.input_shape[1] >= 224 else 512, rng)
    y = rng.integers(0, model.output_shape[-1], len(x), dtype="int32")
    np.savez(f"{base}.data.npz", x=x, y=y)
    np.save(f"{base}.x.npy", x[:4])
    np.save(f"{base}.y.npy", model.predict_on_batch(x[:4]))
    forward, training = count_flops(model)
    facts = {
        "name": name,
        "input_shape": list(model.input_shape[1:]),
        "classes": model.output_shape[-1],
        "parameters": model.count_params(),
        "flops_predict": forward,
        "flops_train": training,
    }
    Path(f"{base}.json").write_text(json.dumps(facts) + "\n")
    print(json.dumps(facts), flush=True)
    if name in BUILDERS or name in OTHERS:
        export_onnx(model, f"{base}.keras")


def main():
    parser = argparse.ArgumentParser(description="Make the benchmark's models with real Keras.")
    parser.add_argument("--models", default=",".join(BUILDERS), help="comma separated")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "models")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.models.split(","):
        make(name, args.out)


if __name__ == "__main__":
    main()
