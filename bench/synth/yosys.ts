// Runs Yosys and nextpnr, and reads their results.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { kept, keptPath } from "./cache.ts";
import { PNR, TARGETS, type Config, type TargetName } from "./configs.ts";
import { analyse, topOf, type Levels, type Netlist } from "./netlist.ts";

export const OUT = "build/synth";

/** A module and its parameters; `id` names the files of the run. */
export interface Design {
  readonly id: string;
  readonly top: string;
  readonly file: string;
  readonly parameters: Config;
}

export interface Use {
  readonly lut: number;
  readonly carry: number;
  readonly ff: number;
  /** LUTs used as memory (Xilinx), LUT RAM cells of 16 x 4 bits (ECP5). */
  readonly lutram: number;
  /** 36 Kbit blocks (Xilinx; a half block counts 0.5), 18 Kbit blocks (ECP5). */
  readonly bram: number;
  readonly dsp: number;
}
export interface Size extends Use {
  readonly latches: number;
  /** Memories that became flip-flops, names in the hierarchy. */
  readonly ffMemories: readonly string[];
  readonly problems: readonly string[];
}
export interface LevelResult extends Levels {
  /** What `ltp -noff` says; must be the same as `plain`. */
  readonly ltp: number;
  /** Size in bits by name in the hierarchy. */
  readonly memories: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}
export interface ModuleUse {
  readonly depth: number;
  readonly path: string;
  readonly module: string;
  readonly use: Use;
}
export interface Placed {
  readonly seed: number;
  readonly fmaxMhz: number;
  readonly comb: number;
  readonly ff: number;
  readonly bram: number;
  readonly from: string;
  readonly to: string;
}

export class StepError extends Error {}

function command(program: string, args: readonly string[], log: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4000);
    });
    child.on("error", (error) => {
      reject(new StepError(`cannot run ${program}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else {
        const last = errors.trim().split("\n").slice(-3).join("\n    ");
        reject(new StepError(`${program} ended with ${signal ?? `code ${code}`}; see ${log}\n    ${last}`));
      }
    });
  });
}

/** The script up to the elaborated design. Only the files that the hierarchy needs are read. */
function elaborate(design: Design, dirs: readonly string[]): string[] {
  const parameters = Object.entries(design.parameters).map(([name, value]) => `-chparam ${name} ${value}`);
  return [
    `read_verilog -defer ${dirs.map((dir) => `-I${dir}`).join(" ")} ${design.file}`,
    `hierarchy -check -top ${design.top} ${parameters.join(" ")} ${dirs.map((dir) => `-libdir ${dir}`).join(" ")}`,
  ];
}

async function yosys(id: string, script: readonly string[]): Promise<string> {
  mkdirSync(OUT, { recursive: true });
  const log = `${OUT}/${id}.log`;
  writeFileSync(`${OUT}/${id}.ys`, `${script.join("\n")}\n`);
  await command("yosys", ["-q", "-l", log, "-s", `${OUT}/${id}.ys`], log);
  return readFileSync(log, "utf8");
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

/** Warnings of the last `check` of a log: loops, several drivers, wires without driver. */
function checkProblems(log: string): string[] {
  const last = log.slice(log.lastIndexOf("Executing CHECK pass"));
  return [...last.matchAll(/^Warning: (.*)$/gm)].map((match) => match[1] ?? "");
}

const keyOf = (design: Design): string => JSON.stringify([design.top, design.file, design.parameters]);

/** Flat designs being made, by file. */
const making = new Map<string, Promise<void>>();

/**
 * The elaborated, flattened and tidied design, read by all the steps that follow. It is what every synthesis command of Yosys begins
 * with; running that again on it takes little time (the small
 * device comes out 0.2 % larger).
 */
async function flatDesign(design: Design, dirs: readonly string[]): Promise<string> {
  const file = keptPath(`${design.id}.il`, keyOf(design));
  let made = making.get(file);
  if (made === undefined) {
    made = kept(`${design.id}-flat`, keyOf(design), [file], async () => {
      await yosys(`${design.id}-flat`, [
        ...elaborate(design, dirs),
        "proc",
        "flatten",
        "opt_expr",
        "opt_clean",
        "opt -nodffe -nosdff",
        "fsm",
        "opt",
        "wreduce",
        "peepopt",
        "opt_clean",
        `write_rtlil ${file}.new`,
      ]);
      renameSync(`${file}.new`, file);
      return {};
    }).then(() => undefined);
    making.set(file, made);
  }
  await made;
  return file;
}

export function measureLevels(design: Design, dirs: readonly string[]): Promise<LevelResult> {
  return kept(`${design.id}-levels`, keyOf(design), [], () => runLevels(design, dirs));
}

async function runLevels(design: Design, dirs: readonly string[]): Promise<LevelResult> {
  const id = `${design.id}-levels`;
  const log = await yosys(id, [
    `read_rtlil ${await flatDesign(design, dirs)}`,
    "synth -flatten -lut 6 -run coarse:fine",
    // The rest of `synth` as it is, but for memory_map: only read-only memories may become logic.
    "opt -fast -full",
    "memory_map -rom-only",
    "opt -full",
    "techmap",
    "opt -fast",
    "abc -fast -lut 6",
    "opt -fast",
    "check",
    "ltp -noff",
    `write_json ${OUT}/${id}.json`,
  ]);
  const netlist = readJson(`${OUT}/${id}.json`) as Netlist;
  const ltp = Number(/Longest topological path in .* \(length=(\d+)\)/.exec(log)?.[1] ?? Number.NaN);
  return { ...analyse(netlist), ltp, problems: checkProblems(log), memories: memoryBits(netlist) };
}

function memoryBits(netlist: Netlist): Record<string, number> {
  const bits: Record<string, number> = {};
  for (const module of Object.values(netlist.modules)) {
    for (const [name, cell] of Object.entries(module.cells)) {
      if (!cell.type.startsWith("$mem")) continue;
      const value = (key: string): number => Number.parseInt(String(cell.parameters[key] ?? "0"), 2);
      bits[name] = value("SIZE") * value("WIDTH");
    }
  }
  return bits;
}

// How many LUTs a memory cell takes.
const LUT_RAM: Readonly<Record<string, number>> = {
  RAM16X1D: 2,
  RAM32X1D: 2,
  RAM64X1D: 2,
  RAM128X1D: 4,
  RAM256X1D: 8,
  RAM32X1S: 1,
  RAM64X1S: 1,
  RAM128X1S: 2,
  RAM256X1S: 4,
  RAM512X1S: 8,
  RAM32X2S: 2,
  RAM32M: 4,
  RAM64M: 4,
  RAM32M16: 8,
  RAM64M8: 8,
  SRL16E: 1,
  SRLC32E: 1,
  TRELLIS_DPR16X4: 1,
};
const BLOCK_RAM: Readonly<Record<string, number>> = {
  RAMB18E1: 0.5,
  RAMB36E1: 1,
  RAMB18E2: 0.5,
  RAMB36E2: 1,
  URAM288: 8,
  DP16KD: 1,
  PDPW16KD: 1,
};

const NOTHING: Use = { lut: 0, carry: 0, ff: 0, lutram: 0, bram: 0, dsp: 0 };
const add = (a: Use, b: Use, times = 1): Use => ({
  lut: a.lut + times * b.lut,
  carry: a.carry + times * b.carry,
  ff: a.ff + times * b.ff,
  lutram: a.lutram + times * b.lutram,
  bram: a.bram + times * b.bram,
  dsp: a.dsp + times * b.dsp,
});
function useOf(type: string): Use {
  if (/^LUT[1-6]$/.test(type)) return { ...NOTHING, lut: 1 };
  if (/^(CARRY[48]|CCU2C)$/.test(type)) return { ...NOTHING, carry: 1 };
  if (/^(FD[CPRS]E(_1)?|TRELLIS_FF)$/.test(type)) return { ...NOTHING, ff: 1 };
  if (/^(DSP48E[12]|MULT18X18D)$/.test(type)) return { ...NOTHING, dsp: 1 };
  return { ...NOTHING, lutram: LUT_RAM[type] ?? 0, bram: BLOCK_RAM[type] ?? 0 };
}

/** The netlist for place and route. */
const netlistPath = (design: Design): string => keptPath(`${design.id}-ecp5-netlist.json`, keyOf(design));

/** With `netlist` the netlist is kept for place and route. */
export function measureSize(
  design: Design,
  dirs: readonly string[],
  target: TargetName,
  netlist = false,
): Promise<Size> {
  const files = netlist ? [netlistPath(design)] : [];
  return kept(`${design.id}-${target}`, keyOf(design), files, () => runSize(design, dirs, target, files));
}

async function runSize(
  design: Design,
  dirs: readonly string[],
  target: TargetName,
  files: readonly string[],
): Promise<Size> {
  const id = `${design.id}-${target}`;
  const { command: synth } = TARGETS[target];
  const log = await yosys(id, [
    `read_rtlil ${await flatDesign(design, dirs)}`,
    target === "ecp5" ? synth : `${synth} -flatten`,
    "check -noinit",
    "stat",
    ...files.map((file) => `write_json ${file}`),
  ]);
  const cells = log.slice(log.lastIndexOf("Number of cells:"));
  let use = NOTHING;
  let latches = 0;
  for (const [, type = "", count = "0"] of cells.matchAll(/^ +([A-Za-z$][\w$]*) +(\d+)$/gm)) {
    use = add(use, useOf(type), Number(count));
    if (/LATCH|^LD[CP]E/.test(type)) latches += Number(count);
  }
  const ffMemories = [...log.matchAll(/using FF mapping for memory (\S+)/g)].map((match) =>
    (match[1] ?? "").replace(/^[^.]*\./, ""),
  );
  return { ...use, latches, ffMemories: [...new Set(ffMemories)], problems: checkProblems(log) };
}

/** Use by module, with what is inside of it; the hierarchy is kept, so the sum is larger than the flat device. */
export function measureHierarchy(
  design: Design,
  dirs: readonly string[],
  target: TargetName,
): Promise<readonly ModuleUse[]> {
  return kept(`${design.id}-${target}-modules`, keyOf(design), [], () => runHierarchy(design, dirs, target));
}

async function runHierarchy(
  design: Design,
  dirs: readonly string[],
  target: TargetName,
): Promise<readonly ModuleUse[]> {
  const id = `${design.id}-${target}-modules`;
  const { command: synth } = TARGETS[target];
  await yosys(id, [
    ...elaborate(design, dirs),
    target === "ecp5" ? `${synth} -noflatten` : synth,
    `write_json ${OUT}/${id}.json`,
  ]);
  const netlist = readJson(`${OUT}/${id}.json`) as Netlist;
  const { modules } = netlist;
  const isOurs = (type: string): boolean => type.includes("vnet_") && modules[type] !== undefined;
  const totals = new Map<string, Use>();
  const total = (name: string): Use => {
    const known = totals.get(name);
    if (known !== undefined) return known;
    const sum = Object.values(modules[name]?.cells ?? {}).reduce(
      (all, cell) => add(all, isOurs(cell.type) ? total(cell.type) : useOf(cell.type)),
      NOTHING,
    );
    totals.set(name, sum);
    return sum;
  };
  const plainName = (name: string): string => /vnet_[a-z0-9_]+/.exec(name)?.[0] ?? name;
  const rows: ModuleUse[] = [];
  const walk = (name: string, path: string, depth: number): void => {
    rows.push({ depth, path, module: plainName(name), use: total(name) });
    if (depth === 3) return;
    const inside = Object.entries(modules[name]?.cells ?? {}).filter(([, cell]) => isOurs(cell.type));
    inside.sort(([, a], [, b]) => total(b.type).lut - total(a.type).lut);
    for (const [instance, cell] of inside) walk(cell.type, path === "" ? instance : `${path}.${instance}`, depth + 1);
  };
  walk(topOf(netlist)[0], "", 0);
  return rows;
}

interface PnrReport {
  readonly fmax: Readonly<Record<string, { readonly achieved: number }>>;
  readonly utilization: Readonly<Record<string, { readonly used: number }>>;
  readonly critical_paths: readonly {
    readonly from: string;
    readonly to: string;
    readonly path: readonly { readonly from: { readonly cell: string }; readonly to: { readonly cell: string } }[];
  }[];
}

export async function installPnr(): Promise<void> {
  await command(
    "scripts/testing-root.sh",
    ["install", "nextpnr-ecp5", "nextpnr-ecp5-chipdb"],
    "build/testing-root.log",
  );
}

export function placeAndRoute(design: Design, seed: number): Promise<Placed> {
  return kept(`${design.id}-pnr${seed}`, keyOf(design), [], () => runPlaceAndRoute(design, seed));
}

async function runPlaceAndRoute(design: Design, seed: number): Promise<Placed> {
  const base = `${OUT}/${design.id}-pnr${seed}`;
  // A missed target is a result here, no error: the caller judges the median.
  await command(
    "scripts/testing-root.sh",
    ["chroot", "nextpnr-ecp5", ...PNR.options].concat(
      ["--seed", String(seed), "--freq", String(PNR.freqMhz), "--timing-allow-fail", "--quiet"],
      ["--json", netlistPath(design), "--report", `${base}.json`, "--log", `${base}.log`],
    ),
    `${base}.log`,
  );
  const report = readJson(`${base}.json`) as PnrReport;
  const clock = Object.values(report.fmax)[0];
  if (clock === undefined) throw new StepError(`nextpnr found no clock; see ${base}.log`);
  const path = report.critical_paths.find((p) => p.from === p.to) ?? report.critical_paths[0];
  const cellName = (cell: string | undefined): string => (cell ?? "?").replace(/_TRELLIS_FF_.*$|\$.*$/, "");
  const used = (name: string): number => report.utilization[name]?.used ?? 0;
  return {
    seed,
    fmaxMhz: Math.round(clock.achieved * 10) / 10,
    comb: used("TRELLIS_COMB"),
    ff: used("TRELLIS_FF"),
    bram: used("DP16KD"),
    from: cellName(path?.path[0]?.from.cell),
    to: cellName(path?.path.at(-1)?.to.cell),
  };
}
