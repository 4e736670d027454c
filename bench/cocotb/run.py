"""Builds the device for cocotb and runs the scenario; called by `make bench` inside the Debian testing root.

    python3 bench/cocotb/run.py BUILD_DIRECTORY RESULT.json

The build is the one of cocotb's own runner, with optimization on.
"""

import os
import pathlib
import sys

from cocotb_tools.runner import get_runner

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def main() -> int:
    if len(sys.argv) != 3:
        print(f"usage: {sys.argv[0]} BUILD_DIRECTORY RESULT.json", file=sys.stderr)
        return 2
    build_dir = pathlib.Path(sys.argv[1]).resolve()
    result = pathlib.Path(sys.argv[2]).resolve()
    result.unlink(missing_ok=True)
    sys.path.insert(0, str(HERE))
    from scenario import SCENARIO

    sources = [ROOT / line for line in read_file_list(ROOT / "rtl" / "vnet.f") if line.endswith(".v")]
    includes = sorted({str(source.parent) for source in sources} | {str(ROOT / "rtl" / "top")})
    # Without optimization only what runs once; with it, that code would take a quarter of an hour to compile.
    os.environ["MAKEFLAGS"] = "OPT_FAST=-O2"
    runner = get_runner("verilator")
    runner.build(
        sources=sources,
        includes=includes,
        hdl_toplevel="vnet_top",
        parameters=SCENARIO["parameters"],
        build_dir=build_dir,
        build_args=[
            "-O3",
            "--x-assign",
            "fast",
            "--x-initial",
            "fast",
            "-Wno-fatal",
            "-Wno-lint",
            "-Wno-style",
            "+1364-2005ext+v",
        ],
        timescale=("1ns", "1ps"),
    )
    os.environ["PYTHONPATH"] = str(HERE)
    runner.test(
        hdl_toplevel="vnet_top",
        test_module="test_virtio_net",
        build_dir=build_dir,
        test_dir=build_dir,
        extra_env={"RESULT": str(result), "COCOTB_LOG_LEVEL": "WARNING"},
    )
    return 0 if result.exists() else 1


def read_file_list(path: pathlib.Path) -> list[str]:
    """Files of a Verilog file list, relative to the root of the project."""
    lines = (line.split("//")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("+", "-"))]


if __name__ == "__main__":
    sys.exit(main())
