"""The correlation id of a request: its own when it is fit to be echoed, else a new one."""

import re

from orchestratord.http.headers import Headers
from orchestratord.ids import random_uuid

HEADER = b"x-correlation-id"

_FIT = re.compile(rb"[\x21-\x7e]{1,128}\Z")


def correlation_id(headers: Headers) -> str:
    """The single valid `X-Correlation-Id` among the headers, else a random UUID of version 4 in lower
    case.
    """
    # OC-CTRL-2052
    values = headers.all(HEADER)
    if len(values) == 1 and _FIT.match(values[0]):
        return values[0].decode("ascii")
    return random_uuid()
