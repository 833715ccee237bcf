"""Random choices, and the arguments that many layers share."""

import numpy as np
from keras import constraints, initializers, layers, regularizers

ACTIVATIONS = [None, "linear", "relu", "tanh", "sigmoid", "softmax", "elu", "selu", "softplus", "softsign", "gelu", "silu", "swish",
               "mish", "hard_sigmoid", "hard_silu", "leaky_relu", "relu6", "log_softmax", "celu", "hard_tanh", "tanh_shrink",
               "log_sigmoid", "squareplus", "sparse_plus", "soft_shrink", "hard_shrink", "sparsemax", "exponential"]
SMOOTH = ["linear", "tanh", "sigmoid", "elu", "softplus", "gelu", "silu", "relu", "hard_sigmoid"]


class Chance:
    """What a model is made of depends on this alone."""

    def __init__(self, seed, index):
        self.rng = np.random.default_rng([seed, index])
        self.noise = False  # whether layers that draw random numbers in training may be used
        self.policy = "float32"  # of all layers
        self.fixed = None  # the batch size, where the model has one

    def choose_kind(self):
        if self.p(0.08):
            self.policy = self.one("float64", "mixed_float16", "mixed_bfloat16")
        if self.p(0.08):
            self.fixed = self.int(1, 4)

    def p(self, probability):
        return self.rng.random() < probability

    def one(self, *choices):
        return choices[int(self.rng.integers(len(choices)))]

    def int(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def real(self, low, high):
        return round(float(self.rng.uniform(low, high)), 3)

    def activation(self, smooth=False):
        if smooth or self.p(0.5):
            return self.one(*SMOOTH)
        if self.p(0.1):
            return self.one(layers.LeakyReLU(negative_slope=0.2), layers.ELU(alpha=0.7), layers.ReLU(max_value=1.5))
        return self.one(*ACTIVATIONS)

    def initializer(self, square=False):
        seed = self.int(0, 999)
        choices = ["glorot_uniform", "glorot_normal", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "random_normal",
                   "random_uniform", "truncated_normal", initializers.VarianceScaling(0.7, "fan_avg", "uniform", seed=seed),
                   initializers.RandomNormal(0.05, 0.3, seed=seed), initializers.Orthogonal(0.9, seed=seed),
                   initializers.RandomUniform(-0.4, 0.5, seed=seed), initializers.TruncatedNormal(0.0, 0.4, seed=seed)]
        return self.one(*choices)

    def regularizer(self):
        return self.one("l1", "l2", "l1l2", regularizers.L2(self.real(0.001, 0.1)), regularizers.L1(self.real(0.001, 0.1)),
                        regularizers.L1L2(self.real(0.001, 0.05), self.real(0.001, 0.05)))

    def constraint(self, axis=0):
        return self.one("non_neg", constraints.MaxNorm(self.real(0.3, 2.0), axis=axis), constraints.UnitNorm(axis=axis),
                        constraints.MinMaxNorm(0.2, 1.1, rate=0.8, axis=axis))

    def weights(self, *names, bias=True, activity=True, probability=0.25):
        """Initializers, regularizers and constraints of some of a layer's weights."""
        out = {}
        for name in names:
            if self.p(probability):
                out[f"{name}_initializer"] = self.initializer()
            if self.p(probability / 2):
                out[f"{name}_regularizer"] = self.regularizer()
            if self.p(probability / 3):
                out[f"{name}_constraint"] = self.constraint()
        if bias:
            if self.p(0.25):
                out["use_bias"] = False
            elif self.p(probability):
                out["bias_initializer"] = self.one("ones", "random_normal", initializers.Constant(0.2))
                if self.p(0.3):
                    out["bias_regularizer"] = self.regularizer()
        if activity and self.p(0.06):
            out["activity_regularizer"] = self.regularizer()
        if self.p(0.05):
            out["trainable"] = False
        return out

    def format(self):
        return self.one("channels_last", "channels_last", "channels_first")
