"""Artifacts: stored, read, left by tasks, kept within their room and over restarts."""

from orchqueue_bdd import archives, artifacts, transcripts
from orchqueue_bdd.sentences import Context, given, then, when


@when('the artifact "{name}" is stored with the content {content}')
def store(context: Context, name: str, content: str) -> None:
    artifacts.store(context.world, name, content)


@when('the artifact "{name}" is stored as an `{kind}` with the tag "{tag}" and the content {content}')
def store_tagged(context: Context, name: str, kind: str, tag: str, content: str) -> None:
    artifacts.store(context.world, name, content, kind=kind, tags=[tag])


@when('the artifact "{name}" is stored with a parent that nobody has')
def store_orphan(context: Context, name: str) -> None:
    artifacts.store(context.world, name, "{}", parent="sha256:" + "0" * 64)


@when('the artifact "{name}" is stored with the parent "{parent}" by the key "{key}"')
def store_child(context: Context, name: str, parent: str, key: str) -> None:
    artifacts.store(context.world, name, "{}", key, parent=artifacts.named(context.world, parent).id)


@given('the artifact "{name}" with the content {content}')
def require(context: Context, name: str, content: str) -> None:
    artifacts.require(context.world, name, content)


@given('the artifact "{name}" with tags, metadata and the parent "{parent}"')
def require_with_all(context: Context, name: str, parent: str) -> None:
    artifacts.require_with_all(context.world, name, parent)


@when('the artifact "{name}" is read by the key "{key}"')
def read(context: Context, name: str, key: str) -> None:
    artifacts.read(context.world, name, key)


@then("the artifact \"{name}\" has the digest of the bytes '{canonical}'")
def has_digest_of(context: Context, name: str, canonical: str) -> None:
    artifacts.has_digest_of(context.world, name, canonical)


@then('the artifact "{name}" is answered with its id, kind, tags and time')
def has_reference(context: Context, name: str) -> None:
    artifacts.has_reference(context.world, name)


@then('the artifact "{name}" is answered as a `{kind}`')
def is_of_kind(context: Context, name: str, kind: str) -> None:
    artifacts.is_of_kind(context.world, name, kind)


@then('the artifact "{name}" has the record of the artifact "{other}"')
def has_record_of(context: Context, name: str, other: str) -> None:
    artifacts.has_record_of(context.world, name, other)


@then('the artifact "{name}" is read back whole')
def is_read_whole(context: Context, name: str) -> None:
    artifacts.is_read_whole(context.world, name)


@then('the transcript of the task "{name}" holds its stream')
def holds_stream(context: Context, name: str) -> None:
    transcripts.holds_stream(context.world, name)


@then('the transcript of the task "{name}" counts what is missing and holds the rest')
def holds_rest(context: Context, name: str) -> None:
    transcripts.holds_rest(context.world, name)


@then('the transcript of the task "{name}" names the task and its job')
def names_task(context: Context, name: str) -> None:
    transcripts.names_task(context.world, name)


@then('the transcript of the task "{name}" is not there for the key "{key}"')
def is_hidden_from(context: Context, name: str, key: str) -> None:
    transcripts.is_hidden_from(context.world, name, key)


@then('the transcript of the task "{name}" is soon forgotten')
def is_soon_forgotten(context: Context, name: str) -> None:
    transcripts.is_soon_forgotten(context.world, name)


@then('the last event of the task "{name}" names no transcript')
def names_none(context: Context, name: str) -> None:
    transcripts.names_none(context.world, name)


@when('artifacts are stored by the key "{key}" until one is refused')
def fill(context: Context, key: str) -> None:
    archives.fill(context.world, key)


@when("an artifact is stored that the whole room would not hold")
def store_too_large(context: Context) -> None:
    archives.store_too_large(context.world)


@then('all artifacts that were stored are there for the key "{key}"')
def all_are_there(context: Context, key: str) -> None:
    archives.all_are_there(context.world, key)


@given("a server of its own that keeps artifacts in files")
def start_in_files(context: Context) -> None:
    archives.start_in_files(context.world)


@given('it has stored the artifact "{name}" with the content {content}')
def store_there(context: Context, name: str, content: str) -> None:
    archives.store(context.world, name, content)


@when("it is killed and started again")
def restart(context: Context) -> None:
    archives.restart(context.world)


@when('its folder is taken away and the artifact "{name}" is sent')
def send_without_folder(context: Context, name: str) -> None:
    archives.send_without_folder(context.world, name)


@then('the artifact "{name}" is stored once the folder is back')
def is_stored_once_back(context: Context, name: str) -> None:
    archives.is_stored_once_back(context.world, name)


@when("it is killed, every file in its folder is cut in half, and it is started again")
def damage(context: Context) -> None:
    archives.damage(context.world)


@when('the artifact "{name}" is read there')
def read_there(context: Context, name: str) -> None:
    archives.read(context.world, name)


@then('it still has the artifact "{name}"')
def is_still_there(context: Context, name: str) -> None:
    archives.is_still_there(context.world, name)
