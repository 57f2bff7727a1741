"""House rule: the figures that the README prints are those of the code, to the printed digit."""

import re

from passplan.mission.summary import summary
from passplan.report.rows import sections


def printed_figures(readme):
    """Quantity and simulated value of each row of the README's table of the worked night."""
    table = readme.split("## The worked night beside the paper")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    return [(row[0], row[2]) for row in rows if len(row) == 4 and not re.fullmatch(r"[-: ]+|simulated", row[2])]


def test_the_readmes_figures_are_those_of_the_demo(checkout, reference):
    figures = printed_figures((checkout / "README.md").read_text(encoding="utf-8"))
    simulated = {row.quantity.strip(): row.simulated for block in sections(summary(reference)) for row in block.rows}
    assert len(figures) >= 20
    for quantity, value in figures:
        assert simulated[quantity] == value, quantity
