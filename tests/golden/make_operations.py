#!/usr/bin/env python3
"""Record operations on tensors in graphs of real Keras 3: operations/keras3.npz and .json. Formats: README.md.

Usage: make_operations.py [name ...]    all by default; with names, only tries them
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch
from keras.src import tree

import golden_io
from golden_io import distinct, generator
from operation_cases import all_cases

FOLDER = pathlib.Path(__file__).resolve().parent / "operations"


def draw(kind, shape, rng, shift):
    whole = {"whole": (-5, 6), "counting": (1, 7), "index3": (0, 3)}
    if kind in whole:
        return rng.integers(*whole[kind], shape).astype(np.int32)
    if kind == "bytes":
        return rng.integers(0, 9, shape).astype(np.uint8)
    if kind == "flag":
        return rng.integers(0, 2, shape).astype(bool)
    scale, offset = {"real": (1.5, 0), "positive": (0.85, 1.15), "unit": (0.9, 0), "above1": (0.5, 1.7),
                     "probability": (0.4, 0.5)}[kind]
    return distinct(rng, shape, scale, shift) + np.float32(offset)


def run(name, function, specs):
    rng = generator("operations", name)
    arrays = [draw(kind, shape, rng, 0.2 * i) for i, (kind, shape) in enumerate(specs)]
    inputs = [keras.Input(batch_shape=(None, *a.shape[1:]) if a.ndim > 1 and a.shape[0] == 2 else a.shape,
                          dtype=str(a.dtype), name=f"x{i}") for i, a in enumerate(arrays)]
    try:
        model = keras.Model(inputs, function(*inputs))
    except Exception:
        # Some operations need to know the batch.
        inputs = [keras.Input(batch_shape=a.shape, dtype=str(a.dtype), name=f"x{i}") for i, a in enumerate(arrays)]
        model = keras.Model(inputs, function(*inputs))
    tensors = [torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    outputs = tree.flatten(model(tensors, training=False))
    out = {f"x{i}": a for i, a in enumerate(arrays)}
    out |= {f"y{i}": y.detach().numpy() for i, y in enumerate(outputs)}
    through = [(i, y) for i, y in enumerate(outputs) if y.requires_grad]
    if through:
        upstream = {i: distinct(rng, tuple(y.shape), 1.0) for i, y in through}
        floats = [i for i, t in enumerate(tensors) if t.requires_grad]
        try:
            found = torch.autograd.grad([y for _, y in through], [tensors[i] for i in floats],
                                        [torch.tensor(dy) for dy in upstream.values()], allow_unused=True)
        except RuntimeError:  # torch has no derivative of steps
            found = []
        out |= {f"dy{i}": dy for i, dy in upstream.items() if found}
        out |= {f"dx{i}": np.zeros_like(arrays[i]) if g is None else g.numpy() for i, g in zip(floats, found)}
    for key, value in out.items():
        assert value.dtype.kind == "b" or np.isfinite(value).all() or name.startswith("is"), key
    return out, json.loads(model.to_json())


def main(names):
    torch.set_num_threads(1)
    arrays, models = {}, {}
    for name, (function, specs) in all_cases().items():
        if names and name not in names:
            continue
        keras.backend.clear_session()
        try:
            found, models[name] = run(name, function, specs)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {str(error)[:150]}")
            continue
        arrays |= {f"{name}/{key}": value for key, value in found.items()}
    if names:
        print(json.dumps(models))
        return
    FOLDER.mkdir(exist_ok=True)
    golden_io.write_npz(FOLDER / "keras3.npz", arrays)
    golden_io.write_json(FOLDER / "keras3.json", {"keras": keras.__version__, "backend": "torch", "models": models})
    print(f"{len(models)} models")


if __name__ == "__main__":
    main(sys.argv[1:])
