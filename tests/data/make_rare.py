#!/usr/bin/env python3
"""Files of Keras 3 that few models need, in tests/data/keras3: lora.h5, whose kernels still have LoRA's matrices beside
them, and mixed_trained.keras, whose optimizer Keras wrapped by itself. Needs Keras 3 on TensorFlow.

attention_order and masked_order there are tests/interop/make_files.py's; masked_order in keras3_3 is its too, by Keras 3.3.3.
"""
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras import layers as L

OUT = pathlib.Path(__file__).resolve().parent / "keras3"
sys.path.insert(0, str(OUT.parent.parent / "golden"))
from golden_io import write_npz  # noqa: E402


def lora():
    ids = keras.Input((3,), name="ids")
    words = L.Embedding(7, 4, name="words")
    first = L.Dense(5, activation="tanh", name="first")
    inner = keras.Sequential([keras.Input((3, 4)), first, L.Dense(4, name="second")], name="inner")
    einsum = L.EinsumDense("abc,cd->abd", output_shape=(3, 3), bias_axes="d", name="einsum")
    conv = L.Conv1D(2, 2, name="conv")
    model = keras.Model(ids, L.Dense(2, name="head")(L.Flatten()(conv(einsum(inner(words(ids)))))))
    words.enable_lora(2)
    first.enable_lora(2, lora_alpha=3.0)
    einsum.enable_lora(1)
    conv.enable_lora(2, lora_alpha=1)
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape) * 0.5 for w in model.get_weights()])
    x = rng.integers(0, 7, (2, 3)).astype("float32")
    write_npz(OUT / "lora.npz", {"x_0": x, "y_0": np.asarray(model(x))})
    model.save(OUT / "lora.h5")


def mixed():
    keras.mixed_precision.set_global_policy("mixed_float16")
    model = keras.Sequential([keras.Input((4,)), L.Dense(5, activation="relu"), L.Dense(2, dtype="float32")])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse")
    for _ in range(3):
        model.train_on_batch(np.ones((4, 4), "float32"), np.ones((4, 2), "float32"))
    model.save(OUT / "mixed_trained.keras")
    keras.mixed_precision.set_global_policy("float32")


if __name__ == "__main__":
    keras.utils.set_random_seed(3)
    lora()
    mixed()
