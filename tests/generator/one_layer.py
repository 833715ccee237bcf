"""A model of one layer with random arguments, and its data."""

from keras import Input, Model, layers

import arguments_more  # noqa: F401  (its cases register themselves)
from arguments import CASES
from compose import disturb


def numbers(c, called, i, batch):
    shape = (batch,) + tuple(called.shapes[i])
    if i in called.whole:
        return c.rng.integers(0, called.words, shape).astype(c.one("int32", "int32", "int64"))
    if i in called.flags:
        flags = c.rng.random(shape) < 0.6
        flags[..., 0] = True  # somewhere in each row
        return flags
    if called.images:
        return c.rng.random(shape).astype("float32")
    data = c.rng.normal(0, 1, shape).astype("float32")
    if called.blank is not None:
        data[c.rng.random(shape[:2]) < 0.35] = called.blank
        if c.p(0.3):
            data[0] = called.blank
    return data


def compose_layer(c, name):
    called = CASES[name](c)
    c.noise = called.noise
    batch = c.one(1, 2, 3, 5)
    data = [numbers(c, called, i, batch) for i in range(len(called.shapes))]
    names = [{"name": c.one("a b", "Ünï", "inp") + str(i)} if c.p(0.2) else {} for i in range(len(data))]
    inputs = [Input(x.shape[1:], dtype=str(x.dtype), **named) for x, named in zip(data, names)]
    values = [layers.Dense(x.shape[-1])(x) if x.dtype == "float32" and len(x.shape) > 1 and called.blank is None and c.p(0.5) else x for x in inputs]
    single = isinstance(called.layer, layers.Layer) and not called.together
    made = called.layer(values[0] if single else values)
    model = Model(inputs if len(inputs) > 1 or c.p(0.2) else inputs[0], made)
    disturb(c, model)
    return model, data
