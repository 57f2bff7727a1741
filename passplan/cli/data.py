"""``passplan data``: what is bundled, and how old it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from passplan.cli.options import catalog_option, form_of, output_options
from passplan.cli.verdicts import hand_out_verdicts


@click.group("data")
def command() -> None:
    """Look at the data that passplan carries."""


@command.command()
@catalog_option
@output_options
def status(catalog: Path | None, **options: Any) -> None:
    """List the catalogue's files, the Earth-orientation table and the ephemeris, with their age against now."""
    form = form_of(options)
    from passplan.mission.catalog import open_catalog
    from passplan.mission.status import data_status

    hand_out_verdicts(data_status(open_catalog(catalog), now=datetime.now(UTC)), form)
