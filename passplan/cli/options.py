"""Options that several commands share, and the one way in which a command hands out its data."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, TypeVar

import click

from passplan.errors import InputError

Command = TypeVar("Command", bound=Callable[..., Any])

SEED = 20161219  # printed with every result; any other number is as good


def chain(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """One decorator of several, whose options stand in the help in this order."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


catalog_option = click.option(
    "--catalog",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with tle/ and stations/ that adds to the bundled catalogue.",
)


class Number(click.ParamType):
    """A finite number within limits; what is outside is bad input, told with the option's name and unit."""

    name = "number"

    def __init__(self, low: float, high: float, unit: str, *, open_low: bool = False) -> None:
        self.low, self.high, self.unit, self.open_low = low, high, unit, open_low

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Number of a text."""
        try:
            number = float(value)
        except ValueError:
            self.fail(f"{value!r} is not a number", param, ctx)
        good = self.low < number <= self.high if self.open_low else self.low <= number <= self.high
        if not good:
            bracket = "(" if self.open_low else "["
            option = param.opts[0] if param else "the value"
            raise InputError(f"{option} is {value}, must lie in {bracket}{self.low:g}, {self.high:g}] {self.unit}")
        return number


class Span(click.ParamType):
    """Two times START:STOP in seconds, the second after the first, which is not negative."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """Both numbers of a text."""
        try:
            start, stop = map(float, value.split(":"))
        except ValueError:
            self.fail(f"{value!r} is not START:STOP in seconds, as 120:150.5", param, ctx)
        if not 0.0 <= start < stop < inf:
            option = param.opts[0] if param else "the value"
            raise InputError(f"{option} is {value}, must be START:STOP [s] with 0 <= START < STOP, as 120:150.5")
        return start, stop


limit_options = chain(
    click.option(
        "--min-elevation", type=Number(0.0, 89.9, "deg"), default=10.0, show_default=True, metavar="DEG",
        help="Lowest elevation.",
    ),
    click.option(
        "--max-age-days", type=Number(0.0, 1e5, "d", open_low=True), default=30.0, show_default=True, metavar="DAYS",
        help="Refuse element sets that are further from the pass.",
    ),
)  # fmt: skip

sun_option = click.option(
    "--max-sun-elevation", type=Number(-90.0, 90.0, "deg"), default=-12.0, show_default=True, metavar="DEG",
    help="Dark means the Sun at the station below this at culmination.",
)  # fmt: skip

pass_options = chain(
    click.argument("what", nargs=-1, required=True, metavar="PASS | SATELLITE STATION"),
    click.option("--night", metavar="DATE", help="Evening of the night, as 2016-12-19, with SATELLITE STATION."),
    limit_options,
    sun_option,
    catalog_option,
)

seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="Seed of all random draws."
)

run_options = chain(
    seed_option,
    click.option(
        "--disturbance",
        metavar="NAME|FILE",
        help="Vibration of the satellite: 'olympus', 'catalogue' (its file's own), or a CSV file of a spectrum.",
    ),
    click.option(
        "--visibility-km", type=Number(1.0, 300.0, "km"), metavar="KM", help="Visibility reduced to sea level."
    ),
    click.option(
        "--max-range-km", type=Number(0.0, 1e6, "km", open_low=True), metavar="KM",
        help="Key window: seconds with a range up to this.",
    ),
    click.option(
        "--cloud", type=Span(), multiple=True, metavar="START:STOP",
        help="A cloud hides both beacons from START to STOP, in seconds from the first second of the pass; repeatable.",
    ),
    click.option("--proof", metavar="NAME", help="Proof whose length stands as the key; by default the mission's."),
)  # fmt: skip

output_options = chain(
    click.option("--json", "as_json", is_flag=True, help="One JSON document with all digits."),
    click.option("--csv", "as_csv", is_flag=True, help="Comma separated values."),
    click.option("--ecsv", "as_ecsv", is_flag=True, help="ECSV: CSV with units in its header."),
    click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write to a file; the suffix chooses the form.",
    ),
    click.option("--quiet", is_flag=True, help="No remarks on stderr."),
    click.option("-v", "--verbose", is_flag=True, help="More remarks on stderr."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """In which form, and where to, a command hands out its data."""

    as_json: bool
    as_csv: bool
    as_ecsv: bool
    output: Path | None
    quiet: bool
    verbose: bool

    def __post_init__(self) -> None:
        if self.as_json + self.as_csv + self.as_ecsv > 1:
            raise click.UsageError("choose one of --json, --csv and --ecsv")
        if self.output is not None and (self.as_json or self.as_csv or self.as_ecsv):
            raise click.UsageError("the suffix of -o FILE chooses the form; leave out --json, --csv and --ecsv")
        if self.output is not None and not self.output.parent.is_dir():
            raise InputError(f"{self.output}: cannot be written: there is no folder {self.output.parent}")

    @property
    def is_table(self) -> bool:
        """Whether a human reads the answer."""
        return self.output is None and not (self.as_json or self.as_csv or self.as_ecsv)

    @property
    def is_json(self) -> bool:
        """Whether the answer is a JSON document."""
        return self.as_json or (self.output is not None and self.output.suffix.lower() == ".json")

    def allow(self, *suffixes: str) -> None:
        """Refuse an -o FILE whose suffix is none of these, before any work is spent on it."""
        if self.output is not None and self.output.suffix.lower() not in suffixes:
            shown = self.output.suffix or "absent"
            raise click.UsageError(f"-o {self.output}: the suffix is {shown}, must be one of {', '.join(suffixes)}")

    def remark(self, text: str) -> None:
        """Say something on stderr, unless told to be quiet."""
        if not self.quiet:
            click.echo(f"passplan: {text}", err=True)

    def detail(self, text: str) -> None:
        """Say something on stderr when asked to be verbose."""
        if self.verbose and not self.quiet:
            click.echo(f"passplan: {text}", err=True)


def form_of(options: dict[str, Any]) -> Form:
    """Take the output options out of a command's options."""
    names = ("as_json", "as_csv", "as_ecsv", "output", "quiet", "verbose")
    return Form(**{name: options.pop(name) for name in names})
