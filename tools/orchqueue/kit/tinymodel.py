"""A tiny model of random weights in llama.cpp's format.

Real enough to run, small enough to write when needed.

Needs the extra `engines` (gguf, numpy). The same shape gives the same bytes on every machine.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

Tensor = npt.NDArray[np.float32]

_FORMAT = 1  # counts up when the same shape would be written otherwise
_SPACE = "\u2581"


@dataclass(frozen=True)
class TinyShape:
    """The model's sizes. With the defaults the file has about half a megabyte."""

    layers: int = 2
    width: int = 64
    heads: int = 4
    kv_heads: int = 2
    hidden: int = 128
    context: int = 8192
    seed: int = 1


def tiny_model(folder: Path, shape: TinyShape | None = None) -> Path:
    """Return the path of the model file in `folder`, written if it is not there.

    Its name has the shape's digest.
    """
    shape = shape or TinyShape()
    digest = hashlib.sha256(repr((_FORMAT, gguf.GGUF_VERSION, astuple(shape))).encode()).hexdigest()[:16]
    path = folder / f"tiny-{digest}.gguf"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Under another name first, so that a second process never reads half a model.
        with tempfile.TemporaryDirectory(dir=folder) as aside:
            part = Path(aside) / path.name
            _write(part, shape)
            part.replace(path)
    return path


def _write(path: Path, shape: TinyShape) -> None:
    vocabulary = list(_vocabulary())
    writer = gguf.GGUFWriter(os.fspath(path), "llama")
    writer.add_name("orchqueue-tiny")
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_vocab_size(len(vocabulary))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text.encode() for text, _ in vocabulary])
    writer.add_token_scores([-float(rank) for rank in range(len(vocabulary))])
    writer.add_token_types([int(kind) for _, kind in vocabulary])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    for name, tensor in _tensors(shape, len(vocabulary)):
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _vocabulary() -> Iterator[tuple[str, gguf.TokenType]]:
    """Yield tokens with their types: three specials, every byte, then syllables and single characters."""
    yield "<unk>", gguf.TokenType.UNKNOWN
    yield "<s>", gguf.TokenType.CONTROL
    yield "</s>", gguf.TokenType.CONTROL
    for byte in range(256):
        yield f"<0x{byte:02X}>", gguf.TokenType.BYTE
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    pieces = [
        *syllables,
        *(_SPACE + text for text in syllables[::2]),
        _SPACE,
        *map(chr, range(33, 127)),
        "é",
        "你",
    ]
    for piece in pieces:
        yield piece, gguf.TokenType.NORMAL


def _tensors(shape: TinyShape, vocabulary: int) -> Iterator[tuple[str, Tensor]]:
    random = np.random.default_rng(shape.seed)
    head = shape.width // shape.heads

    def drawn(rows: int, columns: int, scale: float | None = None) -> Tensor:
        spread = columns**-0.5 if scale is None else scale
        return (random.standard_normal((rows, columns)) * spread).astype(np.float32)

    def ones() -> Tensor:
        return np.ones(shape.width, np.float32)

    yield "token_embd.weight", drawn(vocabulary, shape.width, 1.0)
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", ones()
        yield block + "attn_q.weight", drawn(shape.heads * head, shape.width)
        yield block + "attn_k.weight", drawn(shape.kv_heads * head, shape.width)
        yield block + "attn_v.weight", drawn(shape.kv_heads * head, shape.width)
        yield block + "attn_output.weight", drawn(shape.width, shape.heads * head)
        yield block + "ffn_norm.weight", ones()
        yield block + "ffn_gate.weight", drawn(shape.hidden, shape.width)
        yield block + "ffn_up.weight", drawn(shape.hidden, shape.width)
        yield block + "ffn_down.weight", drawn(shape.width, shape.hidden)
    yield "output_norm.weight", ones()
    output = drawn(vocabulary, shape.width)
    output[0:3] = 0.0  # the specials are never likelier than the rest, so an answer ends by its limit
    yield "output.weight", output
