#!/usr/bin/env python3
"""Make the golden files of layers that only Keras 2 has, by tf_keras: make_keras2_layers.py [layer ...]

The cases say `"oracle": "tf_keras"`; they have one input, and the files are those of make_golden.py.
"""
import json
import os
import pathlib
import sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="")
import numpy as np
import tensorflow as tf
import tf_keras

import golden_io

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent / "cases"


def make(class_name, config, stem):
    return getattr(tf_keras.layers, class_name)(**{"name": stem, **config})


def unknown_dimensions(class_name, case, stem, shape):
    found = {}
    for axis in range(1, len(shape)):
        unknown = [None if i in (0, axis) else size for i, size in enumerate(shape)]
        try:
            layer = make(class_name, case["config"], stem)
            layer(tf_keras.Input(unknown[1:]))
            found[str(axis)] = list(layer.compute_output_shape(unknown))
        except Exception:  # The layer needs this dimension: there is nothing to record.
            continue
    return found


def run_case(class_name, case, stem):
    rng = golden_io.generator(stem, case["name"])
    shape = case["inputs"][0]
    layer = make(class_name, case["config"], stem)
    layer(tf_keras.Input(shape[1:]))
    x = golden_io.distinct(rng, shape, 2.0, 0.0)
    weights = [golden_io.distinct(rng, tuple(w.shape), 0.75) for w in layer.weights]
    layer.set_weights(weights)
    source = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(source)
        y = layer(source)
    dy = golden_io.distinct(rng, tuple(y.shape), 1.0)
    found = tape.gradient(y, [source, *layer.trainable_weights], output_gradients=tf.constant(dy))
    arrays = {"x0": x, "y0": y.numpy(), "dy0": dy}
    arrays.update({key: tf.convert_to_tensor(g).numpy()
                   for key, g in zip(["dx0", *(f"dw{i}" for i in range(len(weights)))], found, strict=True)})
    arrays.update({f"w{i}": w for i, w in enumerate(weights)})
    facts = {"backend": "tf_keras", "config": layer.get_config(),
             "weights": [{"name": w.name.split("/")[-1].split(":")[0], "shape": list(w.shape), "dtype": "float32",
                          "gradient": i} for i, w in enumerate(layer.weights)],
             "inputs": [{"shape": shape, "dtype": "float32"}],
             "outputs": [{"shape": list(y.shape), "dtype": "float32"}],
             "compute_output_shape": list(layer.compute_output_shape([None, *shape[1:]])),
             "unknown_dimension": unknown_dimensions(class_name, case, stem, shape)}
    return {f"{case['name']}/{key}": np.asarray(value) for key, value in arrays.items()}, facts


def run_error(class_name, case, stem):
    stage = "construct"
    try:
        layer = make(class_name, case["config"], stem)
        if "inputs" in case:
            stage = "build"
            layer(tf_keras.Input(case["inputs"][0][1:]))
    except Exception as error:  # the type itself is what is recorded
        return {"keras_raises": type(error).__name__, "keras_at": stage}
    sys.exit(f"{stem}/{case['name']}: Keras accepts this")


def main(stems):
    for stem in stems:
        spec = json.loads((CASES / f"{stem}.json").read_text())
        arrays, cases = {}, {}
        for case in spec["cases"]:
            found, cases[case["name"]] = run_case(spec["layer"], case, stem)
            arrays.update(found)
        errors = {case["name"]: run_error(spec["layer"], case, stem) for case in spec["errors"]}
        golden_io.write_npz(HERE / f"{stem}.npz", arrays)
        golden_io.write_json(HERE / f"{stem}.json", {"layer": spec["layer"], "keras": tf_keras.__version__,
                                                     "cases": cases, "errors": errors})
        print(f"{stem}: {len(cases)} cases, {len(errors)} errors")


if __name__ == "__main__":
    main(sys.argv[1:] or ["locally_connected1d", "locally_connected2d"])
