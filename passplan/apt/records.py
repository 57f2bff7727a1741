"""Records that the tracking loop reads and writes: settings, and what it remembers between two turns."""

from typing import Any

import numpy as np

# Angles on the sky [urad], times in steps of the simulation, unless the name says otherwise.
_SETTINGS = (
    "step_s", "per_step", "steps", "turn_steps", "stride",
    "node_steps", "per_node", "shake_steps", "per_shake", "renew_steps", "scan_steps", "coast_steps",
    "confirm_frames", "lost_frames", "dwell_frames", "half_range", "half_stroke", "narrowness",
    "g_position_position", "g_position_rate", "g_rate_position", "g_rate_rate",  # gimbal: one step of its servo
    "near_urad", "lead_s", "reach_s", "rate_limit", "acceleration_limit", "encoder",
    "breakaway", "coulomb", "per_stribeck", "viscous_share",  # friction over inertia [urad/s^2]; see kernel.gimbal_step
    "m_position_position", "m_position_rate", "m_rate_position", "m_rate_rate",  # mirror: one step of its servo
    "slew_step", "direct", "coupling",
)  # fmt: skip
_FLAGS = ("offloads", "unstable", "spotted", "searches_anew")
_INDICES = ("which", "row", "state", "node", "shake_index", "sample", "scan_index", "scan_first", "scan_end")
_TIMES = (
    "k", "node_at", "shake_at", "sample_at", "open_at", "search_at", "renew_at", "scan_at", "late_at", "left_at",
    "count", "beacon", "torque_x", "torque_y", "cosine", "cosine_step", "swing",
)  # fmt: skip
_VECTORS = (
    "drift", "drift_step", "shake", "shake_step", "offset", "offset_step", "carried", "carried_step",
    "wanted", "lowest", "highest", "electrons", "set_point", "set_point_step", "aim", "target", "centre", "seen",
    "rest",
    "gimbal", "gimbal_rate", "mirror", "mirror_rate", "coarse_sum", "fine_sum",
)  # fmt: skip

TERMINAL = np.dtype(
    [(name, np.complex128) for name in _VECTORS]
    + [(name, float) for name in (*_SETTINGS, *_TIMES)]
    + [(name, np.int64) for name in _INDICES]
    + [(name, np.bool_) for name in _FLAGS],
    align=True,  # a number across two lines of the processor's cache takes several times as long
)

# Of an exposure: when it ends, starts and is heard; which frame is under way and which is heard next; its limits, and
# the terms of its noise: photon / N + pixel / N^2 + floor2 [urad^2] for N electrons.
CAMERA = np.dtype(
    [
        (name, float)
        for name in (
            "period", "exposure", "end_at", "start_at", "act_at", "began",
            "half_field", "photon", "pixel", "floor2", "least", "most",
        )
    ]
    + [("index", np.int64), ("heard", np.int64)]
)  # fmt: skip


def record(kind: np.dtype[Any], **values: complex) -> Any:
    """Record of a kind, with its fields as attributes here and in the compiled loop; what is not given is zero."""
    row = np.zeros(1, dtype=kind).view(np.recarray)
    for name, value in values.items():
        row[name] = value
    return row[0]
