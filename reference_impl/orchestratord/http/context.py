"""What the edge knows of a request before its operation is called."""

from collections.abc import Callable

from msgspec import Struct

from orchestratord.http.keys import Key

SCOPE_KEY = "orchestratord.context"
REQUEST_ID = "orchestratord.request-id"
HEAD_TOO_LARGE = "orchestratord.head-too-large"
HANG_UP = "orchestratord.hang-up"
EXCHANGE = "orchestratord.exchange"


class RequestContext(Struct, frozen=True):
    """`key` is None on routes that need none; `accept` is the Accept header as it came. `push` sends a piece
    of a stream at once, where the connection can (`Exchange.push`).
    """

    correlation_id: str
    key: Key | None
    accept: str
    push: Callable[[bytes], bool] | None = None
