"""The program ``passplan``: commands are loaded when they are called, so that the help is instant."""

import importlib
import os
import sys
from collections.abc import Sequence

import click

from passplan.errors import PassplanError

COMMANDS = {
    "apt": "Tracking loops: margins, error budget and gains of a design.",
    "campaign": "Find, plan and simulate all passes of a scenario.",
    "check": "Check catalogue files: validity, ages, GO or NO-GO with the reason.",
    "data": "What is there, and how old it is; add to it, refresh it.",
    "demo": "A worked night, offline: Micius over Xinglong on 2016-12-19.",
    "export": "Passes for other programs: calendar, ephemeris, scene, table.",
    "fit": "Visibility, loss, background and error of a measured pass.",
    "init": "Commented templates: campaign, weather, station, satellite.",
    "key": "Counts, error rate and key length under each proof.",
    "link": "Loss terms of a pass against time.",
    "passes": "Passes of satellites over stations, with geometry and light.",
    "plan": "The best timetable of a scenario, and why other passes are not in it.",
    "polar": "Rotation, wave-plate command and contrast of a pass.",
    "simulate": "One pass from track to key: table, report, plots.",
    "track": "Acquisition, coarse and fine loops along a pass.",
    "validate": "Published passes beside simulated ones, with their bands.",
}


INTERNAL_FAULT = 70  # EX_SOFTWARE of sysexits.h: neither the input nor the search is to blame


class LazyCommands(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"passplan.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"passplan {version('passplan')}")
        ctx.exit()


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="PASS is an id such as micius/xinglong/20161219T165213Z, or a beginning of it that is unique.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
def cli() -> None:
    """From an element set to the key: plan and simulate satellite QKD passes.

    Data goes to stdout, all else to stderr. Exit codes: 0 done, 1 nothing found, 2 usage, 3 bad input, 130 interrupted.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code: 0 done, 1 nothing found, 2 usage, 3 bad input, 130 interrupted."""
    try:
        words, caller = (None, "program") if argv is None else (list(argv), "call")
        outcome = cli.main(args=words, prog_name="passplan", standalone_mode=False, obj=caller)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return error.exit_code
    except PassplanError as error:
        print(f"passplan: {error}", file=sys.stderr)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        print("passplan: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        if os.environ.get("PASSPLAN_TRACEBACK"):
            raise
        print(
            f"passplan: a fault of its own: {type(error).__name__}: {error} (PASSPLAN_TRACEBACK=1 shows where)",
            file=sys.stderr,
        )
        return INTERNAL_FAULT
    return outcome if isinstance(outcome, int) else 0
