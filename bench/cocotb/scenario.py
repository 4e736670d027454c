"""The scenario of bench/speed/scenario.json, which the TypeScript testbenches run too."""

import json
import pathlib

SCENARIO = json.loads(
    (pathlib.Path(__file__).resolve().parent.parent / "speed" / "scenario.json").read_text(encoding="utf-8")
)


def frame_of(n: int, direction: str) -> bytes:
    """The n-th frame of one direction: bytes by a rule that any language knows."""
    lengths = SCENARIO["frame_bytes"]
    salt = 0 if direction == "tx" else 128
    return bytes((31 * n + 7 * i + (i >> 8) + salt) & 0xFF for i in range(lengths[n % len(lengths)]))
