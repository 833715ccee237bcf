#!/usr/bin/env python3
"""Record whole models of real Keras: models/<name>.npz and .json. Formats: README.md.

Usage: make_models.py [name ...]        all by default
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
from graph_models import MODELS

FOLDER = pathlib.Path(__file__).resolve().parent / "models"
BATCH = 3


def fill(model, rng):
    for weight in model.weights:
        if "variance" in weight.name or weight.name == "gamma":
            weight.assign(distinct(rng, weight.shape, 0.5) + np.float32(1.0))
        else:
            weight.assign(distinct(rng, weight.shape, 0.5))


def draw_input(tensor, rng):
    shape = (BATCH, *tensor.shape[1:])
    if tensor.dtype != "int32":
        return distinct(rng, shape, 1.5)
    tokens = rng.integers(1, 8, shape).astype(np.int32)
    tokens[np.arange(shape[1])[None, :] >= np.array([[shape[1]], [2], [3]])] = 0
    return tokens


def run(name):
    rng = generator("models", name)
    model = MODELS[name]()
    fill(model, rng)
    inputs = [draw_input(t, rng) for t in model.inputs]
    tensors = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    # Sequential is no operation of its own and has no `input`.
    packed = tensors[0] if len(tensors) == 1 else tree.pack_sequence_as(model.input, tensors)
    outputs = tree.flatten(model(packed, training=False))
    upstream = [distinct(rng, tuple(y.shape), 1.0) for y in outputs]
    floats = [(f"dx{i}", t) for i, t in enumerate(tensors) if t.requires_grad]
    trained = [(f"dw{i}", w.value) for i, w in enumerate(model.trainable_weights)]
    found = torch.autograd.grad(outputs, [t for _, t in floats + trained], [torch.tensor(dy) for dy in upstream])
    arrays = {f"x{i}": x for i, x in enumerate(inputs)}
    arrays |= {f"w{i}": w for i, w in enumerate(model.get_weights())}
    arrays |= {f"y{i}": y.detach().numpy() for i, y in enumerate(outputs)}
    arrays |= {f"dy{i}": dy for i, dy in enumerate(upstream)}
    arrays |= {key: gradient.numpy() for (key, _), gradient in zip(floats + trained, found, strict=True)}
    facts = {
        "keras": keras.__version__, "backend": "torch", "model": json.loads(model.to_json()),
        "layers": [layer.name for layer in model.layers],
        "inputs": [t.name for t in model.inputs], "outputs": getattr(model, "output_names", [model.layers[-1].name]),
        "weights": [{"path": w.path, "shape": list(w.shape)} for w in model.weights],
        "trainable_weights": [w.path for w in model.trainable_weights],
        "parameters": {"total": model.count_params(),
                       "trainable": sum(int(np.prod(w.shape)) for w in model.trainable_weights)},
    }
    return arrays, facts


def main(names):
    torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        keras.backend.clear_session()
        arrays, facts = run(name)
        golden_io.write_npz(FOLDER / f"{name}.npz", arrays)
        golden_io.write_json(FOLDER / f"{name}.json", facts)
        print(f"{name}: layers {facts['layers']}, {facts['parameters']['total']} parameters")


if __name__ == "__main__":
    main(sys.argv[1:] or list(MODELS))
