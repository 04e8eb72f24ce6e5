"""What an apply left that was cut off, and how it is put right."""

from pathlib import Path

from orchestratord.core.errors import ConfigurationError
from orchestratord.flow.facts import Facts, Tell, facts_path
from orchestratord.flow.journal import BusyError, Journal, digest, hold, journal_path, put_back


def recover_at_start(config: Path, tell: Tell) -> None:
    """Put right what an apply to the file left, before it is read; one that still runs is left alone.

    Raises ConfigurationError when that cannot be done.
    """
    config = config.resolve()  # whatever link leads to it, the journal is beside the file
    if not journal_path(config).exists():
        return
    try:
        with hold(config) as journal:
            recover(config, journal, tell)
    except BusyError:
        return
    except OSError as error:
        problem = f"{config}: an apply was cut off, and its file cannot be put back ({error.strerror})"
        raise ConfigurationError([problem]) from None


def recover(config: Path, journal: Journal, tell: Tell) -> None:
    """Put right what an apply left whose journal is held now. Raises OSError."""
    # OC-FLOW-6106
    record = journal.read()
    if record is None:
        journal.clear()
        return
    now = config.read_bytes() if config.exists() else None
    step = "write" if now is not None and digest(now) == record.digest_after else "keep"
    facts = Facts(config, record.correlation_id, tell)
    facts.keep_in(facts_path(config))
    try:
        back = put_back(config, record)
        facts.add("apply.recovered", step=step, restored=back)
        journal.clear()
    finally:
        facts.close()
