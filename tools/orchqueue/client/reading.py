"""From bytes to the contract's models, and from refusals to typed errors.

Members that the contract does not list are kept, since a server of a later minor version may add them.
"""

from typing import TypeVar

from pydantic import ValidationError

from orchqueue.client.errors import BusyError, ContractError, KeyRefusedError, RefusedError, UnreachableError
from orchqueue.client.transport import Answer, media_type
from orchqueue_contract._model import ContractModel
from orchqueue_contract.models import ErrorEnvelope

_GATEWAY = {502, 503, 504}
Model = TypeVar("Model", bound=ContractModel)


def parse(model: type[Model], text: str | bytes, where: str) -> Model:
    """Read JSON into a model; `where` names it in the ContractError that is raised when it does not fit."""
    try:
        return model.model_validate_json(text, extra="allow")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at = "".join(f"/{part}" for part in first["loc"])
        raise ContractError(
            f"{where} is no {model.__name__}: {first['msg']}{f' at {at}' if at else ''}"
        ) from error


def refusal(answer: Answer, asked: str) -> RefusedError | ContractError | UnreachableError:
    """Return what an answer other than the ones asked for comes to; `asked` is the method and the path."""
    media = media_type(answer.headers)
    if answer.status < 400 or media != "application/json":
        if answer.status in _GATEWAY:
            return UnreachableError(f"{asked} was answered {answer.status} by what stands before the server")
        what = f"{answer.status}, {media or 'without a content type'}"
        return ContractError(f"{asked} was answered by {what}; is this an OrchQueue server?")
    try:
        envelope = parse(ErrorEnvelope, answer.body, f"the answer {answer.status} to {asked}")
    except ContractError as error:
        return error
    if answer.status == 401 or envelope.code == "FORBIDDEN":
        return KeyRefusedError(answer.status, envelope)
    if answer.status in {429, 503}:
        return BusyError(answer.status, envelope)
    return RefusedError(answer.status, envelope)
