"""Makes kinds.h5 (every kind of value that the reader knows) and hostile.h5 (everything that it refuses).

Run it in this folder with h5py; the files are committed.
"""
import zlib

import h5py
import numpy as np

h5py.get_config().track_order = False


def settings(**more):
    return dict(track_times=False, **more)


with h5py.File("kinds.h5", "w", libver="earliest") as f:
    g = f.create_group("values")
    for name in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split():
        for order, suffix in (("<", ""), (">", "_big")):
            g.create_dataset(name + suffix, data=np.array([[0, 1, 2], [3, 100, 5]], order + name), **settings())
    g.create_dataset("f2_special", data=np.array([2**-24, -65504, np.inf, 1.0009765625], "<f2"), **settings())
    bits = (np.array([1.5, -2, 3.140625], "<f4").view("<u4") >> 16).astype("<u2")
    bfloat16 = g.create_dataset("bf16", data=bits.view("V2"), **settings())
    bfloat16.attrs["dtype"] = "bfloat16"
    g.create_dataset("bool", data=np.array([True, False]), **settings())
    g.create_dataset("scalar", data=np.float32(7.5), **settings())
    g.create_dataset("empty", data=np.zeros((0, 3), "f4"), **settings())
    ramp = np.arange(6000, dtype="f4").reshape(60, 100)
    g.create_dataset("gzip", data=ramp, chunks=(7, 33), compression="gzip", shuffle=True, fletcher32=True, **settings())
    g.create_dataset("chunked", data=ramp, chunks=(60, 9), **settings())

    a = f.create_group("attributes")
    a.attrs["fixed"] = np.array([b"kernel:0", b"b\xc3\xa9"], "S9")
    a.attrs["variable"] = ["kernel:0", "bé", ""]
    a.attrs["scalar"] = "žluť"
    a.attrs["bytes"] = np.bytes_(b"old")
    a.attrs["none"] = []
    a.attrs["names0"] = ["a", "b"]
    a.attrs["names1"] = np.array([b"c"])
    a.attrs["number"] = 3
    f.attrs["model_config"] = "x" * 100000
    f.create_group("deep/er/still")

with h5py.File("hostile.h5", "w") as f:
    f["real/kernel"] = np.ones(3, "f4")
    f["real"].attrs["huge"] = "x"
    f["links/soft"] = h5py.SoftLink("/real/kernel")
    f["links/external"] = h5py.ExternalLink("kinds.h5", "/values/f4")
    f.create_dataset("external", (3,), "f4", external=[("kinds.h5", 0, 12)])
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("kinds.h5", "values/f4", shape=(3,))
    f.create_virtual_dataset("virtual", layout)
    f.create_dataset("unstored", (1 << 40,), "f4", chunks=(1024,))
    f.create_dataset("bomb", data=np.zeros(1 << 24, "f4"), chunks=(1 << 20,), compression="gzip")
    f.create_dataset("filter", data=np.zeros(100, "i4"), chunks=(100,), scaleoffset=4)
    f.create_dataset("text", data=["a", "b"])
    f.create_dataset("complex", data=np.zeros(2, "c8"))
    f.create_dataset("big_u8", data=np.array([2**63], "u8"))
    f["loop/again"] = f["loop"] if "loop" in f else f.create_group("loop")

# Compressed chunks that unpack to less or more than a chunk, or are stored plain and short.
with h5py.File("chunks.h5", "w", libver="earliest") as f:
    def chunked(name, packed, skipped=0, **settings):
        data = f.create_dataset(name, (32,), "f4", chunks=(16,), **(settings or {"compression": "gzip"}))
        data.id.write_direct_chunk((0,), zlib.compress(np.ones(16, "f4").tobytes()))
        data.id.write_direct_chunk((16,), packed, filter_mask=skipped)

    chunked("right", zlib.compress(np.ones(16, "f4").tobytes()))
    chunked("plain", np.ones(16, "f4").tobytes(), skipped=1)
    chunked("short", zlib.compress(b"short"))
    chunked("long", zlib.compress(bytes(1000)))
    chunked("damaged", b"not deflated")
    chunked("plain_short", b"short", skipped=1)

# Twenty groups, each with two links to the next: a million paths. Weights of `dense` are there too.
with h5py.File("ladder.h5", "w", libver="earliest") as f:
    f.create_group("layers/dense/vars")
    at = f.create_group("layers/ladder")
    for _ in range(20):
        below = at.create_group("a")
        at["b"] = below
        at = below
