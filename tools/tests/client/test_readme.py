"""The example of the README runs as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from orchqueue.kit import RunningServer

README = Path(__file__).parents[3] / "README.md"


def test_the_example(server: RunningServer) -> None:
    (code,) = re.findall(
        r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    code = code.replace("http://127.0.0.1:8080", server.url)
    env = {**os.environ, "ORCHQUEUE_API_KEY": "key"}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    first, text = run.stdout.split("\n", 1)
    assert first == "tasks before it: 0"
    assert len(text.split()) == 32
