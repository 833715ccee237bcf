"""The small models written by hand as torch.nn users would, with the shapes of models.py.

Modules carry the names of the Keras layers that they stand for, so that `load_weights` can copy Keras's
weights in. Inputs are channels-first, as is usual in PyTorch. The models end in logits: the loss and
`predict` apply the softmax.
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F

KERAS_EPSILON = 1e-3


class FlattenedLinear(nn.Linear):
    """A Linear after a Flatten; its Keras kernel counts rows as (height, width, channels)."""

    def __init__(self, channels, height, width, units):
        super().__init__(channels * height * width, units)
        self.image = (channels, height, width)

    def reorder(self, kernel):
        channels, height, width = self.image
        return kernel.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)


def batch_norm(channels):
    return nn.BatchNorm2d(channels, eps=KERAS_EPSILON, momentum=0.01)


def named(**modules):
    return nn.Sequential(OrderedDict(modules))


class Crop(nn.Module):
    def __init__(self, margin):
        super().__init__()
        self.margin = margin

    def forward(self, x):
        return x[..., self.margin : -self.margin, self.margin : -self.margin]


def mlp():
    return named(
        dense_1=nn.Linear(784, 128), relu_1=nn.ReLU(),
        dense_2=nn.Linear(128, 64), relu_2=nn.ReLU(),
        dense_3=nn.Linear(64, 10),
    )  # fmt: skip


def lenet():
    return named(
        crop=Crop(2),
        conv_1=nn.Conv2d(1, 32, 3), relu_1=nn.ReLU(), pool_1=nn.MaxPool2d(2),
        conv_2=nn.Conv2d(32, 64, 3), relu_2=nn.ReLU(), pool_2=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        dense_1=FlattenedLinear(64, 4, 4, 128), relu_3=nn.ReLU(),
        dense_2=nn.Linear(128, 10),
    )  # fmt: skip


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm_1 = nn.LSTM(32, 128, batch_first=True)
        self.lstm_2 = nn.LSTM(128, 64, batch_first=True)
        self.dense = nn.Linear(64, 10)

    def forward(self, x):
        x, _ = self.lstm_1(x)
        x, _ = self.lstm_2(x)
        return self.dense(x[:, -1])


def conv():
    modules = {}
    channels = 3
    for index, filters in enumerate((32, 32, 64, 64, 128, 128), start=1):
        modules[f"conv_{index}"] = nn.Conv2d(channels, filters, 3, padding=1)
        modules[f"bn_{index}"] = batch_norm(filters)
        modules[f"relu_{index}"] = nn.ReLU()
        if index % 2 == 0:
            modules[f"pool_{index}"] = nn.MaxPool2d(2)
        channels = filters
    return named(**modules, average=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), dense=nn.Linear(128, 10))


def width(size):
    return named(
        dense_1=nn.Linear(256, size), relu_1=nn.ReLU(),
        dense_2=nn.Linear(size, size), relu_2=nn.ReLU(),
        dense_3=nn.Linear(size, 10),
    )  # fmt: skip


def depth(size):
    modules = {}
    for index in range(1, size + 1):
        modules[f"dense_{index}"] = nn.Linear(64, 64)
        modules[f"relu_{index}"] = nn.ReLU()
    return named(**modules, **{f"dense_{size + 1}": nn.Linear(64, 10)})


class SelfAttention(nn.Module):
    def __init__(self, features, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(features, 3 * features)
        self.output = nn.Linear(features, features)

    def forward(self, x):
        batch, positions, features = x.shape
        qkv = self.qkv(x).view(batch, positions, 3, self.heads, features // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.output(mixed.transpose(1, 2).reshape(batch, positions, features))

    def copy_keras(self, weights):
        features = self.output.in_features
        parts = ("query", "key", "value")
        kernels = [weights[f"{part}/kernel"].reshape(features, features) for part in parts]
        biases = [weights[f"{part}/bias"].reshape(features) for part in parts]
        copy(self.qkv.weight, torch.cat(kernels, 1).T)
        copy(self.qkv.bias, torch.cat(biases))
        copy(self.output.weight, weights["attention_output/kernel"].reshape(features, features).T)
        copy(self.output.bias, weights["attention_output/bias"])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        for block in (1, 2):
            self.add_module(f"attention_{block}", SelfAttention(128, heads=4))
            self.add_module(f"norm_{block}a", nn.LayerNorm(128, eps=KERAS_EPSILON))
            self.add_module(f"expand_{block}", nn.Linear(128, 512))
            self.add_module(f"project_{block}", nn.Linear(512, 128))
            self.add_module(f"norm_{block}b", nn.LayerNorm(128, eps=KERAS_EPSILON))
        self.dense = nn.Linear(128, 10)

    def forward(self, x):
        x = self.norm_1a(x + self.attention_1(x))
        x = self.norm_1b(x + self.project_1(F.gelu(self.expand_1(x))))
        x = self.norm_2a(x + self.attention_2(x))
        x = self.norm_2b(x + self.project_2(F.gelu(self.expand_2(x))))
        return self.dense(x.mean(1))


def copy(parameter, values):
    assert parameter.shape == values.shape, (parameter.shape, values.shape)
    with torch.no_grad():
        parameter.copy_(values)


def copy_linear(module, weights):
    kernel = weights["kernel"]
    if isinstance(module, FlattenedLinear):
        kernel = torch.from_numpy(module.reorder(kernel.numpy()))
    copy(module.weight, kernel.T)
    copy(module.bias, weights["bias"])


def copy_conv(module, weights):
    depthwise = module.groups > 1
    copy(module.weight, weights["kernel"].permute((2, 3, 0, 1) if depthwise else (3, 2, 0, 1)))
    if module.bias is not None:
        copy(module.bias, weights["bias"])


def copy_norm(module, weights):
    copy(module.weight, weights["gamma"])
    copy(module.bias, weights["beta"])
    if isinstance(module, nn.BatchNorm2d):
        copy(module.running_mean, weights["moving_mean"])
        copy(module.running_var, weights["moving_variance"])


def copy_lstm(module, weights):
    """PyTorch has two biases where Keras has one: the second stays zero and is not trained."""
    copy(module.weight_ih_l0, weights["lstm_cell/kernel"].T)
    copy(module.weight_hh_l0, weights["lstm_cell/recurrent_kernel"].T)
    copy(module.bias_ih_l0, weights["lstm_cell/bias"])
    copy(module.bias_hh_l0, torch.zeros_like(module.bias_hh_l0))
    module.bias_hh_l0.requires_grad_(False)


COPIERS = {
    nn.Linear: copy_linear,
    FlattenedLinear: copy_linear,
    nn.Conv2d: copy_conv,
    nn.BatchNorm2d: copy_norm,
    nn.LayerNorm: copy_norm,
    nn.LSTM: copy_lstm,
    SelfAttention: SelfAttention.copy_keras,
}


def load_weights(net, arrays):
    """Copies LAYER/VARIABLE arrays into the module of each layer's name; every array must find its place."""
    by_layer = {}
    for path in arrays.files:
        layer, variable = path.split("/", 1)
        by_layer.setdefault(layer, {})[variable] = torch.from_numpy(arrays[path])
    for layer, weights in by_layer.items():
        module = net.get_submodule(layer)
        COPIERS[type(module)](module, weights)
