"""The orchestrator's decisions: what is admitted, placed, retried and ended, and what is promised.

No I/O, no clock, no chance.

Time comes in as milliseconds, randomness as numbers from 0 to 1; what follows from a decision goes out as a
value.
"""
