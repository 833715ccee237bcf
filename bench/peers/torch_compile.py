"""PyTorch with torch.compile (the Inductor backend, which calls the C++ compiler at run time)."""

import torch

from peers import protocol
from peers.torch_base import TorchPeer


class TorchCompile(TorchPeer):
    version = f"{TorchPeer.version}, Inductor"

    def wrap(self, function):
        torch.compiler.reset()
        return torch.compile(function, dynamic=False)


if __name__ == "__main__":
    protocol.main(TorchCompile)
