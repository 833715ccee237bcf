#!/usr/bin/env python3
"""Record every Keras metric class over a sequence of updates: metrics.npz, metrics.json. Formats: README.md."""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch

import golden_io
from golden_io import generator
from make_losses import draw

HERE = pathlib.Path(__file__).resolve().parent

BINARY, REAL, POSITIVE = ("binary", "probability"), ("real", "real"), ("positive", "positive")
ONE_HOT, SPARSE = ("one_hot", "distribution"), ("ids", "distribution")
SCORES, IDS = ("column", "score"), ("ids_only", "ids_only")
PLAIN = (6, 4)

# class, data, shape, configs
CASES = [
    ("Mean", ("value",), (6,), [{}]),
    ("Sum", ("value",), (6,), [{}]),
    ("Accuracy", IDS, (6, 1), [{}]),
    ("BinaryAccuracy", BINARY, PLAIN, [{}, {"threshold": 0.3}]),
    ("CategoricalAccuracy", ONE_HOT, PLAIN, [{}]),
    ("SparseCategoricalAccuracy", SPARSE, PLAIN, [{}]),
    ("TopKCategoricalAccuracy", ONE_HOT, (6, 7), [{}, {"k": 2}]),
    ("SparseTopKCategoricalAccuracy", SPARSE, (6, 7), [{}, {"k": 2}]),
    ("MeanSquaredError", REAL, PLAIN, [{}]),
    ("RootMeanSquaredError", REAL, PLAIN, [{}]),
    ("MeanAbsoluteError", REAL, PLAIN, [{}]),
    ("MeanAbsolutePercentageError", REAL, PLAIN, [{}]),
    ("MeanSquaredLogarithmicError", POSITIVE, PLAIN, [{}]),
    ("LogCoshError", REAL, PLAIN, [{}]),
    ("CosineSimilarity", REAL, PLAIN, [{}]),
    ("R2Score", REAL, PLAIN, [{}, {"class_aggregation": None}, {"class_aggregation": "variance_weighted_average"},
                              {"num_regressors": 2}]),
    ("PearsonCorrelation", REAL, PLAIN, [{}]),
    ("ConcordanceCorrelation", REAL, PLAIN, [{}]),
    ("Hinge", ("signs", "real"), PLAIN, [{}]),
    ("SquaredHinge", ("signs", "real"), PLAIN, [{}]),
    ("CategoricalHinge", ("one_hot", "real"), PLAIN, [{}]),
    ("KLDivergence", ("distribution", "distribution"), PLAIN, [{}]),
    ("Poisson", POSITIVE, PLAIN, [{}]),
    ("BinaryCrossentropy", BINARY, PLAIN, [{}, {"label_smoothing": 0.2}]),
    ("BinaryCrossentropy", ("binary", "real"), PLAIN, [{"from_logits": True}]),
    ("CategoricalCrossentropy", ONE_HOT, PLAIN, [{}, {"label_smoothing": 0.2}]),
    ("SparseCategoricalCrossentropy", SPARSE, PLAIN, [{}, {"ignore_class": 1}]),
    ("SparseCategoricalCrossentropy", ("ids", "real"), PLAIN, [{"from_logits": True}]),
    ("TruePositives", SCORES, (12, 1), [{}, {"thresholds": [0.2, 0.6]}]),
    ("TrueNegatives", SCORES, (12, 1), [{}, {"thresholds": [0.2, 0.6]}]),
    ("FalsePositives", SCORES, (12, 1), [{}, {"thresholds": [0.2, 0.6]}]),
    ("FalseNegatives", SCORES, (12, 1), [{}, {"thresholds": [0.2, 0.6]}]),
    ("Precision", SCORES, (12, 1), [{}, {"thresholds": 0.3}, {"thresholds": [0.2, 0.6]}]),
    ("Precision", ONE_HOT, PLAIN, [{"top_k": 2}, {"class_id": 1}]),
    ("Recall", SCORES, (12, 1), [{}, {"thresholds": 0.3}, {"thresholds": [0.2, 0.6]}]),
    ("Recall", ONE_HOT, PLAIN, [{"top_k": 2}, {"class_id": 1}]),
    ("AUC", SCORES, (12, 1), [{}, {"num_thresholds": 20}, {"curve": "PR"}, {"thresholds": [0.2, 0.4, 0.8]},
                              {"summation_method": "minoring"}, {"summation_method": "majoring"},
                              {"curve": "PR", "summation_method": "minoring", "num_thresholds": 50}]),
    ("AUC", ("column", "real"), (12, 1), [{"from_logits": True}]),
    ("AUC", BINARY, PLAIN, [{"multi_label": True, "num_labels": 4, "num_thresholds": 30}]),
    ("SensitivityAtSpecificity", SCORES, (12, 1), [{"specificity": 0.5}]),
    ("SpecificityAtSensitivity", SCORES, (12, 1), [{"sensitivity": 0.5}]),
    ("PrecisionAtRecall", SCORES, (12, 1), [{"recall": 0.5}]),
    ("RecallAtPrecision", SCORES, (12, 1), [{"precision": 0.6}]),
    ("FBetaScore", ONE_HOT, PLAIN, [{}, {"beta": 2.0, "average": "macro"}, {"threshold": 0.3, "average": "micro"},
                                    {"average": "weighted", "beta": 0.5}]),
    ("F1Score", ONE_HOT, PLAIN, [{}, {"average": "macro"}, {"average": "micro"}, {"average": "weighted"}]),
    ("BinaryIoU", SCORES, (12, 1), [{}, {"threshold": 0.3, "target_class_ids": [1]}]),
    ("IoU", IDS, (12, 1), [{"num_classes": 4, "target_class_ids": [0, 2]}]),
    ("MeanIoU", IDS, (12, 1), [{"num_classes": 4}, {"num_classes": 4, "ignore_class": 1}]),
    ("OneHotIoU", ONE_HOT, PLAIN, [{"num_classes": 4, "target_class_ids": [1, 3]}]),
    ("OneHotMeanIoU", ONE_HOT, PLAIN, [{"num_classes": 4}]),
]
UPDATES = 3
# Keras drops these weights or gives them another meaning; they are recorded without.
UNWEIGHTED = ("PearsonCorrelation", "ConcordanceCorrelation")


def draw_metric(kind, rng, shape):
    if kind in ("value", "real"):
        return draw("real", rng, shape)
    if kind == "column":
        return rng.integers(0, 2, shape).astype(np.float32)
    if kind == "score":
        return draw("probability", rng, shape)
    if kind == "ids_only":
        return rng.integers(0, 4, shape).astype(np.int32)
    if kind == "ids":
        return draw("ids", rng, shape)[..., np.newaxis]
    return draw(kind, rng, shape)


def record(class_name, kinds, shape, config, weighted, name):
    rng = generator("metrics", name)
    metric = getattr(keras.metrics, class_name)(**config)
    arrays = {}
    for step in range(UPDATES):
        values = [draw_metric(kind, rng, shape) for kind in kinds]
        keys = ["values"] if len(values) == 1 else ["y_true", "y_pred"]
        weights = None
        if weighted:  # The confusion matrix of the IoU family counts in integers.
            weights = (rng.integers(1, 9, shape[:1]) / (1 if "IoU" in class_name else 4)).astype(np.float32)
        metric.update_state(*[torch.tensor(v) for v in values],
                            sample_weight=None if weights is None else torch.tensor(weights))
        arrays.update({f"{key}{step}": value for key, value in zip(keys, values)})
        if weights is not None:
            arrays[f"sample_weight{step}"] = weights
        arrays[f"result{step}"] = np.asarray(keras.ops.convert_to_numpy(metric.result()))
    return arrays, metric.get_config()


def main():
    torch.set_num_threads(1)
    archive, cases = {}, {}
    for class_name, kinds, shape, configs in CASES:
        for config in configs:
            for weighted in (False, True):
                if weighted and class_name in UNWEIGHTED:
                    continue
                parts = [class_name, *(f"{k}={v}" for k, v in config.items()), "weighted" if weighted else ""]
                name = "-".join(p for p in parts if p).replace(" ", "")
                try:
                    arrays, full = record(class_name, kinds, shape, config, weighted, name)
                except Exception as error:
                    raise RuntimeError(f"metric {name}") from error
                archive.update({f"{name}/{key}": value for key, value in arrays.items()})
                cases[name] = {"class_name": class_name, "config": full, "updates": UPDATES}
    golden_io.write_npz(HERE / "metrics.npz", archive)
    golden_io.write_json(HERE / "metrics.json", {"keras": keras.__version__, "backend": "torch", "cases": cases})
    print(f"metrics: {len(cases)} cases")


if __name__ == "__main__":
    main()
