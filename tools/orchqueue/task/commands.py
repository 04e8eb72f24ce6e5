"""The command line of `orchqueue task`. It reads arguments, follows one task, and tells what it came to."""

import asyncio
import json
import sys
from typing import Any

import click
from pydantic import ValidationError

from orchqueue.client import AddressError, AsyncClient, ClientError, completion
from orchqueue.task import words
from orchqueue.task.choice import choose
from orchqueue.task.course import Course
from orchqueue.task.follow import follow
from orchqueue.task.view import View
from orchqueue_contract.models import CompletionRequest

API_KEY, URL = "ORCHQUEUE_API_KEY", "ORCHQUEUE_URL"
DEFAULT_URL = "http://127.0.0.1:8080"


@click.command()
@click.argument("prompt")
@click.option("--url", envvar=URL, default=DEFAULT_URL, show_default=True, help=f"The server's; or {URL}.")
@click.option("--api-key", envvar=API_KEY, help=f"Its key; better given as {API_KEY}.")
@click.option("--model", help="The model's name; by default the first that the server tells of.")
@click.option("--engine", type=click.Choice(["llamacpp", "vllm", "tgi", "triton"]), help="Likewise.")
@click.option("--max-tokens", default=256, show_default=True, help="So many tokens at most.")
@click.option(
    "--priority", type=click.Choice(["interactive", "batch"]), default="interactive", show_default=True
)
@click.option("--deadline-ms", default=600_000, show_default=True, help="It has to end within this.")
@click.option("--max-queue-ms", type=int, help="Be refused rather than wait longer than this.")
@click.option("--ctx", default=0, show_default=True, help="Size of the context; 0 is the model's own.")
@click.option("--seed", type=int, help="Of the sampler; by default drawn from the task id.")
@click.option("--sampler-profile", "sampler_profile_version", metavar="NAME", help="One of the server's.")
@click.option("--strict", is_flag=True, help="Equal inputs have to give equal tokens.")
@click.option("--session", "session_id", metavar="UUID", help="Go on in this session.")
@click.option("--task-id", metavar="UUID", help="Submit under this id; once more, it reads the same task.")
@click.option("--wait", is_flag=True, help="When there is no room, come back when the server says.")
@click.option("--json", "as_json", is_flag=True, help="Print one object in the end, and no text before.")
def task(
    *,
    prompt: str,
    url: str,
    api_key: str | None,
    model: str | None,
    engine: str | None,
    strict: bool,
    wait: bool,
    as_json: bool,
    **fields: Any,
) -> None:
    """Run one completion and print its tokens as they come. A PROMPT of - is read from standard input.

    Ctrl-C cancels the task. Exits 0 when the task ended of itself, 1 when it was refused, failed or was
    cancelled, 2 when that could not be learnt.
    """
    fields["determinism"] = "strict" if strict else None
    request = _request(_words(prompt), model, engine, fields)
    view = _view(as_json=as_json)
    try:
        client = AsyncClient(url, api_key)
    except AddressError as error:
        raise click.UsageError(str(error)) from error
    course = Course(request)
    try:
        asyncio.run(_run(client, course, view, engine, model, wait=wait))
    except ClientError as error:
        course.fault = error
    except KeyboardInterrupt:
        course.interrupted = True
    for note in words.ended(course):
        view.note(*note)
    if as_json:
        click.echo(json.dumps(course.to_json(), ensure_ascii=False, indent=2))
    sys.exit(course.exit_code)


async def _run(
    client: AsyncClient, course: Course, view: View, engine: str | None, model: str | None, *, wait: bool
) -> None:
    async with client:
        engine, model = await choose(client, engine, model)
        course.request = course.request.model_copy(update={"engine": engine, "model_ref": model})
        await follow(client, course, view, wait=wait)


def _words(prompt: str) -> str:
    if prompt != "-":
        return prompt
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"standard input is not UTF-8: {error}") from error


def _request(prompt: str, model: str | None, engine: str | None, fields: dict[str, Any]) -> CompletionRequest:
    try:
        return completion(prompt, model_ref=model or "any", engine=engine or "llamacpp", **fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "/".join(str(part) for part in first["loc"])
        raise click.UsageError(f"{name} cannot be {first['input']!r}: {first['msg']}") from error


def _view(*, as_json: bool) -> View:
    """Choose where things are written; tokens go out unbuffered, so that nothing is left in a buffer."""
    out = sys.stdout.buffer
    encoding = (sys.stdout.encoding or "utf-8") if out.isatty() else None
    return View(None if as_json else getattr(out, "raw", out), sys.stderr, encoding=encoding)
