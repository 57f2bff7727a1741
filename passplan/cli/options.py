"""Options that several commands share, and the one way in which a command hands out its data."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

SEED = 20161219  # printed with every result; any other number is as good


def _chain(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
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

limit_options = _chain(
    click.option(
        "--min-elevation",
        type=click.FloatRange(0.0, 90.0, max_open=True),
        default=10.0,
        show_default=True,
        metavar="DEG",
    ),
    click.option(
        "--max-age-days",
        type=click.FloatRange(0.0, min_open=True),
        default=30.0,
        show_default=True,
        help="Refuse element sets that are further from the pass.",
    ),
)

pass_options = _chain(
    click.argument("what", nargs=-1, required=True, metavar="PASS | SATELLITE STATION"),
    click.option("--night", metavar="DATE", help="Evening of the night, as 2016-12-19, with SATELLITE STATION."),
    limit_options,
    catalog_option,
)

run_options = _chain(
    click.option("--seed", type=int, default=SEED, show_default=True, help="Seed of all random draws."),
    click.option(
        "--disturbance",
        metavar="NAME|FILE",
        help="Vibration of the satellite: 'olympus', 'catalogue' (its file's own), or a CSV file of a spectrum.",
    ),
    click.option(
        "--visibility-km", type=click.FloatRange(0.0, min_open=True), help="Visibility reduced to sea level [km]."
    ),
    click.option(
        "--max-range-km", type=click.FloatRange(0.0, min_open=True), help="Key window: seconds with a range up to this."
    ),
    click.option("--proof", metavar="NAME", help="Proof whose length stands as the key; by default the mission's."),
)

output_options = _chain(
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
