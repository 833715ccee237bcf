"""Reading and writing of the golden files: deterministic npz archives and JSON, and seeded numbers without ties."""

import io
import json
import zipfile
import zlib

import numpy as np


def write_npz(path, arrays):
    """numpy.savez_compressed with a fixed timestamp and sorted members: the same arrays always give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.array(arrays[name], order="C"), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, buffer.getvalue())


def read_npz(path):
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _plain(value):
    """Turn numpy scalars and arrays into what JSON knows."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def write_json(path, top):
    """Two levels of indentation, then one line per entry: small files, readable differences."""
    lines = []
    for key, value in top.items():
        if isinstance(value, dict) and value:
            body = ",\n".join(f"  {json.dumps(k)}: {_line(v)}" for k, v in value.items())
            lines.append(f"{json.dumps(key)}: {{\n{body}\n}}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            body = ",\n".join(f"  {_line(v)}" for v in value)
            lines.append(f"{json.dumps(key)}: [\n{body}\n]")
        else:
            lines.append(f"{json.dumps(key)}: {_line(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _line(value):
    return json.dumps(value, default=_plain)


def generator(*names):
    """A random generator that depends only on the given names."""
    return np.random.Generator(np.random.PCG64(zlib.crc32("/".join(names).encode())))


def distinct(rng, shape, scale=2.0, shift=0.0):
    """Random float32 numbers in (-scale, scale), no two equal and none on a multiple of scale/4.

    They are a shuffled grid with a power-of-two step: a maximum is never tied, the kinks of the activations (0, 1, 3,
    6, ...) are never hit exactly, and the few mantissa bits compress well. A shift, a fraction of a step, keeps two
    arrays of one size apart.
    """
    count = int(np.prod(shape, dtype=np.int64))
    cells = 8
    while cells < count:
        cells *= 2
    picked = rng.permutation(cells)[:count]
    return ((picked + 0.5 + shift) * (2.0 * scale / cells) - scale).astype(np.float32).reshape(shape)
