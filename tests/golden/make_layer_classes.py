#!/usr/bin/env python3
"""List the layers of Keras in layer_classes.json: make_layer_classes.py keras|tf_keras

Run once with Keras 3, which is pinned in requirements.txt, and once with tf_keras 2: each replaces its own list.
"""
import importlib
import inspect
import json
import pathlib
import sys

import golden_io

PATH = pathlib.Path(__file__).resolve().parent / "layer_classes.json"


# What Keras 2 calls otherwise.
FAMILIES = {"activation": "activations", "locally_connected": "convolutional"}


def family(layer):
    """The folder of its source: "pooling", "rnn"; "core" for what lies elsewhere."""
    parts = layer.__module__.split(".")
    name = parts[parts.index("layers") + 1] if "layers" in parts and parts[-1] != "layer" else "core"
    return FAMILIES.get(name, name)


def main(module):
    keras = importlib.import_module(module)
    # Aliases go by the class's own name, unless only another one is public.
    classes = {thing.__name__ if hasattr(keras.layers, thing.__name__) else name: family(thing)
               for name, thing in inspect.getmembers(keras.layers, inspect.isclass)
               if issubclass(thing, keras.layers.Layer)}
    lists = json.loads(PATH.read_text()) if PATH.exists() else {}
    lists[f"keras{keras.__version__[0]}"] = {"version": keras.__version__, "layers": dict(sorted(classes.items()))}
    golden_io.write_json(PATH, lists)


if __name__ == "__main__":
    main(sys.argv[1])
