"""A place outside the specs that names a requirement, whatever kind of file it stands in."""

from typing import Literal, NamedTuple

from orchqueue.spec import Place

Kind = Literal["scenario", "test", "literal", "code"]


class Citation(NamedTuple):
    """One naming of a requirement.

    `kind`: a `scenario` tagged with the ID, a `test` marked with it, a `literal` in the code of a check, or
    `code` that cites it. `name` is the scenario's or test's name. `check` is the check kind that a mark
    gives, `pin` the revision that a tag gives; both empty where there is none.
    """

    id: str
    place: Place
    kind: Kind
    name: str = ""
    check: str = ""
    pin: str = ""
