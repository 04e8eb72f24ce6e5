"""Whether a server gives equal tokens for equal inputs: a corpus of seeds, and a suite that compares streams
byte by byte.
"""

from orchqueue.determinism.corpus import CORPUS, Case
from orchqueue.determinism.suite import Difference, Outcome, Served, Suite, differences

__all__ = ["CORPUS", "Case", "Difference", "Outcome", "Served", "Suite", "differences"]
