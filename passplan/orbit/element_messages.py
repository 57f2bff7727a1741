"""Mean-elements messages in the two forms of the standard itself: key = value, and XML."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from passplan.orbit.omm import KEYS, NUMBER_KEYS, Message

_KEY = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_NO_VALUE = ("COMMENT", "META_START", "META_STOP", "DATA_START", "DATA_STOP")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MESSAGE_START = re.compile(r"<(?:[\w.-]+:)?omm(?:\s[^>]*)?>")
_MESSAGE_END = re.compile(r"</(?:[\w.-]+:)?omm\s*>")
_PREFIX = re.compile(r"(</?)[\w.-]+:(?=[\w.-]+[\s>/])")
_ROOT = re.compile(r"<((?:[\w.-]+:)?ndm)[\s>]")


def is_key_value(line: str) -> bool:
    """Whether a line is one of a key-value message."""
    return line.strip().split(" ")[0] in _NO_VALUE or _split(line)[0] != ""


def kvn_messages(lines: list[str]) -> Iterator[Message]:
    """Messages of a text of ``KEY = value [unit]``; each begins with CCSDS_OMM_VERS, or else with its OBJECT_NAME."""
    message: Message | None = None
    for number, line in enumerate(lines, start=1):
        key, value = _split(line)
        if not key and (not line.strip() or line.startswith("#") or line.lstrip().startswith(_NO_VALUE)):
            continue
        again = key == "OBJECT_NAME" and message is not None and "OBJECT_NAME" in message.fields
        if message is None or key == "CCSDS_OMM_VERS" or again:
            if message is not None:
                yield message
            message = Message(number)
        if not key:
            message.faults.append((number, f"the line is {line.strip()[:24]!r}, must be KEY = value"))
            continue
        if key in NUMBER_KEYS and value.endswith("]"):
            value, _, unit = value[:-1].partition("[")
            message.units[key] = unit.strip()
        if key in KEYS:
            message.add(key, value, number)
    if message is not None:
        yield message


def _split(line: str) -> tuple[str, str]:
    """Key and value of a line; the key is empty if the line has another form."""
    key, mark, value = line.partition("=")
    key = key.strip()
    return (key, value.strip()) if mark and (key in KEYS or _KEY.fullmatch(key)) else ("", "")


def xml_messages(text: str) -> Iterator[Message]:
    """Messages of an XML text, a single ``<omm>`` or many in an ``<ndm>``.

    Each ``<omm>`` is cut out and parsed by itself, so that a broken one spoils no other; no declaration of entities
    ever reaches the parser.
    """
    text = _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text)
    starts = list(_MESSAGE_START.finditer(text))
    ends = [*(match.start() for match in starts[1:]), len(text)][: len(starts)]
    line, counted = 1, 0
    for start, end in zip(starts, ends, strict=True):
        line += text.count("\n", counted, start.start())
        counted = start.start()
        close = _MESSAGE_END.search(text, start.end(), end)
        if close is None:
            yield Message(line, faults=[(line, "the message has no end </omm>: it is cut short or not closed")])
            continue
        body = text[start.end() : close.start()]
        body = _PREFIX.sub(r"\1", body) if ":" in start.group().split()[0] else body
        yield _xml_message(body, line + start.group().count("\n"))
    root = _ROOT.search(text)
    if root and not re.search(f"</{re.escape(root.group(1))}\\s*>", text):
        last = 1 + text.count("\n")
        yield Message(last, faults=[(last, f"the list has no end </{root.group(1)}>: the file is cut short")])


def _xml_message(body: str, line: int) -> Message:
    message = Message(line)
    try:
        tree = ElementTree.fromstring(f"<omm>{body}</omm>".encode("utf-8", "replace"))
    except ElementTree.ParseError as error:
        row, column = error.position
        reason = f"the message is no XML: {str(error).split(':')[0]} at column {column + 1}"
        message.faults.append((line + row - 1, reason))
        return message
    for element in tree.iter():
        if element.tag in KEYS:
            message.add(element.tag, (element.text or "").strip(), line)
            if "units" in element.attrib:
                message.units[element.tag] = element.attrib["units"]
    return message
