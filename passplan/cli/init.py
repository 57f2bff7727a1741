"""``passplan init``: commented templates of the files that passplan reads."""

from pathlib import Path

import click


@click.command()
@click.argument("kind", required=False, metavar="KIND")
@click.option("--list", "listed", is_flag=True, help="List the kinds of files.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(kind: str | None, listed: bool, output: Path | None, force: bool) -> None:
    """Print a commented template: KIND is scenario, weather, station or satellite.

    The template is valid as it stands, and says of every key what it means, its unit and its default.
    """
    if (kind is None) != listed:
        raise click.UsageError("name a KIND of file, or ask for --list")
    from passplan.mission.templates import TEMPLATES, template_text, write_template

    if listed:
        from passplan.report.console import table_text

        rows = [(name, template.suffix, template.purpose) for name, template in TEMPLATES.items()]
        click.echo(table_text(("kind", "file", "what it holds"), rows), nl=False)
    elif output is None:
        click.echo(template_text(str(kind)), nl=False)
    else:
        write_template(str(kind), output, force=force)
        click.echo(f"passplan: wrote {output}; `passplan check {output}` says what it is fit for", err=True)
