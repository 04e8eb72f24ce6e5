"""The garbage collector, held while a large structure is built that is kept whole.

Reading specs makes hundreds of thousands of objects and hardly a cycle; looking through them again and again
takes as long as reading.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_held() -> Iterator[None]:
    """Hold the collector for a while, and leave it as it was."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
