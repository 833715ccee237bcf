"""Exports a benchmark model to ONNX, by whichever of two ways ONNX Runtime runs faster."""

import onnx
import torch
from onnx import numpy_helper
from peers.protocol import ModelFiles
from peers.torch_base import make_network
from torch import nn

# Keras's own export (through tf2onnx) leaves the transformer's Erfc untranslated, and its separate MatMul and
# Add cost the other three a few per cent against the Gemm that PyTorch's exporter writes for the hand-written
# equivalents. Keras's is the faster one for the convolutional models: it writes one-sided padding into the
# convolution.
EXPORTED_FROM_TORCH = ("mlp", "lenet", "lstm", "transformer")
OPSET = 20


class KerasShaped(nn.Module):
    """A PyTorch network that takes Keras's channels-last images and returns probabilities."""

    def __init__(self, net):
        super().__init__()
        self._net = net.eval()

    def forward(self, x):
        if x.ndim == 4:
            x = x.permute(0, 3, 1, 2)
        return torch.softmax(self._net(x), -1)


def export_from_torch(files):
    network = KerasShaped(make_network(files))
    example = torch.from_numpy(files.check_inputs())
    torch.onnx.export(
        network,
        (example,),
        str(files.onnx),
        input_names=["x"],
        output_names=["y"],
        opset_version=OPSET,
        dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
        dynamo=False,
    )


def restore_normalization(files):
    """tf2onnx makes inputs of a Normalization's two constants; this makes constants of them again."""
    proto = onnx.load(str(files.onnx))
    weights = files.weights()
    for suffix, key in (("Sub/y:0", "/mean"), ("Sqrt/x:0", "/variance")):
        for value in [value for value in proto.graph.input if value.name.endswith(suffix)]:
            shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            proto.graph.input.remove(value)
            name = next(name for name in weights if name.endswith(key))
            proto.graph.initializer.append(numpy_helper.from_array(weights[name].reshape(shape), value.name))
    onnx.save(proto, str(files.onnx))


def export_onnx(model, path):
    """Writes NAME.onnx beside the model file PATH, from `model` or from the files already there."""
    files = ModelFiles(path)
    if files.name in EXPORTED_FROM_TORCH:
        export_from_torch(files)
        return
    model.export(files.onnx, format="onnx", verbose=False)
    restore_normalization(files)
