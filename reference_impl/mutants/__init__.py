"""Reference servers that are wrong on purpose, one small module each; never shipped.

A module's first line says what is wrong, `REQUIREMENTS` names whose checks must catch it, and
`plant(patch)` breaks one thing of the server with the `Patch` of `_planting`. Files that begin with `_` are
what starts them.
"""
