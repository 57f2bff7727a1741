"""Failure probabilities of a key in words: the sums in a cell of a table, the shares by role in a line of their own."""

import re
from collections.abc import Iterable, Mapping

from passplan.qkd.key_record import KeyLength

_SHARE = re.compile(r"(\w+)_(\d+)_of_(\d+)")  # such as sampling_4_of_21: role, shares of it, shares of all


def epsilon_text(account: Mapping[str, float]) -> str:
    """Failure probabilities [1] by name in one line, those of single roles left out."""
    return ", ".join(f"{what} {value:g}" for what, value in account.items() if not _SHARE.fullmatch(what))


def roles_text(keys: Iterable[KeyLength]) -> str:
    """Lines that share out epsilon_sec [1] by role, one for all keys with the same shares; empty where none has any."""
    found: dict[str, list[str]] = {}
    for key in keys:
        matches = [match for what in key.epsilon if (match := _SHARE.fullmatch(what))]
        if matches:
            parts = ", ".join(f"{m[1].replace('_', ' ')} {m[2]} ({key.epsilon[m[0]]:.3g})" for m in matches)
            found.setdefault(f"in {matches[0][3]} equal shares: {parts}", []).append(key.proof)
    return "".join(f"epsilon sec of {', '.join(dict.fromkeys(names))} {text}\n" for text, names in found.items())
