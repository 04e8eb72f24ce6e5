"""Decisions about workers and pools: where a worker stands, when it is tried again, and when no more.

Processes, connections and clocks are the service's.
"""
