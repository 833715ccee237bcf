#!/usr/bin/env python3
"""Record values and gradients of every Keras loss class: losses.npz, losses.json. Formats: README.md."""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch
from keras.src import backend

import golden_io
from golden_io import distinct, generator

HERE = pathlib.Path(__file__).resolve().parent

# What y_true and y_pred look like: (kind of y_true, kind of y_pred).
BINARY, LOGITS = ("binary", "probability"), ("binary", "real")
ONE_HOT, ONE_HOT_LOGITS = ("one_hot", "distribution"), ("one_hot", "real")
SPARSE, SPARSE_LOGITS = ("ids", "distribution"), ("ids", "real")
REAL, SIGNS, POSITIVE = ("real", "real"), ("signs", "real"), ("positive", "positive")

# class, data, configs
CASES = [
    ("MeanSquaredError", REAL, [{}]),
    ("MeanAbsoluteError", REAL, [{}]),
    ("MeanAbsolutePercentageError", REAL, [{}]),
    ("MeanSquaredLogarithmicError", POSITIVE, [{}]),
    ("CosineSimilarity", REAL, [{}, {"axis": 1}]),
    ("Huber", REAL, [{}, {"delta": 0.4}]),
    ("LogCosh", REAL, [{}]),
    ("Hinge", SIGNS, [{}]),
    ("Hinge", LOGITS, [{}]),
    ("SquaredHinge", SIGNS, [{}]),
    ("SquaredHinge", LOGITS, [{}]),
    ("CategoricalHinge", ONE_HOT_LOGITS, [{}]),
    ("KLDivergence", ("distribution", "distribution"), [{}]),
    ("Poisson", POSITIVE, [{}]),
    ("BinaryCrossentropy", BINARY, [{}, {"label_smoothing": 0.1}, {"axis": 1}]),
    ("BinaryCrossentropy", ("probability", "probability"), [{}]),
    ("BinaryCrossentropy", LOGITS, [{"from_logits": True}, {"from_logits": True, "label_smoothing": 0.2}]),
    ("BinaryFocalCrossentropy", BINARY, [{}, {"gamma": 1.0}, {"apply_class_balancing": True, "alpha": 0.4},
                                         {"label_smoothing": 0.1}]),
    ("BinaryFocalCrossentropy", LOGITS, [{"from_logits": True}]),
    ("CategoricalCrossentropy", ONE_HOT, [{}, {"label_smoothing": 0.1}, {"axis": 1}]),
    ("CategoricalCrossentropy", ("distribution", "distribution"), [{}]),
    ("CategoricalCrossentropy", ("one_hot", "probability"), [{}]),
    ("CategoricalCrossentropy", ONE_HOT_LOGITS, [{"from_logits": True}, {"from_logits": True, "label_smoothing": 0.2}]),
    ("CategoricalFocalCrossentropy", ONE_HOT, [{}, {"alpha": 0.5, "gamma": 1.5}, {"label_smoothing": 0.1}]),
    ("CategoricalFocalCrossentropy", ONE_HOT_LOGITS, [{"from_logits": True}]),
    ("SparseCategoricalCrossentropy", SPARSE, [{}, {"ignore_class": 1}]),
    ("SparseCategoricalCrossentropy", SPARSE_LOGITS, [{"from_logits": True}, {"from_logits": True, "ignore_class": 0}]),
    ("CategoricalGeneralizedCrossEntropy", SPARSE, [{}, {"q": 0.3}]),
    ("Dice", BINARY, [{}, {"axis": [1, 2]}]),
    ("Tversky", BINARY, [{}, {"alpha": 0.3, "beta": 0.7}, {"axis": [1, 2]}]),
    ("CTC", ("labels", "real"), [{}]),
    ("Circle", SPARSE_LOGITS, [{}, {"gamma": 20.0, "margin": 0.25}, {"remove_diagonal": False}]),
]
SHAPES = [(5, 4), (3, 2, 4)]
# Classes that take one kind of shape only.
SEQUENCE_SHAPE = (3, 6, 4)  # (batch, time, classes) of CTC
ONLY_RANK2 = ("Circle", "CategoricalGeneralizedCrossEntropy")
# The reduction is shared code: these go through every one of them, the others through the default and "none".
ALL_REDUCTIONS = ("MeanSquaredError", "BinaryCrossentropy", "SparseCategoricalCrossentropy")
REDUCTIONS = [None, "sum", "mean", "mean_with_sample_weight", "none"]


def draw(kind, rng, shape):
    if kind == "real":
        return distinct(rng, shape, 2.0)
    if kind == "positive":
        return distinct(rng, shape, 1.0) + np.float32(1.5)
    if kind == "probability":
        return distinct(rng, shape, 0.45) + np.float32(0.5)
    if kind == "distribution":
        raised = np.exp(distinct(rng, shape, 1.5))
        return (raised / raised.sum(-1, keepdims=True)).astype(np.float32)
    if kind == "binary":
        return rng.integers(0, 2, shape).astype(np.float32)
    if kind == "signs":
        return (2 * rng.integers(0, 2, shape) - 1).astype(np.float32)
    if kind == "labels":  # Class 0 is CTC's blank and pads the end.
        labels = rng.integers(1, shape[-1], (shape[0], 3)).astype(np.int32)
        labels[1, 2:] = 0
        return labels
    ids = rng.integers(0, shape[-1], shape[:-1]).astype(np.int32)
    return ids if kind == "ids" else np.eye(shape[-1], dtype=np.float32)[ids]


def settings(class_name, config, shape):
    """(reduction, weighting) pairs: many for a class's first config, the default alone for the others."""
    if config and set(config) != {"from_logits"}:
        return [(None, "no")]
    if class_name in ("Dice", "Tversky"):  # One value for the whole batch: there is nothing to weight.
        return [(reduction, "no") for reduction in REDUCTIONS]
    if class_name == "CTC":
        return [(None, "no"), (None, "sample"), ("none", "no")]
    if len(shape) == 3:
        return [(None, "no"), (None, "sample"), (None, "element"), (None, "mask")]
    if class_name in ALL_REDUCTIONS:
        return [(reduction, weighting) for reduction in REDUCTIONS for weighting in ("no", "sample")]
    return [(None, "no"), (None, "sample"), ("none", "no")]


def evaluate(class_name, kinds, config, shape, reduction, weighting, name):
    """Arrays of one case: y_true, y_pred, sample_weight or mask, value, dy_pred."""
    rng = generator("losses", name)
    arrays = {"y_true": draw(kinds[0], rng, shape), "y_pred": draw(kinds[1], rng, shape)}
    if reduction:
        config = {**config, "reduction": reduction}
    loss = getattr(keras.losses, class_name)(**config)
    y_pred = torch.tensor(arrays["y_pred"], requires_grad=True)
    call = {}
    if weighting in ("sample", "element"):
        weights = shape[:1] if len(shape) == 2 or class_name == "CTC" else (shape[0], 1)
        weights = weights if weighting == "sample" else shape[:2]
        arrays["sample_weight"] = distinct(rng, weights, 1.0) + np.float32(1.25)
        call["sample_weight"] = torch.tensor(arrays["sample_weight"])
    if weighting == "mask":
        arrays["mask"] = rng.integers(0, 2, shape[:2]).astype(bool)
        arrays["mask"][0, 0] = True
        backend.set_keras_mask(y_pred, torch.tensor(arrays["mask"]))
    value = loss(torch.tensor(arrays["y_true"]), y_pred, **call)
    (gradient,) = torch.autograd.grad(value.sum(), [y_pred])
    arrays["value"] = value.detach().numpy()
    arrays["dy_pred"] = gradient.numpy()
    if not all(np.all(np.isfinite(a)) for a in (arrays["value"], arrays["dy_pred"])):
        raise AssertionError(f"{name} is not finite")
    return arrays, loss.get_config()


def main():
    torch.set_num_threads(1)
    archive, cases = {}, {}
    for class_name, kinds, configs in CASES:
        for config in configs:
            for shape in [SEQUENCE_SHAPE] if class_name == "CTC" else SHAPES:
                needs_rank3 = config.get("axis") in (1, [1, 2]) and class_name != "CosineSimilarity"
                if (len(shape) == 3 and class_name in ONLY_RANK2) or (len(shape) == 2 and needs_rank3):
                    continue
                for reduction, weighting in settings(class_name, config, shape):
                    parts = [class_name, "_".join(kinds), *(f"{k}={v}" for k, v in config.items()),
                             f"rank{len(shape)}", reduction or "", weighting if weighting != "no" else ""]
                    name = "-".join(p for p in parts if p).replace(" ", "")
                    arrays, full = evaluate(class_name, kinds, config, shape, reduction, weighting, name)
                    archive.update({f"{name}/{key}": value for key, value in arrays.items()})
                    cases[name] = {"class_name": class_name, "config": full}
    golden_io.write_npz(HERE / "losses.npz", archive)
    golden_io.write_json(HERE / "losses.json", {"keras": keras.__version__, "backend": "torch", "cases": cases})
    print(f"losses: {len(cases)} cases")


if __name__ == "__main__":
    main()
