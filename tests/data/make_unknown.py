#!/usr/bin/env python3
"""Files with classes of one's own that nobody registers, in tests/data/unknown: keras2.h5, keras2.keras, keras3.h5 and
keras3.keras hold sound weights, damaged_* of the same names an argument too much, and weights that are missing, of another
shape, and nobody's.

    make_unknown.py keras3    # needs Keras 3
    make_unknown.py keras2    # needs tf_keras 2.15 or later
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import h5py
import numpy as np

DIALECT = sys.argv[1]
if DIALECT == "keras2":
    import tf_keras as keras
else:
    import keras
L = keras.layers
OUT = pathlib.Path(__file__).resolve().parent / "unknown"


class Fantasy(L.Layer):
    """Weights of its own, and a layer inside."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = L.Dense(5, name="hidden")

    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=(shape[-1],))
        self.inner.build(shape)
        self.built = True

    def call(self, x):
        return self.inner(x * self.scale)

    def compute_output_shape(self, shape):
        return (*shape[:-1], 5)


class Mystery(L.Layer):
    def call(self, x):
        return x + 1

    def compute_output_shape(self, shape):
        return shape


def model():
    x = keras.Input((6,), name="x")
    first = L.Dense(4, name="first")(x)
    behind = L.Dense(3, name="behind")(Fantasy(name="odd")(first))
    deep_in = keras.Input((3,), name="deep_in")
    deep = Mystery(name="strange")(L.Dense(2, name="deep")(deep_in))
    inner = keras.Model(deep_in, L.Dense(2, name="last")(deep), name="inner")
    steps = L.TimeDistributed(Fantasy(name="odd_step"), name="steps")(L.Reshape((2, 2), name="fold")(first))
    known = L.LSTM(3, name="known")(L.Reshape((2, 2), name="fold_too")(first))
    row = keras.Sequential([keras.Input((3,)), L.Dense(2, name="one"), L.Dense(2, name="two")], name="row")
    ends = [inner(behind), L.Flatten(name="flat")(steps), row(known)]
    return keras.Model(x, L.Dense(2, name="head")(L.Concatenate(name="join")(ends)))


def colour(config):
    for layer in config["config"]["layers"]:
        if layer["config"]["name"] == "first":
            layer["config"]["colour"] = "red"
    return json.dumps(config)


def replace(group, name, shape):
    del group[name]
    group[name] = np.zeros(shape, "float32")


def damage_archive(source, target):
    """bias of "first" is missing; kernels of "behind", "deep" and "two" have other shapes; "ghost" is nobody's."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        old.extract("model.weights.h5", folder)
        path = os.path.join(folder, "model.weights.h5")
        with h5py.File(path, "r+") as file:
            layers = file["layers" if "layers" in file else "_layer_checkpoint_dependencies"]
            del layers["dense/vars/1"]
            replace(layers["dense_1/vars"], "0", (5, 4))
            replace(layers["functional/layers/dense/vars"], "0", (2, 2))
            replace(layers["sequential/layers/dense_1/vars"], "0", (7, 2))
            layers["ghost/vars/0"] = np.zeros(3, "float32")
        for name in ["metadata.json", "config.json"]:
            text = old.read(name).decode()
            new.writestr(name, colour(json.loads(text)) if name == "config.json" else text)
        new.write(path, "model.weights.h5")


def damage_hdf5(source, target):
    shutil.copy(source, target)
    with h5py.File(target, "r+") as file:
        file.attrs["model_config"] = colour(json.loads(file.attrs["model_config"]))
        weights = file["model_weights"]
        names = lambda group: list(weights[group].attrs["weight_names"])
        weights["first"].attrs["weight_names"] = names("first")[:1]
        kernels = [("behind", "kernel", (5, 4)), ("inner", "deep/kernel", (2, 2)), ("row", "two/kernel", (7, 2))]
        for group, part, shape in kernels:
            name = next(n for n in names(group) if part in (n if isinstance(n, str) else n.decode()))
            replace(weights[group], name, shape)
        ghost = weights.create_group("ghost")
        ghost["ghost/kernel"] = np.zeros(3, "float32")
        ghost.attrs["weight_names"] = ["ghost/kernel"]
        weights.attrs["layer_names"] = list(weights.attrs["layer_names"]) + ["ghost"]


OUT.mkdir(exist_ok=True)
keras.utils.set_random_seed(1)
made = model()
for ending, damage in [("keras", damage_archive), ("h5", damage_hdf5)]:
    path = OUT / f"{DIALECT}.{ending}"
    made.save(path)
    damage(path, OUT / f"damaged_{DIALECT}.{ending}")
