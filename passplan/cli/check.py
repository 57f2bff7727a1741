"""``passplan check``: is a file fit to fly with?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from passplan.cli.options import form_of, output_options
from passplan.cli.verdicts import hand_out_checks


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--at", metavar="TIME", help="Instant for which element sets must be fresh, ISO 8601 with Z; else now.")
@click.option("--max-age-days", type=click.FloatRange(0.0, min_open=True), default=30.0, show_default=True)
@output_options
def command(files: tuple[Path, ...], at: str | None, max_age_days: float, **options: Any) -> int:
    """Check payload, station and element files: validity, age, GO or NO-GO with the reason and the margin.

    Element files may be two-line sets or OMM in JSON, CSV, XML or KVN. Below the file stand its faults and the objects
    that are NO-GO, with -v all objects. Exit code 3 when a file is faulty, 1 when one is valid but NO-GO.
    """
    form = form_of(options)
    from passplan.mission.status import check_file
    from passplan.units import parse_utc

    now = parse_utc(at, what="--at") if at else datetime.now(UTC)
    checks = [check_file(path, now=now, max_age_days=max_age_days) for path in files]
    hand_out_checks(checks, form)
    if any(check.verdict.kind == "faulty" for check in checks):
        return 3
    return 0 if all(check.verdict.go for check in checks) else 1
