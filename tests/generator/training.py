"""What a model is trained with: a loss for each output, targets, an optimizer."""

import keras
import numpy as np
from keras import backend, losses, optimizers


def optimizer(c):
    rate = c.real(0.001, 0.1)
    if c.p(0.15):
        schedules = optimizers.schedules
        rate = c.one(schedules.ExponentialDecay(0.05, 3, 0.8), schedules.CosineDecay(0.05, 10), schedules.PolynomialDecay(0.05, 5),
                     schedules.InverseTimeDecay(0.05, 2, 0.5), schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.05, 0.01]))
    common = {}
    if c.p(0.15):
        common[c.one("clipnorm", "clipvalue", "global_clipnorm")] = c.real(0.01, 1)
    if c.p(0.15):
        common["weight_decay"] = 0.01
    if c.p(0.05):
        common |= {"use_ema": True, "ema_momentum": 0.9}
    if c.p(0.1):
        common |= {"loss_scale_factor": c.one(2.0, 128.0)}
    return c.one(
        lambda: optimizers.SGD(rate, **common), lambda: optimizers.SGD(rate, **common),
        lambda: optimizers.SGD(rate, momentum=0.9, nesterov=c.p(0.5), **common),
        lambda: optimizers.Adam(rate, amsgrad=c.p(0.3), **common), lambda: optimizers.AdamW(rate),
        lambda: optimizers.RMSprop(rate, momentum=c.one(0.0, 0.5), centered=c.p(0.5), **common),
        lambda: optimizers.Adagrad(rate, **common), lambda: optimizers.Adadelta(rate, **common),
        lambda: optimizers.Adamax(rate, **common), lambda: optimizers.Nadam(rate, **common),
        lambda: optimizers.Ftrl(rate, **common), lambda: optimizers.Lion(rate, **common),
        lambda: optimizers.Adafactor(rate), lambda: optimizers.Lamb(rate))()


def activation_of(model, tensor):
    operation = tensor._keras_history.operation
    name = getattr(getattr(operation, "activation", None), "__name__", "")
    return name


def target(c, model, tensor, y):
    """A loss and the targets for one output, given its values."""
    name, shape = activation_of(model, tensor), y.shape
    if backend.backend() != "tensorflow" and (np.any(y < 1e-6) or np.any(y > 1 - 1e-6)):
        name = ""  # there crossentropies see clipped probabilities, on TensorFlow (and here) the numbers below them
    if name == "softmax" and shape[-1] > 1 and len(shape) > 1:
        labels = c.rng.integers(0, shape[-1], shape[:-1])
        if c.p(0.5):
            return c.one("sparse_categorical_crossentropy", "sparse_categorical_crossentropy",
                         losses.SparseCategoricalCrossentropy(ignore_class=0)), labels.astype("int32")
        one_hot = np.eye(shape[-1], dtype="float32")[labels]
        return c.one("categorical_crossentropy", "kl_divergence", losses.CategoricalCrossentropy(label_smoothing=0.1),
                     losses.CategoricalFocalCrossentropy(gamma=1.5), losses.Dice(), losses.Tversky(alpha=0.3, beta=0.6),
                     losses.CategoricalGeneralizedCrossEntropy(q=0.7)), one_hot
    if name == "sigmoid":
        labels = c.rng.integers(0, 2, shape).astype("float32")
        return c.one("binary_crossentropy", losses.BinaryCrossentropy(label_smoothing=0.1),
                     losses.BinaryFocalCrossentropy(apply_class_balancing=c.p(0.5), alpha=0.4), "mean_squared_error", losses.Dice(),
                     losses.Tversky()), labels
    real = c.rng.normal(0, 1, shape).astype("float32")
    reduction = {"reduction": c.one("sum", "mean", "mean_with_sample_weight")} if c.p(0.2) else {}
    choices = ["mse", "mean_squared_error", "mae", losses.Huber(0.7), "log_cosh", "mse", losses.MeanSquaredError(**reduction),
               losses.MeanAbsoluteError(**reduction), losses.LogCosh(**reduction)]
    if len(shape) > 1 and shape[-1] > 1:
        choices += [losses.CosineSimilarity(axis=-1), losses.CategoricalHinge()]
        if name in ("", "linear") and c.p(0.3):  # scores that are no probabilities yet
            labels = c.rng.integers(0, shape[-1], shape[:-1])
            return c.one((losses.SparseCategoricalCrossentropy(from_logits=True), labels.astype("int32")),
                         (losses.CategoricalCrossentropy(from_logits=True), np.eye(shape[-1], dtype="float32")[labels]))
    if c.p(0.06):
        return losses.BinaryCrossentropy(from_logits=True), (real > 0).astype("float32")
    if np.all(y > 0.01) and c.p(0.5):
        return c.one("poisson", "mean_squared_logarithmic_error", losses.MeanAbsolutePercentageError()), np.abs(real) + 0.3
    loss = c.one(*choices)
    if c.p(0.1):
        return c.one("hinge", "squared_hinge", "categorical_hinge"), np.sign(real) + (real == 0)
    return loss, real


def as_input(model, inputs):
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, dict):
        return dict(zip(sorted(structure), inputs))
    return inputs if len(inputs) > 1 else inputs[0]


def compile_model(c, model, inputs):
    """Compiles, and returns the targets in the order of the outputs."""
    predictions = model(as_input(model, inputs), training=False)
    ys = [keras.ops.convert_to_numpy(y) for y in keras.tree.flatten(predictions)]
    made = [target(c, model, t, y) for t, y in zip(model.outputs, ys)]
    chosen = [loss for loss, _ in made]
    weights = None
    if len(chosen) > 1 and c.p(0.4):
        weights = [c.real(0.2, 2.0) for _ in chosen]
    structure = getattr(model, "_outputs_struct", None)
    if isinstance(structure, dict):
        chosen = dict(zip(sorted(structure), chosen))
        weights = dict(zip(sorted(structure), weights)) if weights else None
    elif len(chosen) == 1:
        chosen, weights = chosen[0], None
    flat = all(y.ndim == 2 for y in ys)  # Keras does not spread weights of samples over more
    model.compile(optimizer=optimizer(c), loss=chosen, loss_weights=weights, metrics=metrics(c, chosen, ys),
                  weighted_metrics=metrics(c, chosen, ys) if flat and c.p(0.2) else None)
    return [y for _, y in made]


def metrics(c, chosen, ys):
    # On outputs of 8 bits Keras computes metrics in 8 bits.
    if c.p(0.5) or any(y.dtype.itemsize == 1 for y in ys):
        return None
    losses_of = list(chosen.values()) if isinstance(chosen, dict) else chosen if isinstance(chosen, list) else [chosen]
    made, flat = [], all(y.ndim == 2 for y in ys)
    for loss in losses_of:
        kinds = keras.metrics
        fit = ["mae", "mse", kinds.RootMeanSquaredError(), kinds.MeanAbsoluteError(), kinds.LogCoshError(), kinds.CosineSimilarity(),
               kinds.MeanSquaredLogarithmicError(), kinds.MeanMetricWrapper(keras.losses.mean_absolute_error, name="wrapped"),
               *[kinds.R2Score()] * flat]
        name = loss if isinstance(loss, str) else loss.name
        if name == "sparse_categorical_crossentropy":
            fit = ["accuracy", "sparse_categorical_accuracy", kinds.SparseTopKCategoricalAccuracy(k=2),
                   *[kinds.SparseCategoricalCrossentropy()] * isinstance(loss, str)]  # objects may see no probabilities
        if loss == "categorical_crossentropy":
            fit = ["accuracy", "categorical_accuracy", kinds.TopKCategoricalAccuracy(k=1), kinds.AUC(), kinds.CategoricalCrossentropy(),
                   kinds.KLDivergence(), *[kinds.F1Score(average="macro")] * flat]
        if loss == "binary_crossentropy":
            fit = ["accuracy", "binary_accuracy", kinds.Precision(), kinds.Recall(), "mae", kinds.AUC(curve="PR"), kinds.BinaryIoU([1]),
                   kinds.TruePositives(), kinds.FalseNegatives(thresholds=0.4), kinds.SensitivityAtSpecificity(0.5), kinds.BinaryCrossentropy()]
        made.append([c.one(*fit)])
    if isinstance(chosen, dict):
        return dict(zip(chosen, made))
    return made if len(made) > 1 else made[0]
