"""Fresh ids."""

import os


def random_uuid() -> str:
    """A random UUID (RFC 9562, version 4) in lower case. Each request needs two of them, and `uuid.uuid4`
    takes three times as long to come to its text.
    """
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
