"""A campaign from its scenario file to its document: plan, simulate, compare; and a plan that stands, read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from passplan.mission.campaign import Progress, Shard, drop_other_files, flights_of, kept_calibrations, simulate_all
from passplan.mission.campaign_former import Former
from passplan.mission.campaign_plan import CampaignPlan, Tell, plan_campaign, prospect_of
from passplan.mission.catalog import Catalog
from passplan.mission.plan_document import plan_document
from passplan.mission.plan_record import keeping_plans
from passplan.mission.scenario_files import Loaded
from passplan.mission.task_store import TaskStore, fingerprint


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CampaignResult:
    """What a campaign left.

    found : its plan
    outcomes : of every contact that was to be simulated, by the id of its pass; None: not done yet
    document : of all, ready for JSON
    """

    found: CampaignPlan
    outcomes: Mapping[str, dict[str, Any] | None]
    document: dict[str, Any]

    @property
    def is_whole(self) -> bool:
        """Whether everything that was to be simulated is."""
        return all(outcome is not None for outcome in self.outcomes.values())


def run_campaign(
    loaded: Loaded,
    catalog: Catalog,
    store: TaskStore,
    *,
    jobs: int = 1,
    shard: Shard | None = None,
    former: Former | None = None,
    tell: Tell = lambda text: None,
    progress: Progress = lambda done, of: None,
) -> CampaignResult:
    """Plan a campaign and simulate what it flies, with the records in a store.

    Parameters
    ----------
    loaded : Loaded
        The scenario.
    catalog : Catalog
        Its satellites and stations.
    store : TaskStore
        Records of tasks; what is done already is not done again.
    jobs : int
        Processes, >= 1; the result does not depend on it.
    shard : Shard, optional
        The part of the passes that is simulated here.
    former : Former, optional
        A plan that stands.
    tell, progress : callable
        Told what is done next, and how many passes are simulated.

    Raises
    ------
    PassplanError
        As planning and the stages do. A pass that fails does not stop the others: its outcome says why.
    """
    calibrations = partial(kept_calibrations, store, _calibration_inputs(loaded))
    prospect = prospect_of(loaded, catalog, jobs=jobs, tell=tell, kept=calibrations)
    aim = loaded.scenario.objective
    settings = {"time_limit_s": aim.time_limit_s, "gap": aim.gap}
    kept = partial(keeping_plans, store, settings=settings)
    found = plan_campaign(prospect, former=former, tell=tell, kept=kept)
    flights = flights_of(found, store.folder)
    drop_other_files(flights, store.folder)
    tell(f"simulating {len(flights)} passes")
    outcomes = simulate_all(flights, store, jobs=jobs, shard=shard, progress=progress)
    document = {**plan_document(found), "simulated": outcomes, "accuracy": accuracy_of(found, outcomes)}
    return CampaignResult(found=found, outcomes=outcomes, document=document)


def accuracy_of(found: CampaignPlan, outcomes: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """Planned keys beside simulated ones, of passes that made key in both; None if there are none.

    The ratio is simulated over planned [1]: of the sums, its mean and its standard deviation over the passes.
    """
    planned = {contact.window.contact: contact.window.key_bits for contact in found.plan.timetable.contacts}
    done = {
        name: (planned[name], float(outcome["secret_bits"]))
        for name, outcome in outcomes.items()
        if outcome is not None and outcome["fault"] is None and outcome["secret_bits"] > 0
    }
    if not done:
        return None
    bits = np.array(list(done.values()))
    ratios = bits[:, 1] / bits[:, 0]
    return {
        "passes": len(done),
        "planned_bits": float(bits[:, 0].sum()),
        "simulated_bits": float(bits[:, 1].sum()),
        "ratio_of_sums": float(bits[:, 1].sum() / bits[:, 0].sum()),
        "ratio_mean": float(ratios.mean()),
        "ratio_std": float(ratios.std(ddof=1)) if len(done) > 1 else None,
    }


def _calibration_inputs(loaded: Loaded) -> dict[str, Any]:
    """All that the calibrations depend on: the scenario's own file counts with the tables that matter to them."""
    scenario = loaded.scenario
    hashes = {Path(path).name: digest for path, digest in loaded.hashes().items() if Path(path) != loaded.path}
    return {
        "passplan_version": version("passplan"),
        "files": hashes,
        "tables": fingerprint((scenario.campaign, scenario.passes, scenario.link, scenario.key)),
    }
