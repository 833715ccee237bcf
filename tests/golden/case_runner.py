"""Run the cases of one layer through real Keras, on whichever backend KERAS_BACKEND names.

Everything here is the meaning of a cases file: how a layer is made from its config, which numbers its weights and
inputs get, how it is called, and what is recorded.
"""

import inspect

import keras
import numpy as np
from keras.src import backend, tree

from golden_io import distinct, generator


INNER_LAYERS = ("layer", "backward_layer", "cell", "cells", "layers")


def layer_class(name):
    """A class of keras.layers, of an application, or of Keras 2 as Keras 3 keeps it for old files."""
    from keras.src.legacy import layers as deprecated

    applications = keras.src.applications
    homes = (keras.layers, applications.convnext, applications.inception_resnet_v2, deprecated)
    return next(getattr(home, name) for home in homes if hasattr(home, name))


def make_layer(class_name, config, name):
    """The layer that Keras makes of the config; `name` is used unless the config has one."""
    arguments = {"name": name, **config}
    for key in INNER_LAYERS:
        if key in arguments:
            arguments[key] = keras.saving.deserialize_keras_object(arguments[key])
    return layer_class(class_name)(**arguments)


SHIFTS = (0.0, 0.25, -0.25, 0.125, -0.125)  # Elementwise maxima of two inputs are not to be ties either.


def make_input(rng, spec, index=0):
    """One input array from `[shape]` or `{"shape", "dtype", "low", "high", "scale", "values"}`."""
    if isinstance(spec, list):
        spec = {"shape": spec}
    dtype = spec.get("dtype", "float32")
    if "values" in spec:
        return np.array(spec["values"], dtype=None if dtype == "string" else dtype)
    if dtype.startswith("float"):
        values = distinct(rng, spec["shape"], spec.get("scale", 2.0), SHIFTS[index % len(SHIFTS)])
        return values + np.float32(spec.get("offset", 0.0))
    return rng.integers(spec.get("low", 0), spec["high"], size=spec["shape"]).astype(dtype)


def input_shape(spec):
    if isinstance(spec, list):
        return spec
    return spec["shape"] if "shape" in spec else list(np.shape(spec["values"]))


def known_shape(case, spec):
    """The input's shape with an unknown batch size, unless the case fixes the batch."""
    shape = input_shape(spec)
    return tuple(shape) if case.get("fixed_batch") else (None, *shape[1:])


def symbolic_input(case, spec):
    dtype = "float32" if isinstance(spec, list) else spec.get("dtype", "float32")
    return keras.KerasTensor(known_shape(case, spec), dtype=dtype)


def group_arguments(case, values):
    """(args, kwargs) of the call: by name where `arguments` names them, otherwise one tensor or one list."""
    names = case.get("arguments")
    if not names:
        return ([values[0] if len(values) == 1 and not case.get("as_list") else list(values)]), {}
    grouped = {}
    for name, value in zip(names, values, strict=True):
        grouped.setdefault(name, []).append(value)
    # A name that is repeated receives a list, so does one written "name[]".
    first, *rest = [
        (k.removesuffix("[]"), v if len(v) > 1 or k.endswith("[]") else v[0]) for k, v in grouped.items()
    ]
    return [first[1]], dict(rest)


def call_options(layer, case):
    """Keyword arguments of the call that are not inputs."""
    options = {
        key: np.array(value, dtype="bool") if key.endswith("mask") and isinstance(value, list) else value
        for key, value in case.get("call", {}).items()
    }
    if "training" in inspect.signature(layer.call).parameters:
        options["training"] = bool(case.get("training", False))
    return options


def fill_weights(layer, rng):
    """Give every weight non-trivial numbers; variances stay positive, integer weights are left alone."""
    for weight in layer.weights:
        if not backend.is_float_dtype(weight.dtype):
            continue
        if "variance" in weight.name:
            weight.assign(distinct(rng, weight.shape, 0.75) + np.float32(1.25))
        elif weight.name == "gamma" or weight.name == "scale":
            weight.assign(distinct(rng, weight.shape, 0.5) + np.float32(1.0))
        else:
            weight.assign(distinct(rng, weight.shape, 0.75))


def numpy_of(tensor):
    return backend.convert_to_numpy(tensor)


def gradients_torch(run, inputs, variables, upstream):
    import torch

    tensors = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    outputs = run(tensors)
    sources = [t for t in tensors if t.requires_grad] + [v.value for v in variables]
    pairs = [(y, torch.tensor(dy)) for y, dy in zip(outputs, upstream(outputs)) if dy is not None]
    pairs = [(y, dy) for y, dy in pairs if y.requires_grad]
    if not pairs or not sources:
        return outputs, [None] * len(sources)
    found = torch.autograd.grad([y for y, _ in pairs], sources, [dy for _, dy in pairs], allow_unused=True)
    return outputs, [None if g is None else g.detach().numpy() for g in found]


def gradients_tensorflow(run, inputs, variables, upstream):
    import tensorflow as tf

    tensors = [tf.constant(x) for x in inputs]
    sources = [t for t in tensors if t.dtype.is_floating]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(sources)
        outputs = run(tensors)
    sources += [v.value for v in variables]
    pairs = [(y, dy) for y, dy in zip(outputs, upstream(outputs)) if dy is not None]
    found = tape.gradient([y for y, _ in pairs], sources, output_gradients=[tf.constant(dy) for _, dy in pairs])
    return outputs, [None if g is None else tf.convert_to_tensor(g).numpy() for g in found]


def compute_output_shape(layer, case, shapes):
    """compute_output_shape of the given input shapes, as nested lists."""
    parameters = list(inspect.signature(layer.compute_output_shape).parameters)
    args, kwargs = group_arguments(case, shapes)
    if kwargs and any(p in ("query_shape", "value_shape", "key_shape") for p in parameters):
        result = layer.compute_output_shape(args[0], **{f"{name}_shape": shape for name, shape in kwargs.items()})
    else:
        result = layer.compute_output_shape(args[0])
    return to_lists(result)


def computed_shape(layer, case):
    """The output shape for an unknown batch size; None for the layers (recurrent cells) without such a method."""
    try:
        return compute_output_shape(layer, case, [known_shape(case, spec) for spec in case["inputs"]])
    except NotImplementedError:
        return None


def contradicts(shape, outputs):
    """Whether a computed shape is not what the layer produced: Keras has a few (glu in Dense, RandomCrop)."""
    shapes = shape if shape and isinstance(shape[0], list) else [shape]
    for computed, output in zip(shapes, outputs):
        produced = output["shape"]
        if len(computed) != len(produced) or any(c not in (None, p) for c, p in zip(computed, produced)):
            return True
    return False


def shapes_of_unknown(class_name, case, stem):
    """One input only: dimension that is unknown -> output shape of a fresh layer, as far as Keras has an answer."""
    found = {}
    if len(case["inputs"]) > 1 or case.get("fixed_batch") or case.get("as_list"):
        return found
    shape = known_shape(case, case["inputs"][0])
    for axis in range(1, len(shape)):
        unknown = tuple(None if i == axis else size for i, size in enumerate(shape))
        try:
            layer = make_layer(class_name, case["config"], stem)
            layer(keras.KerasTensor(unknown, dtype=symbolic_input(case, case["inputs"][0]).dtype))
            found[str(axis)] = compute_output_shape(layer, case, [unknown])
        except Exception:  # The layer needs this dimension: there is nothing to record.
            continue
    return found


def to_lists(shape):
    if isinstance(shape, (list, tuple)):
        return [to_lists(s) for s in shape]
    return shape if shape is None else int(shape)


def run_case(stem, class_name, case):
    """Run one case; returns (arrays by key, facts for the JSON)."""
    name = case["name"]
    rng = generator(stem, name)
    layer = make_layer(class_name, case["config"], stem)
    facts = {"backend": backend.backend(), "config": layer.get_config()}
    if not case.get("inputs"):
        return {}, facts

    inputs = [make_input(rng, spec, index) for index, spec in enumerate(case["inputs"])]
    masks = [None if m is None else np.array(m, dtype="bool") for m in case.get("mask", [None] * len(inputs))]
    options = call_options(layer, case)
    symbolic_args, symbolic_kwargs = group_arguments(case, [symbolic_input(case, s) for s in case["inputs"]])
    adapted = make_input(rng, case["adapt"]) if "adapt" in case else None
    if adapted is not None:
        layer.adapt(adapted)
    layer(*symbolic_args, **symbolic_kwargs, **options)
    if adapted is None:
        fill_weights(layer, rng)
    before = [numpy_of(w) for w in layer.weights]

    def run(tensors):
        for tensor, mask in zip(tensors, masks):
            if mask is not None:
                backend.set_keras_mask(tensor, backend.convert_to_tensor(mask))
        args, kwargs = group_arguments(case, tensors)
        return tree.flatten(layer(*args, **kwargs, **options))

    for _ in range(case.get("calls", 1) - 1):
        run([backend.convert_to_tensor(x) for x in inputs])
    upstreams = []

    def upstream(outputs):
        for y in outputs:
            is_float = backend.is_float_dtype(backend.standardize_dtype(y.dtype))
            upstreams.append(distinct(rng, tuple(y.shape), 1.0) if is_float else None)
        return upstreams

    gradients = gradients_torch if backend.backend() == "torch" else gradients_tensorflow
    outputs, found = gradients(run, inputs, layer.trainable_weights, upstream)

    arrays = {}
    record_inputs(arrays, inputs, masks, before)
    if adapted is not None:
        arrays["adapt"] = adapted
    floats = [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]
    sources = [(f"dx{i}", inputs[i].shape) for i in floats]
    sources += [(f"dw{j}", tuple(w.shape)) for j, w in enumerate(layer.trainable_weights)]
    for (key, shape), gradient in zip(sources, found, strict=True):
        arrays[key] = np.zeros(shape, "float32") if gradient is None else gradient
    for i, y in enumerate(outputs):
        arrays[f"y{i}"] = numpy_of(y)
        if upstreams[i] is not None:
            arrays[f"dy{i}"] = upstreams[i]
        mask = backend.get_keras_mask(y)
        if mask is not None:
            arrays[f"mask{i}"] = numpy_of(mask)
    if case.get("training"):
        for j, weight in enumerate(layer.weights):
            if not any(weight is t for t in layer.trainable_weights):
                arrays[f"w{j}_after"] = numpy_of(weight)

    facts["weights"] = [describe_weight(layer, w) for w in layer.weights]
    facts["inputs"] = [describe_array(x) for x in inputs]
    facts["outputs"] = [describe_array(arrays[f"y{i}"]) for i in range(len(outputs))]
    shape = computed_shape(layer, case)
    agrees = shape is not None and not contradicts(shape, facts["outputs"])
    facts["compute_output_shape"] = shape if agrees else None
    facts["unknown_dimension"] = shapes_of_unknown(class_name, case, stem) if agrees else {}
    check_finite(stem, name, arrays)
    return {f"{name}/{key}": value for key, value in arrays.items() if not is_text(value)}, facts


def record_inputs(arrays, inputs, masks, weights):
    for i, x in enumerate(inputs):
        arrays[f"x{i}"] = x
        if masks[i] is not None:
            arrays[f"xmask{i}"] = masks[i]
    for j, w in enumerate(weights):
        arrays[f"w{j}"] = w


def is_text(array):
    return array.dtype.kind in "USO"


def describe_array(array):
    """Shape and type; text has no place in the archive, so its values are given here."""
    if not is_text(array):
        return {"shape": list(array.shape), "dtype": str(array.dtype)}
    texts = np.char.decode(array.astype("S"), "utf-8") if array.dtype.kind != "U" else array
    return {"shape": list(array.shape), "dtype": "string", "values": texts.tolist()}


def describe_weight(layer, weight):
    """Name, shape, type, and the index of its gradient `dw<k>` (null when it is not trained)."""
    order = [k for k, t in enumerate(layer.trainable_weights) if t is weight]
    return {"name": weight.name, "shape": list(weight.shape), "dtype": backend.standardize_dtype(weight.dtype),
            "gradient": order[0] if order else None}


def check_finite(stem, name, arrays):
    for key, value in arrays.items():
        if value.dtype.kind == "f" and not np.all(np.isfinite(value)):
            raise AssertionError(f"{stem}/{name}: {key} is not finite")


def run_error(stem, class_name, case):
    """The stage at which real Keras refuses the case (None when it does not) and the exception's type."""
    stage = "construct"
    try:
        layer = make_layer(class_name, case["config"], stem)
        if case.get("inputs"):
            stage = "build"
            options = call_options(layer, case)
            args, kwargs = group_arguments(case, [symbolic_input(case, s) for s in case["inputs"]])
            layer(*args, **kwargs, **options)
            if any(None in input_shape(s) for s in case["inputs"]):
                return {"keras_raises": None}
            stage = "call"
            rng = generator(stem, case["name"])
            args, kwargs = group_arguments(
                case, [backend.convert_to_tensor(make_input(rng, s)) for s in case["inputs"]])
            layer(*args, **kwargs, **options)
    except Exception as error:  # Keras raises whatever its backend does: the type itself is what is recorded.
        return {"keras_raises": type(error).__name__, "keras_at": stage}
    return {"keras_raises": None}
