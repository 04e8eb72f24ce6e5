"""A real Triton server of the kit's own: NVIDIA's program, and a small text model that the kit wrote."""

from orchqueue.kit.triton.script import TritonModel, TritonScript
from orchqueue.kit.triton.server import RealTriton
from orchqueue.kit.triton.work import Outcome, TritonRequest

__all__ = ["Outcome", "RealTriton", "TritonModel", "TritonRequest", "TritonScript"]
