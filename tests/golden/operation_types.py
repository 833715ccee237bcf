"""Operations on whole numbers and truth values: those that move or choose them leave their types as they are."""

import numpy as np
from keras import ops

I = ("whole", (2, 3, 4))
B = ("flag", (2, 3, 4))
M = ("real", (2, 3, 4))


def moved(movements, joins):
    """The cases of real numbers again, on others."""
    cases = {}
    for name, (function, specs) in (movements | joins).items():
        if any(kind not in ("real", "index3") for kind, _ in specs):
            continue
        if all(kind == "real" for kind, _ in specs) and name in movements and not name.startswith("top_k"):  # torch has none
            cases[name + "_of_flags"] = (function, [("flag", shape) for _, shape in specs])
        if any(kind == "real" for kind, _ in specs):
            cases[name + "_of_whole"] = (function, [("whole" if kind == "real" else kind, shape) for kind, shape in specs])
    return cases


def computed():
    weights = np.array([0.5, 2.0, 1.0, 0.25], "float32")
    return {
        "sorted_beside_whole": (lambda x: ops.concatenate([ops.sort(x, axis=-1), x], axis=-1), [I]),
        "concatenate_mixed": (lambda x, y: ops.concatenate([x, y], axis=1), [I, M]),
        "stack_mixed": (lambda x, y: ops.stack([x, y], axis=1), [B, I]),
        "where_whole": (lambda x: ops.where(x > 1, x, 0), [I]),
        "where_whole_real": (lambda x: ops.where(x > 1, x, 0.5), [I]),
        "clip_whole": (lambda x: ops.clip(x, -2, 3), [I]),
        "clip_whole_real": (lambda x: ops.clip(x, -1.5, 2.5), [I]),
        "clip_flags": (lambda x: ops.clip(x, 0, 1), [B]),
        "relu_whole": (ops.relu, [I]),
        "relu6_whole": (ops.relu6, [I]),
        "threshold_whole": (lambda x: ops.threshold(x, 1, -7), [I]),
        "round_whole": (ops.round, [I]),
        "trunc_whole": (ops.trunc, [I]),
        "norm_whole": (lambda x: ops.norm(x, axis=-1), [I]),
        "norm_ord1_whole": (lambda x: ops.norm(x, ord=1, axis=-1), [I]),
        "normalize_whole": (lambda x: ops.normalize(x, axis=-1), [I]),
        "nansum_whole": (lambda x: ops.nansum(x, axis=1), [I]),
        "nanmax_whole": (lambda x: ops.nanmax(x, axis=1), [I]),
        "nanprod_whole": (lambda x: ops.nanprod(x, axis=1), [I]),
        "nanmean_whole": (lambda x: ops.nanmean(x, axis=1), [I]),
        "heaviside_whole": (ops.heaviside, [I, I]),
        "median_whole": (lambda x: ops.median(x, axis=1), [I]),
        "average_whole": (lambda x: ops.average(x, axis=1), [I]),
        "ones_like_whole": (lambda x: ops.ones_like(x, dtype="int32") * 2, [M]),
        "zeros_like_flags": (lambda x: ops.zeros_like(x, dtype="bool"), [I]),
        "where_of_constants": (lambda x: ops.where(x > 0.0, 3, 7), [M]),
        "tensordot_constant": (lambda x: ops.tensordot(x, np.linspace(-1, 1, 8, dtype="float32").reshape(4, 2), axes=1), [M]),
        "dot_constant": (lambda x: ops.dot(x, np.linspace(-1, 1, 8, dtype="float32").reshape(4, 2)), [M]),
        "outer_constant": (lambda x: ops.outer(x, np.array([0.5, -2.0], "float32")), [M]),
        "average_constant": (lambda x: ops.average(x, axis=-1, weights=weights), [M]),
    }
