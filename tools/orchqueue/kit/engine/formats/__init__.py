"""The wire formats that scripted engines speak, one module each; `FORMATS` is where they are found."""

from collections.abc import Mapping

from orchqueue.kit.engine.formats.llamacpp import LlamaCpp
from orchqueue.kit.engine.formats.openai import OpenAi
from orchqueue.kit.engine.formats.tgi import Tgi
from orchqueue.kit.engine.formats.triton import Triton
from orchqueue.kit.engine.formats.vllm import Vllm
from orchqueue.kit.engine.wire import Wire

FORMATS: Mapping[str, type[Wire]] = {
    "llamacpp": LlamaCpp,
    "vllm": Vllm,
    "openai": OpenAi,
    "tgi": Tgi,
    "triton": Triton,
}

__all__ = ["FORMATS"]
