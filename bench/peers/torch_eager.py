"""PyTorch, eager."""

from peers import protocol
from peers.torch_base import TorchPeer

if __name__ == "__main__":
    protocol.main(TorchPeer)
