"""What torch_eager and torch_compile share: networks, Keras's weights, inputs and the training step."""

import torch
from torch.nn import functional as F

from peers import protocol, torch_applications, torch_models

NETWORKS = {
    "mlp": torch_models.mlp,
    "lenet": torch_models.lenet,
    "lstm": torch_models.Lstm,
    "conv": torch_models.conv,
    "transformer": torch_models.Transformer,
    "efficientnetb0": torch_applications.EfficientNetB0,
    "mobilenetv2": torch_applications.MobileNetV2,
    "resnet50": torch_applications.ResNet50,
}
FAMILIES = {"width": torch_models.width, "depth": torch_models.depth}
torch_models.COPIERS[torch_applications.Normalization] = torch_applications.copy_normalization


def make_network(files):
    family, _, size = files.name.partition("-")
    net = FAMILIES[family](int(size)) if size else NETWORKS[family]()
    torch_models.load_weights(net, files.weights())
    return net


def to_tensor(x, memory_format=torch.contiguous_format):
    """A Keras array as a tensor: images become channels-first in the asked memory format."""
    tensor = torch.from_numpy(x)
    if tensor.ndim != 4:
        return tensor.contiguous()
    return tensor.permute(0, 3, 1, 2).contiguous(memory_format=memory_format)


class TorchPeer:
    """Base of the two PyTorch peers; `wrap` is what they differ in."""

    version = f"torch {torch.__version__}"

    def __init__(self, threads):
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        torch.set_flush_denormal(True)

    def wrap(self, function):
        return function

    def load(self, files):
        self._net = make_network(files)

    def predict(self, x):
        call = self.probabilities()
        with torch.inference_mode():
            return call(to_tensor(x)).numpy()

    def losses(self, batches):
        step = self.training_step()
        return [step(to_tensor(x), torch.from_numpy(y).long()).item() for x, y in batches]

    def probabilities(self):
        self._net.eval()
        return self.wrap(lambda x: F.softmax(self._net(x), -1))

    def training_step(self):
        self._net.train()
        parameters = [p for p in self._net.parameters() if p.requires_grad]
        optimizer = torch.optim.Adam(parameters, lr=1e-3, eps=1e-7, fused=True)
        forward = self.wrap(lambda x, y: F.cross_entropy(self._net(x), y))

        def step(x, y):
            optimizer.zero_grad(set_to_none=True)
            loss = forward(x, y)
            loss.backward()
            optimizer.step()
            return loss

        return step

    def memory_formats(self, x):
        formats = {"contiguous": torch.contiguous_format}
        if x.ndim == 4:
            formats["channels_last"] = torch.channels_last
        return formats

    def predict_variants(self, x):
        def prepare(memory_format):
            self._net.to(memory_format=memory_format)
            tensor = to_tensor(x, memory_format)
            call = self.probabilities()

            def step():
                with torch.inference_mode():
                    return call(tensor)

            return step

        return self._variants(self.memory_formats(x), prepare)

    def train_variants(self, inputs, labels):
        targets = [torch.from_numpy(y).long() for y in labels]

        def prepare(memory_format):
            self._net.to(memory_format=memory_format)
            feed = protocol.TrainingFeed([to_tensor(x, memory_format) for x in inputs], targets)
            step = self.training_step()
            return lambda: step(*feed.next()).item()

        return self._variants(self.memory_formats(inputs[0]), prepare)

    @staticmethod
    def _variants(formats, prepare):
        return {name: lambda memory_format=value: prepare(memory_format) for name, value in formats.items()}
