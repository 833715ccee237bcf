#!/usr/bin/env python3
"""Write digits.npz, the small image classification set of the examples and tests.

Source: the 1,797 8x8 images that scikit-learn ships as ``load_digits`` (the test set of UCI's "Optical
Recognition of Handwritten Digits"). In the original order the last writers differ from the first ones, so a
plain head/tail split measures a change of writer rather than learning. One permutation with a fixed seed is
applied before the split: 1,437 images to train on, 360 to validate with.

Usage: python3 data/make_digits.py          (needs numpy and scikit-learn; the file is committed, so only to redo it)
"""

import io
import pathlib
import zipfile

import numpy as np
from sklearn.datasets import load_digits

SEED = 20240229
TRAIN = 1437


def write_npz(path, arrays):
    """Like numpy.savez_compressed, but with a fixed timestamp: the same arrays always give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, buffer.getvalue())


def main():
    digits = load_digits()
    order = np.random.RandomState(SEED).permutation(len(digits.target))
    x = digits.images[order].astype(np.uint8)[..., np.newaxis]
    y = digits.target[order].astype(np.int32)
    target = pathlib.Path(__file__).with_name("digits.npz")
    write_npz(target, {"x": x[:TRAIN], "y": y[:TRAIN], "x_val": x[TRAIN:], "y_val": y[TRAIN:]})
    print(f"{target}: {target.stat().st_size} bytes, validation classes {np.bincount(y[TRAIN:])}")


if __name__ == "__main__":
    main()
