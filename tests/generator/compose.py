"""Random models: layers, operations, merges, shared and nested models, put on one another until there are enough."""

import keras
import numpy as np
from keras import Input, Model, Sequential, backend, layers

import operations
import preprocessing
import sequences
import structures
import windows  # noqa: F401  (their layers register themselves)
from catalogue import MAKERS, axes

BIGGEST = 3000  # numbers in a sample


class Refused(Exception):
    """Keras does not take this layer here, or its output is too large."""


def is_int(x):
    return "int" in str(x.dtype)


def size(x):
    return int(np.prod([s or 5 for s in x.shape[1:]])) if len(x.shape) > 1 else 1


def fits(x):
    return 1 < len(x.shape) < 7 and all(s is None or s > 0 for s in x.shape[1:]) and size(x) <= BIGGEST


def make_layer(c, x):
    rank, kind = len(x.shape), "text" if x.dtype == "string" else "int" if is_int(x) or x.name.startswith("words") else "float"
    found = [(m, w) for m, ranks, w, dtype, noise in MAKERS if rank in ranks and dtype == kind and (c.noise or not noise)]
    if not found:
        raise Refused(f"rank {rank}")
    weights = np.array([w for _, w in found])
    return found[int(c.rng.choice(len(found), p=weights / weights.sum()))][0](c, tuple(x.shape))


class Composer:
    def __init__(self, c, allow_operations=True):
        self.c = c
        self.allow_operations = allow_operations
        self.values = []
        self.layers = []

    def keep(self, made):
        """The tensors of a call; whole ones are kept."""
        made = [t for t in keras.tree.flatten(made) if isinstance(t, keras.KerasTensor)]
        if not made or not all(fits(t) for t in made):
            raise Refused("size")
        self.values += made
        return made

    def pick(self):
        return self.values[-1] if self.c.p(0.65) else self.c.one(*self.values)

    def grow(self, steps):
        done = tries = 0
        while done < steps and tries < 12 * steps:
            tries += 1
            before = len(self.values)
            try:
                self.step()
                done += 1
            except Refused:
                del self.values[before:]
            except Exception as error:  # Keras's own word on arguments or shapes that do not fit
                del self.values[before:]
                if isinstance(error, (KeyboardInterrupt, NameError, SyntaxError)):
                    raise

    def step(self):
        c, x = self.c, self.pick()
        roll = c.rng.random()
        if x.dtype == "string":
            return self.layer(x)
        if not is_int(x) and self.allow_operations and c.p(0.15):
            return self.keep(structures.build(c, self, x))
        if is_int(x):
            if roll < 0.2 and self.allow_operations:
                return self.keep(operations.operation(c, x))
            return self.layer(x) if roll < 0.8 else self.merge_whole(x)
        if roll < 0.55:
            return self.layer(x)
        if roll < 0.68:
            return self.merge(x)
        if roll < 0.82 and self.allow_operations:
            return self.keep(operations.operation(c, x) if c.p(0.75) else operations.pair(c, x, self.partner(x)))
        if roll < 0.86 and len(x.shape) == 3:
            others = [v for v in self.values if len(v.shape) == 3 and v.shape[-1] == x.shape[-1] and not is_int(v) and c.p(0.5)]
            return self.keep(sequences.masked(c, x) if c.p(0.25) else sequences.Attend(c)(x, others[0] if others else None))
        if roll < 0.85 and len(x.shape) == 4:
            return self.keep(sequences.attend_images(c, x))
        if roll < 0.90 and self.layers:
            fitting = [layer for layer, shape, dtype in self.layers if shape == tuple(x.shape) and dtype == str(x.dtype)]
            if not fitting:
                raise Refused("shared")
            return self.keep(c.one(*fitting)(x))
        if roll < 0.95:
            return self.nested(x)
        if roll < 0.98 and len(x.shape) == 3:
            return self.with_state(x)
        return self.layer(x)

    def layer(self, x):
        layer = make_layer(self.c, x)
        if self.c.p(0.1):
            layer.name = self.c.one("one", "two", "three", "four") + str(self.c.int(0, 999))
        quiet = self.c.p(0.2) and isinstance(layer, (keras.layers.BatchNormalization, keras.layers.Dropout))
        made = self.keep(layer(x, training=False) if quiet else layer(x))
        self.layers.append((layer, tuple(x.shape), str(x.dtype)))
        return made

    def partner(self, x):
        """Another tensor of this shape, or a branch that keeps it."""
        c = self.c
        same = [v for v in self.values if v is not x and tuple(v.shape) == tuple(x.shape) and not is_int(v)]
        if same and c.p(0.7):
            return c.one(*same)
        choices = [lambda: layers.Activation(c.activation(True)), lambda: layers.LayerNormalization()]
        if x.shape[-1]:
            choices += [lambda: layers.Dense(x.shape[-1], activation=c.activation(True))] * 2
        return self.keep(c.one(*choices)()(x))[0]

    def merge(self, x):
        c = self.c
        others = [self.partner(x) for _ in range(1 if c.p(0.7) else 2)]
        kind = c.one("Add", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Concatenate", "Dot")
        if kind in ("Subtract", "Dot"):
            others = others[:1]
        if kind == "Concatenate":
            layer = layers.Concatenate(axis=c.one(-1, -1, c.int(1, len(x.shape) - 1)))
        elif kind == "Dot":
            layer = layers.Dot(axes=c.one(1, -1, c.int(1, len(x.shape) - 1)), normalize=c.p(0.3))
        else:
            layer = getattr(layers, kind)()
        return self.keep(layer([x] + others))

    def merge_whole(self, x):
        c = self.c
        others = [v for v in self.values if tuple(v.shape) == tuple(x.shape)]
        if tuple(x.shape[1:]) == (1,) and c.p(0.6):
            crossing = layers.HashedCrossing(c.int(2, 9), output_mode=c.one("int", "one_hot"))
            return self.keep(crossing((x, c.one(*others))))
        layer = getattr(layers, c.one("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"))()
        return self.keep(layer([x, c.one(*others)]))

    def nested(self, x):
        c = self.c
        if is_int(x) or x.shape[-1] is None:
            raise Refused("nested")
        spec = tuple(x.shape[1:])
        if c.p(0.5):
            model = sequential(c, Input(spec), c.int(1, 3))
        else:
            inner = Composer(c, self.allow_operations)
            start = Input(spec)
            inner.values = [start]
            inner.grow(c.int(1, 4))
            outputs = inner.values[-1] if c.p(0.7) else [inner.values[-1], c.one(*inner.values)]
            if outputs is start or (isinstance(outputs, list) and (start in outputs or outputs[0] is outputs[1])):
                raise Refused("empty")
            model = Model(start, outputs)
        if is_int(model.outputs[0]):
            raise Refused("int")
        made = self.keep(model(x))
        if c.p(0.3):
            self.layers.append((model, tuple(x.shape), str(x.dtype)))
        return made

    def sequential(self, spec, steps):
        return sequential(self.c, Input(spec), steps)

    def inner(self, values, steps):
        """The values of a graph that grows from some tensors."""
        inner = Composer(self.c, self.allow_operations)
        inner.values = list(values)
        inner.grow(steps)
        return inner.values

    def with_state(self, x):
        """An encoder's states begin a decoder."""
        c, units = self.c, self.c.int(1, 4)
        cls = c.one(layers.LSTM, layers.GRU, layers.SimpleRNN)
        if c.p(0.25):
            _, *states = layers.Bidirectional(cls(units, return_state=True))(x)
            return self.keep(layers.Bidirectional(cls(units, return_sequences=c.p(0.5)))(x, initial_state=states))
        other = self.pick() if c.p(0.3) else x
        if len(other.shape) != 3 or is_int(other):
            other = x
        _, *states = cls(units, return_state=True)(x)
        return self.keep(cls(units, return_sequences=c.p(0.5))(other, initial_state=states if c.p(0.5) or len(states) > 1
                                                               else states[0]))


def sequential(c, start, steps):
    """A chain of layers of one output each."""
    chain, x, tries = [start], start, 0
    while len(chain) <= steps and tries < 30:
        tries += 1
        try:
            layer = make_layer(c, x)
            y = layer(x)
        except Exception:
            continue
        if isinstance(y, keras.KerasTensor) and fits(y):
            # A layer of its own: this one has a node already.
            chain.append(layer)
            x = y
    if len(chain) == 1:
        raise Refused("empty")
    return Sequential(chain)


def make_input(c):
    """An input, and the sizes of its data where it leaves some open."""
    kind = c.one("vector", "vector", "sequence", "sequence", "sequence", "image", "image", "image", "volume", "tokens", "tokens",
                 "deep", "counts", "bytes", "pairs", "text" if backend.backend() == "tensorflow" else "vector")
    shape = {"vector": (c.int(2, 8),), "sequence": (c.int(3, 7), c.int(1, 5)),
             "image": (c.int(5, 9), c.int(5, 9), c.int(1, 4)), "volume": (c.int(3, 5), c.int(3, 5), c.int(3, 5), c.int(1, 3)),
             "tokens": (c.one(1, *[c.int(2, 6)] * 5),), "deep": (2, 3, 3, c.int(2, 3), 2),
             "counts": (c.int(2, 5), c.int(1, 3)), "bytes": (c.int(3, 6), c.int(3, 6), c.int(1, 3)), "pairs": (c.int(2, 4), 2),
             "text": (c.int(1, 4),)}[kind]
    open_shape = list(shape)
    if kind == "sequence" and c.p(0.2):
        open_shape[0] = None
    if kind in ("image", "sequence", "volume") and c.p(0.06):
        open_shape[c.int(0, len(shape) - 1)] = None
    if kind == "image" and c.p(0.12):
        open_shape[0] = open_shape[1] = None
    if kind == "tokens" and c.p(0.2):
        open_shape[0] = None
    name = {"name": f"in_{c.int(0, 999)}"} if c.p(0.3) else {}
    if c.fixed:
        name["batch_size"] = c.fixed
    if kind == "tokens" and c.p(0.2):  # numbers of words as floats, Keras's default
        return Input(tuple(open_shape), **name | {"name": f"words{c.int(0, 999)}"}), shape
    real = c.one("float32", "float64", "float16") if c.p(0.06) else "float32"
    dtype = {"tokens": c.one("int32", "int32", "int64", "int16", "uint8"), "counts": "int64", "bytes": "uint8", "pairs": c.one("int32", "int8"),
             "text": "string"}
    return Input(tuple(open_shape), dtype=dtype.get(kind, real), **name), shape


def numbers(c, x, shape, count):
    if x.dtype == "string":
        return c.rng.choice(preprocessing.WORDS + ["rain"], (count,) + shape)
    if is_int(x):
        return c.rng.integers(0, 12, (count,) + shape).astype(x.dtype)
    if x.name.startswith("words"):
        return c.rng.integers(0, 12, (count,) + shape).astype("float32")
    data = c.rng.normal(0, 0.8, (count,) + shape).astype("float16" if x.dtype == "float16" else "float32").astype(x.dtype)
    if len(shape) == 2 and c.p(0.4):  # something for Masking to find
        data[c.rng.random((count,) + shape[:1]) < 0.3] = 0.0
    return data


def disturb(c, model):
    """No weight stays at a value that hides mistakes."""
    for layer in model._flatten_layers():
        for w in layer._trainable_variables + layer._non_trainable_variables:
            value = keras.ops.convert_to_numpy(w)
            if "float" not in str(w.dtype) or value.size == 0 or "seed" in w.path:
                continue
            if np.all(value == value.flat[0]) and value.size < 4000:
                factor = c.rng.uniform(0.7, 1.4, value.shape)
                w.assign((value * factor if value.flat[0] > 0 else value + c.rng.normal(0, 0.2, value.shape)).astype(value.dtype))


def compose(c):
    """A model, the shapes of its inputs' data, and whether its outputs are real numbers."""
    c.noise = c.p(0.2)
    if c.p(0.3):
        start, shape = make_input(c)
        model = sequential(c, start, c.int(2, 7))
        shapes = [shape]
    else:
        count = c.one(1, 1, 1, 2, 2, 3)
        made = [make_input(c) for _ in range(count)]
        composer = Composer(c, allow_operations=c.p(0.7) and not c.plain)
        composer.values = [x for x, _ in made]
        starts = list(composer.values)
        composer.grow(c.int(3, 10))
        for x, _ in made:  # every input takes part
            if c.p(0.7):
                composer.values.append(x)
                composer.grow(1)
        ends = [v for v in composer.values if v not in starts and not is_int(v)]
        if not ends:
            raise Refused("nothing")
        consumed = {id(t) for v in ends for t in v._keras_history.operation._inbound_nodes[v._keras_history.node_index].input_tensors}
        leaves = [v for v in ends if id(v) not in consumed] or ends
        outputs = [leaves[-1]] + [v for v in leaves[:-1] if c.p(0.35)]
        outputs = outputs[:4]
        if len(outputs) > 1 and c.p(0.3):
            names = ["zeta", "alpha", "mid", "beta"]
            outputs = {names[i]: layers.Activation("linear", name=names[i])(v) if c.p(0.5) else v for i, v in enumerate(outputs)}
        reached = set()

        def visit(tensor):
            if id(tensor) in reached:
                return
            reached.add(id(tensor))
            for t in tensor._keras_history.operation._inbound_nodes[tensor._keras_history.node_index].input_tensors:
                visit(t)

        for v in keras.tree.flatten(outputs):
            visit(v)
        used = [(x, s) for x, s in made if id(x) in reached]
        shapes = [s for _, s in used]
        inputs = [x for x, _ in used]
        if c.p(0.5) and len(leaves) == 1 and len(leaves[0].shape) > 2:
            head = layers.Dense(c.int(2, 4), activation="softmax")(layers.Flatten()(leaves[0])) \
                if None not in leaves[0].shape[1:] else leaves[0]
            outputs = [head]
        if isinstance(outputs, list) and len(outputs) == 1 and c.p(0.8):
            outputs = outputs[0]
        structure = inputs[0] if len(inputs) == 1 and c.p(0.8) else inputs
        if len(inputs) > 1 and c.p(0.2):  # the order of the data is that of the sorted names
            names = sorted(c.rng.permutation(["left", "right", "other", "between"])[:len(inputs)])
            structure = dict(zip(names, inputs))
        model = Model(structure, outputs)
    disturb(c, model)
    return model, shapes


__all__ = ["compose", "numbers", "Refused", "axes"]
