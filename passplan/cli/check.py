"""``passplan check``: is a file fit to fly with?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from passplan.cli.options import catalog_option, form_of, output_options
from passplan.cli.verdicts import hand_out_checks


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--at", metavar="TIME", help="Instant for which element sets must be fresh, ISO 8601 with Z; else now.")
@click.option("--max-age-days", type=click.FloatRange(0.0, min_open=True), default=30.0, show_default=True)
@catalog_option
@output_options
def command(files: tuple[Path, ...], at: str | None, max_age_days: float, catalog: Path | None, **options: Any) -> int:
    """Check scenario, payload, station and element files: validity, GO or NO-GO with the reason and the margin.

    Element files may be two-line sets or OMM in JSON, CSV, XML or KVN. Below the file stand its faults and the objects
    that are NO-GO, with -v all objects. A campaign's scenario has its own dates and limit of age; below it stands each
    matter: element sets, darkness and hours of each station, classical channel, weather, passes. Exit code 3 when a
    file is faulty, 1 when one is valid but NO-GO.
    """
    form = form_of(options)
    from passplan.mission.catalog import open_catalog
    from passplan.mission.status import check_file
    from passplan.units import parse_utc

    now = parse_utc(at, what="--at") if at else datetime.now(UTC)
    opened = open_catalog(catalog)
    checks = [check_file(path, now=now, max_age_days=max_age_days, catalog=opened) for path in files]
    hand_out_checks(checks, form)
    if any(check.verdict.kind == "faulty" for check in checks):
        return 3
    return 0 if all(check.verdict.go for check in checks) else 1
