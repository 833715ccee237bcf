"""Makes arrays.npz: every kind of array that the reader knows, written by NumPy.

Run it in this folder; the file is committed.
"""
import io
import zipfile

import numpy as np
from numpy.lib import format as npy

arrays = {
    "f2": np.array([[1.5, -0.0, 65504], [2**-24, np.inf, -2]], "<f2"),
    "f4": np.arange(6, dtype="<f4").reshape(2, 3) / 4,
    "f8_big": (np.arange(6) / 8).astype(">f8").reshape(2, 3),
    "f4_fortran": np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)),
    "i1": np.array([-128, 127], "i1"),
    "i2_big": np.array([-2, 300], ">i2"),
    "i4": np.array([-2, 70000], "<i4"),
    "i8": np.array([[-2], [2**40]], "<i8"),
    "u1": np.array([0, 255], "u1"),
    "u2": np.array([0, 65535], "<u2"),
    "u4": np.array([0, 2**32 - 1], "<u4"),
    "u8": np.array([0, 2**63 - 1], "<u8"),
    "bool": np.array([[True, False], [False, True]]),
    "text": np.array(["a", "žluťoučký", "😀", ""]),
    "text_big": np.array(["ab", "c"], ">U2"),
    "bytes": np.array([b"ab", b"cde"]),
    "scalar": np.float32(7.5),
    "empty": np.zeros((0, 3), "<f4"),
}
versions = {"f4": (2, 0), "text": (3, 0)}

with zipfile.ZipFile("arrays.npz", "w") as archive:
    for position, (name, array) in enumerate(arrays.items()):
        data = io.BytesIO()
        npy.write_array(data, np.asarray(array), versions.get(name, (1, 0)))
        kind = zipfile.ZIP_DEFLATED if position % 2 else zipfile.ZIP_STORED
        info = zipfile.ZipInfo(name + ".npy", (2020, 1, 1, 0, 0, 0))
        archive.writestr(info, data.getvalue(), kind)
