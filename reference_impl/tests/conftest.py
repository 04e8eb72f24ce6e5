"""What all tests of the server share: properties are judged by what they find, not by their speed."""

from hypothesis import settings

settings.register_profile("server", deadline=None, derandomize=True)
settings.load_profile("server")
