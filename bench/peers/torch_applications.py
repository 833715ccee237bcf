"""EfficientNetB0, MobileNetV2 and ResNet50 by hand in PyTorch, equal to keras.applications in every shape.

Submodules carry Keras's layer names (see torch_models.py). TensorFlow pads a strided convolution on the far
side only, which `pad_strided` does by hand.
"""

import torch
from torch import nn
from torch.nn import functional as F

RESNET_EPSILON = 1.001e-5
CLASSES = 1000


def pad_strided(x, kernel):
    """Keras's `correct_pad` for an even image and stride 2."""
    near, far = kernel // 2 - 1, kernel // 2
    return F.pad(x, (near, far, near, far))


def norm(channels, epsilon=1e-3, momentum=0.01):
    return nn.BatchNorm2d(channels, eps=epsilon, momentum=momentum)


class Blocks(nn.Module):
    """A network whose layers all sit at the top under Keras's names."""

    def layer(self, name, x):
        return getattr(self, name)(x)

    def add(self, prefix="", **modules):
        for name, module in modules.items():
            self.add_module(prefix + name, module)


class Normalization(nn.Module):
    """Keras's Normalization, as EfficientNet has it behind its rescaling."""

    def __init__(self, channels):
        super().__init__()
        self.register_buffer("mean", torch.zeros(1, channels, 1, 1))
        self.register_buffer("variance", torch.ones(1, channels, 1, 1))

    def forward(self, x):
        return (x - self.mean) / self.variance.sqrt()


def copy_normalization(module, weights):
    module.mean.copy_(weights["mean"].reshape(module.mean.shape))
    module.variance.copy_(weights["variance"].reshape(module.variance.shape))


class EfficientNetB0(Blocks):
    # kernel, repeats, filters in, filters out, expansion, stride
    STAGES = (
        (3, 1, 32, 16, 1, 1), (3, 2, 16, 24, 6, 2), (5, 2, 24, 40, 6, 2), (3, 3, 40, 80, 6, 2),
        (5, 3, 80, 112, 6, 1), (5, 4, 112, 192, 6, 2), (3, 1, 192, 320, 6, 1),
    )  # fmt: skip
    DROP_CONNECT = 0.2

    def __init__(self):
        super().__init__()
        self.add(normalization=Normalization(3))
        self.add(stem_conv=nn.Conv2d(3, 32, 3, stride=2, bias=False), stem_bn=norm(32))
        self.blocks = []
        total = sum(stage[1] for stage in self.STAGES)
        for number, (kernel, repeats, filters_in, filters_out, expansion, stride) in enumerate(
            self.STAGES, start=1
        ):
            for repeat in range(repeats):
                name = f"block{number}{'abcd'[repeat]}_"
                drop = self.DROP_CONNECT * len(self.blocks) / total
                self.blocks.append((name, kernel, stride, expansion, filters_in == filters_out, drop))
                self.add_block(name, kernel, filters_in, filters_out, expansion, stride)
                filters_in, stride = filters_out, 1
        self.add(top_conv=nn.Conv2d(320, 1280, 1, bias=False), top_bn=norm(1280))
        self.add(predictions=nn.Linear(1280, CLASSES))

    def add_block(self, name, kernel, filters_in, filters_out, expansion, stride):
        filters = filters_in * expansion
        if expansion != 1:
            self.add(
                name,
                expand_conv=nn.Conv2d(filters_in, filters, 1, bias=False),
                expand_bn=norm(filters),
            )
        padding = kernel // 2 if stride == 1 else 0
        squeezed = filters_in // 4
        self.add(
            name,
            dwconv=nn.Conv2d(filters, filters, kernel, stride, padding, groups=filters, bias=False),
            bn=norm(filters),
            se_reduce=nn.Conv2d(filters, squeezed, 1),
            se_expand=nn.Conv2d(squeezed, filters, 1),
            project_conv=nn.Conv2d(filters, filters_out, 1, bias=False),
            project_bn=norm(filters_out),
        )

    def block(self, x, name, kernel, stride, expansion, residual, drop):
        inputs = x
        if expansion != 1:
            x = F.silu(self.layer(name + "expand_bn", self.layer(name + "expand_conv", x)))
        if stride == 2:
            x = pad_strided(x, kernel)
        x = F.silu(self.layer(name + "bn", self.layer(name + "dwconv", x)))
        scale = F.adaptive_avg_pool2d(x, 1)
        scale = F.silu(self.layer(name + "se_reduce", scale))
        x = x * torch.sigmoid(self.layer(name + "se_expand", scale))
        x = self.layer(name + "project_bn", self.layer(name + "project_conv", x))
        if not (residual and stride == 1):
            return x
        if self.training and drop:
            x = x * F.dropout(x.new_ones(len(x), 1, 1, 1), drop)
        return x + inputs

    def forward(self, x):
        x = self.normalization(x * (1 / 255))
        x = F.silu(self.stem_bn(self.stem_conv(pad_strided(x, 3))))
        for block in self.blocks:
            x = self.block(x, *block)
        x = F.silu(self.top_bn(self.top_conv(x)))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.predictions(F.dropout(x, 0.2, self.training))


class MobileNetV2(Blocks):
    # filters out, stride, expansion, repeats
    STAGES = (
        (16, 1, 1, 1),
        (24, 2, 6, 2),
        (32, 2, 6, 3),
        (64, 2, 6, 4),
        (96, 1, 6, 3),
        (160, 2, 6, 3),
        (320, 1, 6, 1),
    )
    MOMENTUM = 0.001

    def __init__(self):
        super().__init__()
        self.add(Conv1=nn.Conv2d(3, 32, 3, stride=2, bias=False), bn_Conv1=norm(32, momentum=self.MOMENTUM))
        self.blocks = []
        filters_in = 32
        for filters_out, first_stride, expansion, repeats in self.STAGES:
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                name = f"block_{len(self.blocks)}_" if self.blocks else "expanded_conv_"
                self.blocks.append((name, stride, expansion, filters_in == filters_out))
                self.add_block(name, filters_in, filters_out, stride, expansion)
                filters_in = filters_out
        self.add(Conv_1=nn.Conv2d(320, 1280, 1, bias=False), Conv_1_bn=norm(1280, momentum=self.MOMENTUM))
        self.add(predictions=nn.Linear(1280, CLASSES))

    def add_block(self, name, filters_in, filters_out, stride, expansion):
        filters = filters_in * expansion
        if expansion != 1:
            self.add(
                name,
                expand=nn.Conv2d(filters_in, filters, 1, bias=False),
                expand_BN=norm(filters, momentum=self.MOMENTUM),
            )
        padding = 1 if stride == 1 else 0
        self.add(
            name,
            depthwise=nn.Conv2d(filters, filters, 3, stride, padding, groups=filters, bias=False),
            depthwise_BN=norm(filters, momentum=self.MOMENTUM),
            project=nn.Conv2d(filters, filters_out, 1, bias=False),
            project_BN=norm(filters_out, momentum=self.MOMENTUM),
        )

    def block(self, x, name, stride, expansion, residual):
        inputs = x
        if expansion != 1:
            x = F.relu6(self.layer(name + "expand_BN", self.layer(name + "expand", x)))
        if stride == 2:
            x = pad_strided(x, 3)
        x = F.relu6(self.layer(name + "depthwise_BN", self.layer(name + "depthwise", x)))
        x = self.layer(name + "project_BN", self.layer(name + "project", x))
        return x + inputs if residual else x

    def forward(self, x):
        x = F.relu6(self.bn_Conv1(self.Conv1(pad_strided(x, 3))))
        for block in self.blocks:
            x = self.block(x, *block)
        x = F.relu6(self.Conv_1_bn(self.Conv_1(x)))
        return self.predictions(F.adaptive_avg_pool2d(x, 1).flatten(1))


class ResNet50(Blocks):
    # filters, blocks, first stride
    STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))

    def __init__(self):
        super().__init__()
        self.add(conv1_conv=nn.Conv2d(3, 64, 7, stride=2, padding=3), conv1_bn=norm(64, RESNET_EPSILON))
        self.blocks = []
        filters_in = 64
        for stage, (filters, repeats, first_stride) in enumerate(self.STAGES, start=2):
            for repeat in range(1, repeats + 1):
                name = f"conv{stage}_block{repeat}_"
                stride = first_stride if repeat == 1 else 1
                if repeat == 1:
                    self.add_conv(name + "0", filters_in, 4 * filters, 1, stride)
                self.add_conv(name + "1", filters_in, filters, 1, stride)
                self.add_conv(name + "2", filters, filters, 3, 1)
                self.add_conv(name + "3", filters, 4 * filters, 1, 1)
                self.blocks.append((name, repeat == 1))
                filters_in = 4 * filters
        self.add(predictions=nn.Linear(2048, CLASSES))

    def add_conv(self, name, filters_in, filters_out, kernel, stride):
        self.add(
            name,
            _conv=nn.Conv2d(filters_in, filters_out, kernel, stride, kernel // 2),
            _bn=norm(filters_out, RESNET_EPSILON),
        )

    def conv(self, name, x):
        return self.layer(name + "_bn", self.layer(name + "_conv", x))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv("conv1", x)), 3, stride=2, padding=1)
        for name, projected in self.blocks:
            shortcut = self.conv(name + "0", x) if projected else x
            x = F.relu(self.conv(name + "1", x))
            x = F.relu(self.conv(name + "2", x))
            x = F.relu(self.conv(name + "3", x) + shortcut)
        return self.predictions(F.adaptive_avg_pool2d(x, 1).flatten(1))
