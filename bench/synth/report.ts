// Turns results into a verdict, a table for the terminal and tables for docs/size.md.
import {
  CONFIGS,
  GOAL,
  MAX_FF_MEMORY_BITS,
  PNR,
  REQUIRED,
  TARGETS,
  type ConfigName,
  type TargetName,
  type Width,
} from "./configs.ts";
import type { Path } from "./netlist.ts";
import type { LevelResult, ModuleUse, Placed, Size } from "./yosys.ts";

/** One line of synth.json. Values that were not measured are null. */
export interface Row {
  readonly target: TargetName;
  readonly data_w: Width;
  readonly config: ConfigName;
  readonly lut: number;
  readonly carry: number;
  readonly ff: number;
  readonly lutram: number;
  readonly bram: number;
  readonly dsp: number;
  readonly lut_levels: number | null;
  readonly lut_levels_lutram: number | null;
  readonly fmax_mhz: number | null;
}
export interface LevelRow {
  readonly data_w: Width;
  readonly config: ConfigName;
  readonly lut_levels: number;
  readonly lut_levels_lutram: number;
  readonly paths: readonly Path[];
}
export interface HierarchyTable {
  readonly target: TargetName;
  readonly data_w: Width;
  readonly config: ConfigName;
  readonly modules: readonly ModuleUse[];
}
export interface Results {
  readonly rows: readonly Row[];
  readonly levels: readonly LevelRow[];
  readonly placed: readonly Placed[];
  readonly hierarchy: readonly HierarchyTable[];
}
export interface Verdict {
  readonly text: string;
  readonly ok: boolean;
}

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle];
  const low = sorted[middle - 1];
  if (high === undefined) return null;
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** Structure: what must hold for every netlist, whatever its size. */
export function structuralFaults(name: string, size: Size | undefined, levels: LevelResult): string[] {
  const faults = [
    ...levels.problems.map((problem) => `${name}: ${problem}`),
    ...levels.loops.map((loop) => `${name}: combinational loop through ${loop}`),
    ...levels.latches.map((latch) => `${name}: latch ${latch}`),
  ];
  if (levels.ltp !== levels.plain)
    faults.push(`${name}: Yosys counts ${levels.ltp} levels, this program ${levels.plain}`);
  if (size === undefined) return faults;
  faults.push(...size.problems.map((problem) => `${name}: ${problem}`));
  if (size.latches > 0) faults.push(`${name}: ${size.latches} latches`);
  for (const memory of size.ffMemories) {
    const bits = levels.memories[memory];
    if (bits === undefined || bits > MAX_FF_MEMORY_BITS) {
      faults.push(`${name}: memory ${memory} (${bits ?? "?"} bits) became flip-flops`);
    }
  }
  return faults;
}

export function verdicts(results: Results): Verdict[] {
  const all: Verdict[] = [];
  const small = results.rows.find(
    (row) => row.target === "ecp5" && row.data_w === PNR.width && row.config === PNR.config,
  );
  if (small !== undefined) {
    const { lut4 } = REQUIRED;
    all.push({ text: `64 bit small on ECP5: ${small.lut} LUT4, at most ${lut4}`, ok: small.lut <= lut4 });
    if (small.fmax_mhz !== null) {
      const text = `64 bit small on ECP5: ${small.fmax_mhz} MHz, at least ${REQUIRED.fmaxMhz} (goal ${GOAL.fmaxMhz})`;
      all.push({ text, ok: small.fmax_mhz >= REQUIRED.fmaxMhz });
    }
  }
  for (const row of results.levels) {
    const text =
      `${row.data_w} bit ${row.config}: ${row.lut_levels} LUT levels ` +
      `(${row.lut_levels_lutram} through LUT RAM), at most ${REQUIRED.levels} (goal ${GOAL.levels})`;
    all.push({ text, ok: row.lut_levels <= REQUIRED.levels });
  }
  return all;
}

type Line = readonly (string | number | null)[];
const show = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? "-" : String(value);

export function textTable(head: readonly string[], lines: readonly Line[]): string {
  const widths = head.map((title, col) => Math.max(title.length, ...lines.map((line) => show(line[col]).length)));
  const format = (line: Line): string =>
    line
      .map((value, col) =>
        typeof value === "string" ? value.padEnd(widths[col] ?? 0) : show(value).padStart(widths[col] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [format(head), ...lines.map(format)].join("\n");
}

function markdownTable(head: readonly string[], lines: readonly Line[]): string {
  const format = (line: Line): string => `| ${line.map(show).join(" | ")} |`;
  return [format(head), `|${head.map(() => "---|").join("")}`, ...lines.map(format)].join("\n");
}

const SIZE_HEAD = ["target", "bits", "configuration", "LUT", "carry", "FF", "LUT RAM", "block RAM", "DSP", "MHz"];
const sizeLine = (row: Row): Line => [
  TARGETS[row.target].title,
  row.data_w,
  row.config,
  row.lut,
  row.carry,
  row.ff,
  row.lutram,
  row.bram,
  row.dsp,
  row.fmax_mhz,
];
const LEVEL_HEAD = ["bits", "configuration", "levels", "through LUT RAM", "longest path: from", "to"];
const levelLine = (row: LevelRow): Line => [
  row.data_w,
  row.config,
  row.lut_levels,
  row.lut_levels_lutram,
  row.paths[0]?.from ?? "-",
  row.paths[0]?.to ?? "-",
];
const PNR_HEAD = ["seed", "MHz", "LUT sites", "FF", "block RAM", "slowest path: from", "to"];
const pnrLine = (run: Placed): Line => [run.seed, run.fmaxMhz, run.comb, run.ff, run.bram, run.from, run.to];
const MODULE_HEAD = ["instance", "module", "LUT", "carry", "FF", "LUT RAM", "block RAM"];
const moduleLine = (row: ModuleUse, indent: string): Line => [
  `${indent.repeat(row.depth)}${row.path === "" ? "(device)" : row.path}`,
  row.module,
  row.use.lut,
  row.use.carry,
  row.use.ff,
  row.use.lutram,
  row.use.bram,
];
/** Modules below this share of the device are left out of the tables; synth.json has them all. */
const MODULE_SHARE = 0.01;
const worthShowing = (table: HierarchyTable): readonly ModuleUse[] =>
  table.modules.filter((row) => row.use.lut + row.use.ff >= MODULE_SHARE * 2 * (table.modules[0]?.use.lut ?? 0));
const tableTitle = (table: HierarchyTable): string =>
  `${TARGETS[table.target].title}, ${table.data_w} bit, ${table.config}`;

export function textReport(results: Results): string {
  const parts: string[] = [];
  if (results.rows.length > 0) parts.push(textTable(SIZE_HEAD, results.rows.map(sizeLine)));
  if (results.levels.length > 0) parts.push(textTable(LEVEL_HEAD, results.levels.map(levelLine)));
  if (results.placed.length > 0) parts.push(textTable(PNR_HEAD, results.placed.map(pnrLine)));
  for (const table of results.hierarchy) {
    const lines = worthShowing(table).map((row) => moduleLine(row, "  "));
    parts.push(`${tableTitle(table)}, by module\n${textTable(MODULE_HEAD, lines)}`);
  }
  return parts.join("\n\n");
}

/** The part of docs/size.md between its two marks. */
export function markdown(results: Results): string {
  const names = Object.keys(CONFIGS) as ConfigName[];
  const parameters = Object.keys(CONFIGS[names[0] ?? "small"]) as (keyof (typeof CONFIGS)["small"])[];
  const parts = [
    "### Configurations",
    markdownTable(
      ["parameter", ...names],
      parameters.map((parameter) => [parameter, ...names.map((name) => CONFIGS[name][parameter])]),
    ),
    "### Size",
    markdownTable(SIZE_HEAD, results.rows.map(sizeLine)),
    "### LUT levels between registers",
    markdownTable(LEVEL_HEAD, results.levels.map(levelLine)),
    `### Clock: ${PNR.device}, ${PNR.width} bit, ${PNR.config}`,
    markdownTable(PNR_HEAD, results.placed.map(pnrLine)),
    `Median ${show(median(results.placed.map((run) => run.fmaxMhz)))} MHz.`,
    "### Required values",
    markdownTable(
      ["value", "met"],
      verdicts(results).map((verdict) => [verdict.text, verdict.ok ? "yes" : "NO"]),
    ),
  ];
  for (const table of results.hierarchy) {
    parts.push(
      `### By module: ${tableTitle(table)}`,
      markdownTable(
        MODULE_HEAD,
        worthShowing(table).map((row) => moduleLine(row, "&nbsp;&nbsp;")),
      ),
    );
  }
  return parts.join("\n\n");
}
