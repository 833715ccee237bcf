"""Floating-point operations of a Keras model, counted from its shapes.

Only multiply-adds of products and convolutions count, two operations each: the work that a peak GEMM rate
bounds.
"""

from math import prod

from keras import layers


def _dense(layer):
    return 2 * prod(layer.output.shape[1:]) * layer.input.shape[-1]


def _conv2d(layer):
    return 2 * prod(layer.output.shape[1:]) * prod(layer.kernel.shape[:3])


def _depthwise_conv2d(layer):
    return 2 * prod(layer.output.shape[1:]) * prod(layer.kernel.shape[:2])


def _lstm(layer):
    steps, features = layer.input.shape[1:]
    return 2 * steps * 4 * layer.units * (features + layer.units)


def _attention(layer):
    positions, features = layer.output.shape[1:]
    width = layer.num_heads * layer.key_dim
    projections = 4 * 2 * positions * features * width
    scores_and_mix = 2 * 2 * positions * positions * width
    return projections + scores_and_mix


_COUNTS = {
    layers.Dense: _dense,
    layers.Conv2D: _conv2d,
    layers.DepthwiseConv2D: _depthwise_conv2d,
    layers.LSTM: _lstm,
    layers.MultiHeadAttention: _attention,
}


def _input_gradient_flops(layer, forward):
    """The part of the backward pass that a first layer need not do: the gradient of the model's own input."""
    if isinstance(layer, layers.LSTM):
        steps, features = layer.input.shape[1:]
        return 2 * steps * 4 * layer.units * features
    if isinstance(layer, layers.MultiHeadAttention):
        positions, features = layer.output.shape[1:]
        return 3 * 2 * positions * features * layer.num_heads * layer.key_dim
    return forward


def count_flops(model):
    """Returns the operations per sample of a prediction and of a training step.

    A training step does each product three times (forward, data gradient, weight gradient), but no data
    gradient for the first layer that has weights.
    """
    counted = [(layer, _COUNTS[type(layer)](layer)) for layer in model.layers if type(layer) in _COUNTS]
    forward = sum(flops for _, flops in counted)
    return forward, 3 * forward - _input_gradient_flops(*counted[0])
