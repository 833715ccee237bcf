"""Writes every model of models.py in every format: make_files.py keras|tf_keras OUT [model ...]

For each there is NAME.npz with x_0, x_1, ... and the predictions y_0, y_1, ...; "trained" ones also carry the state of
an optimizer after two steps, and z_0, ... predicted after two steps more.
"""
import importlib
import inspect
import json
import logging
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.simplefilter("ignore")
for logger in ("absl", "tensorflow"):
    logging.getLogger(logger).setLevel(logging.ERROR)
import numpy as np

import models


def listed(values):
    return list(values) if isinstance(values, (list, tuple)) else [values]


def predict(model, inputs):
    """Called, not compiled, which takes longer than a small model's few steps."""
    outputs = listed(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    return [np.asarray(y.detach() if hasattr(y, "detach") else y) for y in outputs]


def arrays(prefix, values):
    return {f"{prefix}_{i}": v for i, v in enumerate(values)}


def train(model, inputs, y, steps):
    x = inputs if len(inputs) > 1 else inputs[0]
    model.run_eagerly = True
    for _ in range(steps):
        model.train_on_batch(x, y if len(y) > 1 else y[0])


def shards(keras):
    """Whether it is Keras 3.10 or later."""
    return "max_shard_size" in inspect.signature(keras.Model.save_weights).parameters


def write(keras, name, folder, trained, legacy=False):
    """`legacy`: with the optimizers that tf.keras had before 2.11."""
    model, inputs = models.build(name, keras)
    stem = os.path.join(folder, name + ("_legacy" if legacy else "_trained" if trained else ""))
    content = arrays("x", inputs)
    if trained:
        y = models.targets(model, inputs)
        # As generated.optimizer: an epsilon that does not blow rounding errors of small gradients up.
        old = keras.optimizers.legacy.Adam(0.01, epsilon=1e-2 if ":" in name else 1e-7) if legacy else None
        model.compile(old or models.optimizer(name, keras), "mean_squared_error")
        train(model, inputs, y, 2)
        content.update(arrays("t", y))
    content.update(arrays("y", predict(model, inputs)))
    model.save(stem + ".keras")
    model.save_weights(stem + ".weights.h5")
    with open(stem + ".json", "w") as file:
        file.write(model.to_json())
    if keras.__version__[0] == "2":
        model.save_weights(stem + "_only.h5", save_format="h5")
    elif shards(keras):
        model.save_weights(stem + ".weights.json", max_shard_size=4096 / 1024**3)
    try:
        model.save(stem + ".h5")
    except ValueError as error:  # Keras 3 of before 3.7 cannot write two weights of one name in a layer
        if "name already exists" not in str(error):
            raise
        os.remove(stem + ".h5")
    if trained:
        train(model, inputs, y, 2)
        content.update(arrays("z", predict(model, inputs)))
    np.savez(stem + ".npz", **content)


def main():
    keras = importlib.import_module(sys.argv[1])
    folder = sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    names = sys.argv[3:] or list(models.BUILDERS)
    for name in names:
        for trained in (False, True):
            write(keras, name, folder, trained)
        if keras.__version__[0] == "2":
            write(keras, name, folder, True, legacy=True)
    print(json.dumps({"keras": keras.__version__, "models": names}))


if __name__ == "__main__":
    main()
