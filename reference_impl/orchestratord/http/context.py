"""What the edge knows of a request before its operation is called."""

from msgspec import Struct

from orchestratord.http.keys import Key

SCOPE_KEY = "orchestratord.context"
REQUEST_ID = "orchestratord.request-id"
HEAD_TOO_LARGE = "orchestratord.head-too-large"
HANG_UP = "orchestratord.hang-up"
EXCHANGE = "orchestratord.exchange"


class RequestContext(Struct, frozen=True):
    """`key` is None on routes that need none; `accept` is the Accept header as it came."""

    correlation_id: str
    key: Key | None
    accept: str
