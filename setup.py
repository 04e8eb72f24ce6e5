"""The parts of the build that pyproject.toml cannot say: the C extension, which may be missing where there is
no compiler.
"""

from pathlib import Path

from setuptools import Extension, setup

SOURCES = Path("reference_impl/orchestratord/core/_queue/_c")

setup(
    ext_modules=[
        Extension(
            "orchestratord.core._queue._fast",
            sources=sorted(str(path) for path in SOURCES.glob("*.c")),
            depends=sorted(str(path) for path in SOURCES.glob("*.h")),
            extra_compile_args=["-std=c11", "-O3", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"],
            optional=True,  # its Python twin gives the same answers
        )
    ]
)
