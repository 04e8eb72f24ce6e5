"""The edge: HTTP in, the service behind it, HTTP out.

It renders what the service decides and decides only on form.
"""
