// What to measure: read from the environment, every value checked before anything runs.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { CONFIG_NAMES, SIZES, TARGET_NAMES, WIDTHS, type ConfigName, type TargetName, type Width } from "./configs.ts";

export interface Options {
  readonly targets: readonly TargetName[];
  readonly widths: readonly Width[];
  readonly configs: readonly ConfigName[];
  /** Whether the size of this device is measured. */
  readonly hasSize: (target: TargetName, width: Width, config: ConfigName) => boolean;
  /** Place and route too. */
  readonly pnr: boolean;
  /** Measure these modules alone, instead of the device. */
  readonly modules: readonly string[];
  readonly quick: boolean;
  readonly jobs: number;
  /** All rows: the table in the docs may be replaced. */
  readonly complete: boolean;
}

export class OptionError extends Error {}

export const HELP = `make synth: size, LUT levels and clock of the device
  TARGETS=${TARGET_NAMES.join(",")}   which devices (default: all for the small configuration, UltraScale+ for the others)
  WIDTHS=${WIDTHS.join(",")}   which data widths (default: all)
  CONFIGS=${CONFIG_NAMES.join(",")}   which configurations (default: all; bench/synth/configs.ts says what they are)
  QUICK=1             only the 64-bit small device on ECP5, one seed
  PNR=0               no place and route
  MODULES=a,b         measure single modules alone (64 bit, small, if not said otherwise)
  FRESH=1             do not use results of earlier runs with the same sources
  JOBS=n              programs at a time (default: number of CPUs, at most 2)`;

/** Files of the RTL by module name. */
export function rtlFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const dir of readdirSync("rtl", { withFileTypes: true })) {
    if (!dir.isDirectory()) continue;
    for (const file of readdirSync(`rtl/${dir.name}`)) {
      if (file.endsWith(".v")) files.set(file.slice(0, -2), `rtl/${dir.name}/${file}`);
    }
  }
  return files;
}

function listOf<T extends string | number>(
  name: string,
  text: string | undefined,
  allowed: readonly T[],
): readonly T[] {
  if (text === undefined || text === "") return allowed;
  const chosen = text.split(",").map((part) => {
    const found = allowed.find((value) => String(value) === part.trim());
    if (found === undefined) throw new OptionError(`${name}: '${part}' is none of ${allowed.join(", ")}`);
    return found;
  });
  return [...new Set(chosen)];
}

function flag(name: string, text: string | undefined, otherwise: boolean): boolean {
  if (text === undefined || text === "") return otherwise;
  if (text === "0" || text === "1") return text === "1";
  throw new OptionError(`${name}: expected 0 or 1, got '${text}'`);
}

export function readOptions(env: Readonly<Record<string, string | undefined>>): Options {
  const quick = flag("QUICK", env["QUICK"], false);
  const pnr = flag("PNR", env["PNR"], true);
  const modules = (env["MODULES"] ?? "") === "" ? [] : listOf("MODULES", env["MODULES"], [...rtlFiles().keys()].sort());
  const narrow = quick || modules.length > 0;
  const pick = (text: string | undefined, short: string): string | undefined =>
    narrow && (text === undefined || text === "") ? short : text;
  const targets = listOf("TARGETS", pick(env["TARGETS"], "ecp5"), TARGET_NAMES);
  const widths = listOf("WIDTHS", pick(env["WIDTHS"], "64"), WIDTHS);
  const configs = listOf("CONFIGS", pick(env["CONFIGS"], "small"), CONFIG_NAMES);
  const isPlan = !narrow && (env["TARGETS"] ?? "") === "";
  const hasSize: Options["hasSize"] = (target, width, config) =>
    !isPlan || (SIZES[config].targets.includes(target) && SIZES[config].widths.includes(width));
  flag("FRESH", env["FRESH"], false);
  const jobsText = env["JOBS"] ?? "";
  const jobs = jobsText === "" ? Math.min(2, availableParallelism()) : Number(jobsText);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64)
    throw new OptionError(`JOBS: expected 1 to 64, got '${jobsText}'`);
  const complete =
    pnr &&
    modules.length === 0 &&
    !quick &&
    isPlan &&
    widths.length === WIDTHS.length &&
    configs.length === CONFIG_NAMES.length;
  return { targets, hasSize, widths, configs, pnr: pnr && modules.length === 0, modules, quick, jobs, complete };
}
