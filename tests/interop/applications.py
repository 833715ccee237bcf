#!/usr/bin/env python3
"""Every architecture of keras.applications, saved by real Keras, predicts here what it predicts there.

Usage: applications.py [--keras keras|tf_keras] [--suffix .keras|.h5] RHYTON FOLDER [NAME ...]
All by default; the files stay in FOLDER.

Weights are random and the moving statistics of batch normalization are not trivial. Outputs must agree within 1e-4 of
the largest one. Needs Keras with a backend that runs convolutions (TensorFlow, torch or JAX) and about 2 GB of disk.
"""

import argparse
import importlib
import os
import pathlib
import subprocess
import sys
import zlib

import numpy as np

NAMES = """ConvNeXtTiny ConvNeXtSmall ConvNeXtBase DenseNet121 DenseNet169 DenseNet201 EfficientNetB0 EfficientNetB1
EfficientNetB2 EfficientNetB3 EfficientNetB4 EfficientNetV2B0 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3
EfficientNetV2S InceptionResNetV2 InceptionV3 MobileNet MobileNetV2 MobileNetV3Large MobileNetV3Small NASNetMobile
ResNet50 ResNet50V2 ResNet101 ResNet101V2 VGG16 VGG19 Xception""".split()
TOLERANCE = 1e-4


def make(keras, name):
    """The model with weights that depend on nothing but its name."""
    model = getattr(keras.applications, name)(weights=None, classifier_activation=None)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for weight in model.weights:
        kind, shape = weight.name.rsplit("/", 1)[-1].split(":")[0], tuple(weight.shape)
        if kind == "moving_mean" or kind == "mean":
            weight.assign(rng.normal(0, 0.1, shape))
        elif kind in ("moving_variance", "variance"):
            weight.assign(rng.uniform(0.5, 1.5, shape))
        elif kind == "gamma" and len(shape) == 1:
            weight.assign(rng.uniform(0.8, 1.2, shape))
        elif kind in ("beta", "bias"):
            weight.assign(rng.normal(0, 0.1, shape))
        elif kind != "count":
            fan_in = np.prod(shape[:-1]) if "depthwise" not in kind else np.prod(shape[:2])
            weight.assign(rng.normal(0, np.sqrt(1.5 / max(fan_in, 1)), shape))
    return model, rng


def check(arguments, name):
    path, x_path, y_path = (arguments.folder / f"{name}{suffix}" for suffix in (arguments.suffix, ".x.npy", ".y.npy"))
    if not y_path.exists():
        keras = importlib.import_module(arguments.keras)
        model, rng = make(keras, name)
        x = rng.uniform(0, 255 if "Efficient" in name or "V3" in name or "ConvNeXt" in name else 1,
                        (1, *(size or 224 for size in model.input_shape[1:]))).astype("float32")
        model.save(path)
        # As read again: Normalization takes its constants when it is loaded.
        model = keras.models.load_model(path, compile=False)
        np.save(x_path, x)
        np.save(y_path, np.asarray(model.predict_on_batch(x)))
        keras.backend.clear_session()
    scale = float(np.abs(np.load(y_path)).max())
    run = subprocess.run([arguments.rhyton, "verify", path, "--input", x_path, "--expected", y_path, "--rtol", "0", "--atol",
                          str(TOLERANCE * scale)], capture_output=True, text=True, check=False)
    print(f"{name}: {'ok' if run.returncode == 0 else 'FAILED'} (largest output {scale:.3g}) "
          f"{(run.stdout + run.stderr).strip()}", flush=True)
    return run.returncode == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keras", default="keras", choices=("keras", "tf_keras"))
    parser.add_argument("--suffix", default=".keras", choices=(".keras", ".h5"))
    parser.add_argument("rhyton")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*", default=NAMES)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    results = [check(arguments, name) for name in arguments.names]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main())
