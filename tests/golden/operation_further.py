"""More small graphs of operations: numbers looked up, conversions, matrices, transforms of signals."""

import numpy as np
from keras import ops

M = ("real", (2, 3, 4))
I = ("whole", (2, 3, 4))


def near(x, size):
    """Square matrices near the identity, in the last two axes."""
    return ops.matmul(x, ops.swapaxes(x, -1, -2)) * 0.3 + np.eye(size, dtype="float32")


def lookups():
    row, ids = np.array([-0.6, 0.1, 0.7], "float32"), [0, 2, 0, 1, 7]
    data = ("real", (5, 3))
    return {
        "isin": (lambda x: ops.isin(x, [1, -3, 4]), [I]),
        "isin_invert": (lambda x, y: ops.isin(x, y, invert=True), [I, ("whole", (2, 2))]),
        "digitize": (lambda x: ops.digitize(x, row), [M]),
        "digitize_whole": (lambda x: ops.digitize(x, np.array([-2, 0, 3])), [I]),
        "searchsorted": (lambda x: ops.searchsorted(row, x), [M]),
        "searchsorted_right": (lambda x: ops.searchsorted(np.array([-2, 0, 3]), x, side="right"), [I]),
        "in_top_k": (lambda t, p: ops.in_top_k(t, p, 2), [("index3", (2,)), ("real", (2, 5))]),
        "segment_sum": (lambda x: ops.segment_sum(x, np.array(ids), num_segments=4), [data]),
        "segment_sum_whole": (lambda x: ops.segment_sum(x, np.array(ids), num_segments=4), [("whole", (5, 3))]),
        "segment_sum_of_tensor": (lambda x, i: ops.segment_sum(x, i, num_segments=3), [data, ("index3", (5,))]),
        "segment_max": (lambda x: ops.segment_max(x, np.array([0, 1, 0, 1, 0]), num_segments=2), [data]),
        "segment_min": (lambda x: ops.segment_min(x, np.array([0, 1, 0, 1, 0]), num_segments=2), [data]),
        "segment_prod": (lambda x: ops.segment_prod(x, np.array([0, 1, 0, 1, 0]), num_segments=3), [data]),
        "nanargmax": (lambda x: ops.nanargmax(x, axis=1), [M]),
        "nanargmin": (lambda x: ops.nanargmin(x, axis=-1), [M]),
        "nancumsum": (lambda x: ops.nancumsum(x, axis=1), [M]),
        "nancumprod": (lambda x: ops.nancumprod(x, axis=1), [M]),
        "angle": (ops.angle, [M]),
    }


def casts():
    return {
        "cast_int8": (lambda x: ops.cast(x * 60, "int8"), [I]),
        "cast_int16": (lambda x: ops.cast(x * 20000, "int16"), [I]),
        "cast_float16": (lambda x: ops.cast(ops.cast(x, "float16"), "float32"), [M]),
        "cast_float16_small": (lambda x: ops.cast(ops.cast(x * 1e-6, "float16"), "float32"), [M]),
        "cast_bfloat16": (lambda x: ops.cast(ops.cast(x, "bfloat16"), "float32"), [M]),
        "saturate_cast_int8": (lambda x: ops.cast(ops.saturate_cast(x * 60, "int8"), "int32"), [I]),
    }


def matrices():
    square, cells = ("real", (2, 3, 3)), ("real", (2, 3, 2))
    cases = {name: (lambda x, f=getattr(ops, name): f(near(x, 3)), [square])
             for name in ("det", "inv", "logdet", "slogdet", "cholesky")}
    return cases | {
        "det_plain": (ops.det, [square]), "inv_plain": (ops.inv, [square]), "slogdet_plain": (ops.slogdet, [square]),
        "cholesky_upper": (lambda x: ops.cholesky(near(x, 3), upper=True), [square]),
        "cholesky_inverse": (lambda x: ops.cholesky_inverse(ops.tril(x) + 2 * np.eye(3, dtype="float32")), [square]),
        "solve": (lambda a, b: ops.solve(near(a, 3), b), [square, cells]),
        "solve_vectors": (lambda a, b: ops.solve(near(a, 3), b), [square, ("real", (2, 3))]),
        "solve_triangular": (lambda a, b: ops.solve_triangular(near(a, 3), b, lower=True), [square, cells]),
        "solve_triangular_upper": (lambda a, b: ops.solve_triangular(near(a, 3), b), [square, cells]),
    }


def transforms():
    line, even, plane = ("real", (2, 3, 5)), ("real", (2, 3, 8)), ("real", (2, 4, 6))
    both = lambda pair: ops.concatenate(pair, axis=-1)
    return {
        "fft": (lambda a, b: ops.fft((a, b)), [line, line]),
        "fft_even": (lambda a, b: both(ops.fft((a, b))), [even, even]),
        "fft2": (lambda a, b: both(ops.fft2((a, b))), [plane, plane]),
        "ifft2": (lambda a, b: both(ops.ifft2((a, b))), [plane, plane]),
        "rfft": (lambda x: ops.rfft(x), [line]),
        "rfft_longer": (lambda x: both(ops.rfft(x, fft_length=12)), [even]),
        "rfft_shorter": (lambda x: both(ops.rfft(x, fft_length=4)), [even]),
        "irfft": (lambda a, b: ops.irfft((a, b)), [line, line]),
        "irfft_odd": (lambda a, b: ops.irfft((a, b), fft_length=9), [line, line]),
        "irfft_shorter": (lambda a, b: ops.irfft((a, b), fft_length=4), [line, line]),
        "stft": (lambda x: both(ops.stft(x, 6, 3, 8)), [("real", (2, 20))]),
        "stft_plain": (lambda x: both(ops.stft(x, 8, 4, 8, window=None, center=False)), [("real", (2, 3, 20))]),
        "stft_hamming": (lambda x: both(ops.stft(x, 5, 2, 8, window="hamming")), [("real", (2, 20))]),
        "extract_sequences": (lambda x: ops.extract_sequences(x, 4, 2), [("real", (2, 3, 9))]),
    }


FAMILIES = (lookups, casts, matrices, transforms)
