"""The verdict on one file, one table or one matter: GO or NO-GO, with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One file or data set: what it holds, GO or NO-GO, and the reason with its margin."""

    name: str
    kind: str
    holds: str
    go: bool
    reason: str
