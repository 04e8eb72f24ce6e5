"""Pact's library tells nobody that it is used: it looks for this when it is loaded."""

import os

os.environ["PACT_DO_NOT_TRACK"] = "true"
