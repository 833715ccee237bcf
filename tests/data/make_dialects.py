#!/usr/bin/env python3
"""Files as older Keras wrote them, in tests/data/dialects: real files of tf_keras, their parts put back in time.

Each NAME.h5 or NAME.keras has its inputs and predictions in dialects.npz (NAME/x, NAME/y). NAME_weights.h5 hold weights
alone; they belong to the model of the same name. Needs tf_keras 2.15 or later.
"""

import json
import os
import pathlib
import sys
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import h5py
import numpy as np
import tf_keras
from tf_keras import layers as L

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE / "dialects"
sys.path.insert(0, str(HERE.parent / "golden"))
from golden_io import write_npz  # noqa: E402

EXPECTED = {}


def fill(model, seed=3):
    rng = np.random.default_rng(seed)
    model.set_weights([(rng.standard_normal(w.shape) * 0.5).astype(w.dtype) for w in model.get_weights()])
    for layer in model.layers:
        for weight in getattr(layer, "weights", []):
            if "variance" in weight.name:
                weight.assign(np.abs(weight.numpy()) + 0.5)
    return model


def note(name, model, x=None):
    rng = np.random.default_rng(4)
    if x is None:
        x = rng.standard_normal((3, *[d or 5 for d in model.input_shape[1:]])).astype("float32")
    EXPECTED[f"{name}/x"] = x
    y = model.predict(x, verbose=0)
    for i, part in enumerate(y if isinstance(y, list) else [y]):
        EXPECTED[f"{name}/y{i}"] = part
    return x


def edit_config(path, change, version=None):
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(change(config) or config)
        if version:
            file.attrs["keras_version"] = file["model_weights"].attrs["keras_version"] = version


def each_layer(config, change):
    for layer in config["config"]["layers"]:
        change(layer)
        inner = layer.get("config", {})
        if "layers" in inner:
            each_layer(layer, change)
        for key in ("layer", "cell", "forward_layer", "backward_layer"):
            if key in inner:
                change(inner[key])


def plain(layer):
    """Before 2.13: no modules, no names under which classes are registered, no build configurations."""
    for key in ("module", "registered_name", "build_config"):
        layer.pop(key, None)
    for key, value in layer.get("config", {}).items():
        if isinstance(value, dict) and {"module", "config"} <= set(value) and key not in ("layer", "cell"):
            layer["config"][key] = {"class_name": value["class_name"], "config": value["config"]}


def dense_model():
    return fill(tf_keras.Sequential([L.Input((6,)), L.Dense(5, "relu", name="first"), L.Dropout(0.5, name="none"),
                                     L.Dense(3, "softmax", name="last")], name="dense_model"))


def save(model, name, x=None):
    note(name, model, x)
    path = OUT / f"{name}.h5"
    model.save(path)
    return path


def rewrite(path, convert):
    """Every weight through `convert(name, values)`, which gives what create_dataset takes."""
    with h5py.File(path, "r+") as file:
        names = []
        file["model_weights"].visititems(lambda n, o: names.append(n) if isinstance(o, h5py.Dataset) else None)
        for name in names:
            values = file["model_weights"][name][()]
            del file["model_weights"][name]
            file["model_weights"].create_dataset(name, **convert(name, values))


def attributes():
    model = dense_model()
    path = save(model, "fixed_strings")  # h5py before 3
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]
        group.attrs["layer_names"] = np.array([n.encode() if isinstance(n, str) else n for n in group.attrs["layer_names"]])
        for layer in group.values():
            if "weight_names" in layer.attrs:
                layer.attrs["weight_names"] = np.array(
                    [n.encode() if isinstance(n, str) else n for n in layer.attrs["weight_names"]], dtype="S32")
    path = save(model, "chunked_names")
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]
        names = list(group.attrs["layer_names"])
        del group.attrs["layer_names"]
        for i in range(2):
            group.attrs[f"layer_names{i}"] = np.array(names[i * 2:i * 2 + 2], dtype="S16")
        weights = list(group["first"].attrs["weight_names"])
        del group["first"].attrs["weight_names"]
        for i, weight in enumerate(weights):
            group["first"].attrs[f"weight_names{i}"] = np.array([weight], dtype="S32")
    path = save(model, "bytes_config")
    with h5py.File(path, "r+") as file:
        config = file.attrs["model_config"]
        file.attrs["model_config"] = np.bytes_(config.encode() if isinstance(config, str) else config)
        file.attrs["keras_version"] = np.bytes_(b"2.2.4")


def types():
    model = dense_model()
    # Numbers that half precision holds exactly.
    model.set_weights([np.round(w * 8) / 8 for w in model.get_weights()])
    rewrite(save(model, "float16"), lambda n, v: {"data": v.astype("<f2")})
    rewrite(save(model, "float64"), lambda n, v: {"data": v.astype("<f8")})
    rewrite(save(model, "big_endian"), lambda n, v: {"data": v.astype(">f4")})
    rewrite(save(model, "gzip"), lambda n, v: {"data": v, "compression": "gzip", "chunks": True, "shuffle": True})
    # Keras writes bfloat16 as opaque pairs of bytes, in `.weights.h5`.
    path = OUT / "bfloat16.weights.h5"
    note("bfloat16", model)
    model.save_weights(path)
    with h5py.File(path, "r+") as file:
        names = []
        file.visititems(lambda n, o: names.append(n) if isinstance(o, h5py.Dataset) else None)
        for name in names:
            values = file[name][()]
            half = (values.view(np.uint32) >> 16).astype("<u2")
            del file[name]
            data = file.create_dataset(name, data=half.view("V2"))
            data.attrs["dtype"] = "bfloat16"
    (OUT / "bfloat16.json").write_text(model.to_json())


def sequentials():
    model = dense_model()

    def list_alone(config):
        layers = [layer for layer in config["config"]["layers"] if layer["class_name"] != "InputLayer"]
        layers[0]["config"]["batch_input_shape"] = [None, 6]
        config["config"] = layers
        each = {"config": {"layers": layers}}
        each_layer(each, plain)
    edit_config(save(model, "list_config"), list_alone, "2.2.2")

    def no_module(config):
        each_layer(config, plain)
        plain(config)
        config["config"].pop("build_input_shape", None)
    edit_config(save(model, "no_module"), no_module, "2.2.5")
    # The first layer carries the shape of the input.
    model.save(OUT / "first_shape.keras")
    note("first_shape", model)
    repack(OUT / "first_shape.keras", list_shape)


def list_shape(config):
    config["config"]["layers"] = [l for l in config["config"]["layers"] if l["class_name"] != "InputLayer"]
    config["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 6]
    config.pop("build_config", None)


def repack(path, change):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def recurrent():
    x = L.Input((5, 3))
    h = L.GRU(4, return_sequences=True, reset_after=False, name="gru")(x)
    h = L.LSTM(4, return_sequences=True, recurrent_activation="hard_sigmoid", name="lstm")(h)
    h = L.Bidirectional(L.LSTM(3, name="inner", recurrent_activation="hard_sigmoid"), name="both")(h)
    model = fill(tf_keras.Model(x, L.Dense(2, activation="hard_sigmoid")(h), name="old"))

    def old(config):
        def change(layer):
            plain(layer)
            inner = layer["config"]
            if layer["class_name"] == "GRU":
                inner.pop("reset_after")
            inner.pop("time_major", None)
            inner.pop("backward_layer", None)
        each_layer(config, change)
        config["class_name"] = "Model"
        plain(config)
    edit_config(save(model, "recurrent_2_3"), old, "2.3.1")
    edit_config(save(model, "recurrent_time_major"), lambda config: None, "2.6.0")


def cudnn():
    """NVIDIA's layers, with weights as Keras's own conversion makes them."""
    from tf_keras.src.saving.legacy import hdf5_format

    def to_cudnn(weights, kind):
        return hdf5_format._convert_rnn_weights(type(kind, (), {})(), weights)

    x = L.Input((5, 3))
    h = L.LSTM(4, return_sequences=True, name="lstm")(x)
    h = L.GRU(3, return_sequences=True, name="gru", go_backwards=True)(h)
    h = L.Bidirectional(L.LSTM(2, return_sequences=True, name="inner"), name="both")(h)
    i = L.Input((5, 4))
    nested = tf_keras.Model(i, L.GRU(2, return_sequences=True, name="deep")(i), name="nested")
    h = L.TimeDistributed(L.Dense(3, name="dense"), name="each")(nested(h))
    h = L.Bidirectional(L.GRU(2, name="inner_gru"), name="both_gru", merge_mode="sum")(h)
    model = fill(tf_keras.Model(x, h, name="nvidia"))
    path = save(model, "cudnn_2_3")

    def old(config):
        def change(layer):
            plain(layer)
            inner = layer["config"]
            if layer["class_name"] in ("LSTM", "GRU"):
                layer["class_name"] = "CuDNN" + layer["class_name"]
                for key in ("activation", "recurrent_activation", "use_bias", "dropout", "recurrent_dropout", "implementation",
                            "reset_after", "time_major", "unroll", "zero_output_for_mask"):
                    inner.pop(key, None)
            inner.pop("backward_layer", None)
        each_layer(config, change)
        config["class_name"] = "Model"
        plain(config)
    edit_config(path, old, "2.3.1")
    with h5py.File(path, "r+") as file:
        for group in file["model_weights"].values():
            names = list(group.attrs.get("weight_names", []))
            for at in range(0, len(names) - 2, 3):
                parts = [group[name][()] for name in names[at:at + 3]]
                kind = "CuDNNLSTM" if parts[1].shape[1] == 4 * parts[1].shape[0] else "CuDNNGRU"
                for name, values in zip(names[at:at + 3], to_cudnn(parts, kind)):
                    # Two biases that are not the same, as training makes them.
                    if kind == "CuDNNLSTM" and values.ndim == 1:
                        shift = np.arange(len(values) // 2, dtype="float32") / 16
                        values = values + np.concatenate([shift, -shift])
                    del group[name]
                    group.create_dataset(name, data=values)


def images():
    x = L.Input((6, 6, 4))
    h = L.DepthwiseConv2D(3, name="depthwise", padding="same")(x)
    h = L.BatchNormalization(name="norm")(h)
    h = L.SeparableConv2D(4, 3, name="separable")(h)
    h = L.Conv2DTranspose(3, 2, name="up")(h)
    h = L.LeakyReLU(alpha=0.2, name="leak")(h)
    model = fill(tf_keras.Model(x, L.Flatten(name="flat")(h), name="images"))

    def old(config):
        def change(layer):
            plain(layer)
            inner = layer["config"]
            if layer["class_name"] in ("DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose"):
                inner["groups"] = 1
            if layer["class_name"] == "BatchNormalization":
                inner["axis"] = [3]
                layer["class_name"] = "BatchNormalizationV1"
        each_layer(config, change)
        config["class_name"] = "Model"
    edit_config(save(model, "images_2_4"), old, "2.4.0")
    # Teachable Machine: a sequential model of a functional and a sequential one.
    i = L.Input((6, 6, 4))
    h = L.DepthwiseConv2D(3, use_bias=False, padding="same", strides=2, name="dw")(L.ZeroPadding2D(((0, 1), (0, 1)), name="pad")(i))
    h = L.ReLU(6.0, name="relu6")(L.BatchNormalization(name="bn")(h))
    features = tf_keras.Model(i, h, name="model1")
    head = tf_keras.Sequential([features, L.GlobalAveragePooling2D(name="gap")], name="sequential_1")
    tail = tf_keras.Sequential([L.Dense(5, "relu", name="d1", input_shape=(4,)), L.Dense(2, "softmax", use_bias=False, name="d2")],
                               name="sequential_3")
    model = tf_keras.Sequential([head, tail], name="sequential_4")
    model.build((None, 6, 6, 4))
    path = save(fill(model), "teachable_machine")
    edit_config(path, lambda c: each_layer(c, plain), "2.4.0")


def weights_alone():
    model = dense_model()
    note("by_order", model)
    model.save_weights(OUT / "by_order_weights.h5", save_format="h5")
    (OUT / "by_order.json").write_text(model.to_json())
    # The same layers, listed the other way round.
    note("by_name", model)
    path = OUT / "by_name_weights.h5"
    model.save_weights(path, save_format="h5")
    with h5py.File(path, "r+") as file:
        file.attrs["layer_names"] = np.array([b"last", b"none", b"first"])
    (OUT / "by_name.json").write_text(model.to_json())


def optimizers():
    """What tf.keras's first optimizers keep: by slots, and Ftrl by variables. NAME/after: predictions two steps later."""
    first = tf_keras.optimizers.legacy
    for name, optimizer in (("legacy_rmsprop", first.RMSprop(0.01, momentum=0.5, centered=True)), ("legacy_ftrl", first.Ftrl(0.01)),
                            ("legacy_plain_rmsprop", first.RMSprop(0.01)), ("legacy_adam", first.Adam(0.01, amsgrad=True)),
                            ("legacy_nadam", first.Nadam(0.01)),
                            # An epsilon that shows where it is added.
                            ("legacy_centered_rmsprop", first.RMSprop(0.01, centered=True, epsilon=1e-3))):
        x = L.Input((3,))
        model = fill(tf_keras.Model(x, L.Dense(2, name="b")(L.Dense(4, "tanh", name="a")(x)), name=name))
        model.compile(optimizer, "mse")
        data = np.random.default_rng(5).standard_normal((8, 5)).astype("float32")

        def train(model=model, data=data):
            model.fit(data[:, :3], data[:, 3:], batch_size=8, epochs=2, verbose=0)
        train()
        save(model, name)
        EXPECTED[f"{name}/x"], EXPECTED[f"{name}/y0"] = data[:, :3], model.predict(data[:, :3], verbose=0)
        EXPECTED[f"{name}/target"] = data[:, 3:]
        train()
        EXPECTED[f"{name}/after"] = model.predict(data[:, :3], verbose=0)


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    for make in (attributes, types, sequentials, recurrent, cudnn, images, weights_alone, optimizers):
        make()
    write_npz(OUT / "dialects.npz", EXPECTED)
    print(sorted(p.name for p in OUT.iterdir()))


if __name__ == "__main__":
    main()
