"""From one Keras to the other: across.py TOOL [model ...]

Keras 2 writes and trains a model, C++ writes it for Keras 3, and that opens it, predicts the same and, from .keras files,
goes on as Keras 2 would; and the other way round. What one of the two does not have is listed, and is no failure.
"""
import os
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import numpy as np
import keras
import tf_keras

import make_files
import models
from run import Report, arrays_of, keras_opens, listed


def check(report, tool, name, writer, reader, dialect, folder):
    stem = os.path.join(folder, f"{name}_{writer.__name__}")
    model, inputs = models.build(name, writer)
    targets = models.targets(model, inputs)
    model.compile(writer.optimizers.SGD(0.05, momentum=0.9), "mean_squared_error")
    make_files.train(model, inputs, targets, 2)
    want = make_files.predict(model, inputs)
    for ending in (".keras", ".h5"):
        model.save(stem + ending)
        out = f"{stem}_{dialect}{ending}"
        what = f"{name} of {writer.__name__} as {os.path.basename(out)}"
        if not report.run(tool, what, "convert", stem + ending, out, dialect):
            continue
        other = keras_opens(reader, report, f"opens {what}", out, inputs, want)
        # Keras 3 reads no state from .h5; Keras 2 moves the variances of images by N / (N - 1) of what Keras 3 does.
        if other is None or ending == ".h5" or name == "convolution":
            continue
        make_files.train(model, inputs, targets, 2)
        make_files.train(other, inputs, targets, 2)
        report.check(f"goes on with {what}",
                     all(np.allclose(a, b, rtol=1e-4, atol=1e-5) for a, b in
                         zip(make_files.predict(other, inputs), make_files.predict(model, inputs))), "other predictions")
        want = make_files.predict(model, inputs)


def main():
    tool = os.path.abspath(sys.argv[1])
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[2:] or models.BUILDERS:
            report.starts(name)
            check(report, tool, name, tf_keras, keras, "keras3", folder)
            check(report, tool, name, keras, tf_keras, "keras2", folder)
    report.ends("across")


if __name__ == "__main__":
    main()
