// What to prove: read from the environment, every value checked before anything runs.
import { availableParallelism } from "node:os";
import type { Solver } from "./solve.ts";

export interface Options {
  readonly quick: boolean;
  /** Beginning of the ids to run; empty: all. */
  readonly chosen: string;
  readonly solver: Solver;
  readonly jobs: number;
  readonly limit: number;
  readonly rtl: string;
}

export class OptionError extends Error {}

export const HELP = `make formal, make formal-faults:
  PROOF=name          only the proofs (or faults) whose name begins so
  QUICK=1             the short run
  SOLVER=bitwuzla|z3  (default: bitwuzla)
  JOBS=n              solvers at a time (default: number of CPUs, at most 2)
  LIMIT=seconds       for one mode of one proof (default: 3600)
  VNET_RTL=directory  the RTL to prove (default: rtl)`;

function number(name: string, fallback: number, most: number): number {
  const text = process.env[name] ?? "";
  const value = text === "" ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new OptionError(`${name}: expected 1 to ${most}, got '${text}'`);
  return value;
}

export function readOptions(): Options {
  const quickText = process.env["QUICK"] ?? "";
  if (!["", "0", "1"].includes(quickText)) throw new OptionError(`QUICK: expected 0 or 1, got '${quickText}'`);
  const solver = (process.env["SOLVER"] ?? "") || "bitwuzla";
  if (solver !== "bitwuzla" && solver !== "z3")
    throw new OptionError(`SOLVER: expected bitwuzla or z3, got '${solver}'`);
  return {
    quick: quickText === "1",
    chosen: process.env["PROOF"] ?? "",
    solver,
    jobs: number("JOBS", Math.min(2, availableParallelism()), 64),
    limit: number("LIMIT", 3600, 100000),
    rtl: (process.env["VNET_RTL"] ?? "") || "rtl",
  };
}
