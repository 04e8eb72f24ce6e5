"""Contracts in, the package `orchqueue_contract` out. What a contract says is decided in the specs."""
