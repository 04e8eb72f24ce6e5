"""The models that a server knows: what was registered of each, in which state it is, and what follows from
that.

Where they are kept is the store's, when something is asked the service's.
"""
