"""The limits that a task must respect before anything else is asked: its size in tokens against the model
and the pool.
"""

from dataclasses import dataclass

from msgspec import Struct

from orchestratord.core.errors import invalid
from orchestratord.core.tasks import TaskSpec, utf8_bytes

NEAR_A_LIMIT = 0.25
BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """What a pool takes: `ctx` tokens of a sequence and its output together (None: not known yet),
    `max_tokens` of output, and `kv_tokens` that its KV memory could ever hold of one task (None: not known).
    """

    ctx: int | None
    max_tokens: int
    kv_tokens: int | None = None


class Size(Struct, frozen=True, gc=False):
    """What an engine has to read for a task, in tokens: all of it, and the longest sequence."""

    tokens_in: int
    longest: int


def estimated_tokens(size_bytes: int) -> int:
    """How many tokens a text of so many bytes has, without asking anyone: ⌈bytes / 4⌉."""
    return -(-size_bytes // BYTES_PER_TOKEN)


def estimated_size(spec: TaskSpec) -> Size:
    """The size of a task without asking anyone."""
    if spec.workload == "completion":
        tokens_in = estimated_tokens(utf8_bytes(spec.prompt))
        return Size(tokens_in, tokens_in)
    lengths = spec.sequence_bytes()
    tokens_in = estimated_tokens(sum(lengths))
    return Size(tokens_in, estimated_tokens(max(lengths)))


def measured_size(estimate: Size, longest: int) -> Size:
    """The size of a task whose longest sequence was counted by the engine."""
    return Size(max(longest, estimate.tokens_in - estimate.longest + longest), longest)


def longest_sequence(spec: TaskSpec) -> int:
    """The number of the sequence that needs the most context."""
    lengths = spec.sequence_bytes()
    return lengths.index(max(lengths))


def near_limit(spec: TaskSpec, size: Size, limits: TokenLimits) -> bool:
    """Whether the estimate is so close to a limit that the engine's own count should decide."""
    ctx = None if limits.ctx is None else effective_context(spec, limits.ctx)
    return _near(size.longest, ctx, spec) or _near(size.tokens_in, limits.kv_tokens, spec)


def _near(tokens: int, limit: int | None, spec: TaskSpec) -> bool:
    if limit is None:
        return False
    room = limit - spec.max_tokens
    return abs(tokens - room) <= NEAR_A_LIMIT * max(1, room)


def effective_context(spec: TaskSpec, model_ctx: int) -> int:
    """The context that holds for a task: what it asked for, or the model's own."""
    return min(spec.ctx, model_ctx) if spec.ctx else model_ctx


def check_context(spec: TaskSpec, size: Size, limits: TokenLimits, engine: str, pool_id: str) -> None:
    """Raises INVALID_PARAMS when the task asks for, or needs, more context than there is."""
    # OC-CORE-1020
    if limits.ctx is None:
        return
    if spec.ctx > limits.ctx:
        raise invalid(
            "/ctx",
            f"The model has a context of {limits.ctx} tokens, not {spec.ctx}.",
            engine=engine,
            pool_id=pool_id,
        )
    ctx, tokens_in = spec.ctx or limits.ctx, size.longest
    if tokens_in > ctx:
        completion = spec.workload == "completion"
        where = "/prompt" if completion else f"/inputs/{longest_sequence(spec)}"
        raise invalid(
            where,
            f"The {'prompt' if completion else 'input'} has about {tokens_in} tokens; the context holds "
            f"{ctx}.",
            engine=engine,
            pool_id=pool_id,
        )
    if tokens_in + spec.max_tokens > ctx:
        raise invalid(
            "/max_tokens",
            f"About {tokens_in} tokens of prompt and {spec.max_tokens} of output exceed the "
            f"context of {ctx}.",
            engine=engine,
            pool_id=pool_id,
        )


def check_kv(
    spec: TaskSpec, size: Size, limits: TokenLimits, engine: str, pool_id: str, *, quota_tokens: int | None
) -> None:
    """Raises INVALID_PARAMS when no worker, or not its tenant, could ever hold the task's KV memory.
    `quota_tokens` is what the tenant may hold of it; None is no bound.
    """
    room, whose = limits.kv_tokens, "a worker holds"  # OC-POOL-3022
    if quota_tokens is not None and (room is None or quota_tokens < room):
        room, whose = quota_tokens, "the tenant may need"  # OC-CORE-1057
    if room is not None and size.tokens_in + spec.max_tokens > room:
        text = "/prompt" if spec.workload == "completion" else "/inputs"
        raise invalid(
            "/max_tokens" if size.tokens_in <= room else text,
            f"About {size.tokens_in} tokens to read and {spec.max_tokens} of output exceed the KV memory "
            f"that {whose}, which is that of {room} tokens.",
            engine=engine,
            pool_id=pool_id,
        )


def check_tokens(spec: TaskSpec, limits: TokenLimits, engine: str, pool_id: str) -> None:
    """Raises INVALID_PARAMS when the task asks for more output than one task may have."""
    # OC-CORE-1021
    if spec.max_tokens > limits.max_tokens:
        raise invalid(
            "/max_tokens",
            f"One task may ask for {limits.max_tokens} tokens, not {spec.max_tokens}.",
            engine=engine,
            pool_id=pool_id,
        )
