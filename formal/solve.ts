// Runs Yosys and yosys-smtbmc for one proof and reads what they say.
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Proof } from "./proofs.ts";

export const OUT = "build/formal";

export type Mode = "bmc" | "induction" | "cover";
export type Solver = "bitwuzla" | "z3";

/** pass: shown; fail: a counterexample, an induction step that does not hold or a cover that is not reached; limit: out of time. */
export type Verdict = "pass" | "fail" | "limit";

export interface Outcome {
  readonly module: string;
  readonly property: string;
  readonly mode: Mode;
  readonly depth: number;
  readonly result: Verdict;
  readonly seconds: number;
  readonly proof: string;
  /** Failed assertions or unreached covers, as the tool names them. */
  readonly details: readonly string[];
}

export interface Setting {
  readonly solver: Solver;
  /** Directory with the RTL to prove. */
  readonly rtl: string;
  /** Where the files of the run go. */
  readonly out: string;
  /** Seconds for one mode of a proof. */
  readonly limit: number;
}

export class ToolError extends Error {}

interface Ended {
  readonly code: number | null;
  readonly text: string;
  readonly timedOut: boolean;
}

/** Runs a program in a process group of its own, so that a time limit ends the solver behind it, too. */
function run(program: string, args: readonly string[], limit: number): Promise<Ended> {
  return new Promise((done, reject) => {
    const path = `${resolve(OUT, "bin")}:${process.env["PATH"] ?? ""}`;
    const child = spawn(program, args, {
      detached: true,
      env: { ...process.env, PATH: path },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    let timedOut = false;
    const add = (chunk: string): void => {
      text += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", add);
    child.stderr.setEncoding("utf8").on("data", add);
    const timer = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, limit * 1000);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new ToolError(`cannot run ${program}: ${error.message}; run scripts/setup.sh formal`));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      done({ code, text, timedOut });
    });
  });
}

/** yosys-smtbmc starts solvers by name and with the options of their older versions: a script of that name translates. */
export function prepareSolver(solver: Solver): void {
  mkdirSync(`${OUT}/bin`, { recursive: true });
  if (solver !== "bitwuzla") return;
  const script = `#!/bin/sh\n# Reads SMT-LIB from stdin; the options that yosys-smtbmc gives are those of another version.\nexec ${resolve("scripts/testing-root.sh")} run bitwuzla\n`;
  writeFileSync(`${OUT}/bin/bitwuzla`, script);
  chmodSync(`${OUT}/bin/bitwuzla`, 0o755);
}

function verilogFiles(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".v"))
    .sort()
    .map((name) => `${directory}/${name}`);
}

/** The sources of the design, in the order of rtl/vnet.f. */
function rtlFiles(rtl: string): readonly string[] {
  return readFileSync(`${rtl}/vnet.f`, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("rtl/"))
    .map((line) => line.replace(/^rtl\//, `${rtl}/`));
}

export const propsOf = (proof: Proof): string => proof.props ?? `${proof.module}_props`;

/** Elaborates the proof to one flat transition system; a misspelt internal name is an undriven wire and ends the run. */
export async function build(proof: Proof, setting: Setting): Promise<string> {
  mkdirSync(setting.out, { recursive: true });
  const top = propsOf(proof);
  const base = `${setting.out}/${proof.id}`;
  const parameters = Object.entries(proof.parameters ?? {}).map(([name, value]) => `-set ${name} ${value}`);
  const script = [
    `read_verilog -formal ${verilogFiles("formal/lib").join(" ")} formal/props/${top}.v`,
    `read_verilog -formal -I${setting.rtl}/top ${rtlFiles(setting.rtl).join(" ")}`,
    ...(parameters.length > 0 ? [`chparam ${parameters.join(" ")} ${top}`] : []),
    `hierarchy -check -top ${top}`,
    "proc",
    // Memories become registers by name, mem[0] and so on, so that invariants can speak of them.
    ...(proof.mapped === true ? ["memory -nordff"] : []),
    "flatten",
    "opt_clean",
    "check -assert",
    "memory -nordff -nomap",
    "opt -nodffe -nosdff",
    "opt_clean",
    `write_smt2 -wires ${base}.smt2`,
  ];
  const { code, text } = await run("yosys", ["-q", "-l", `${base}.yosys.log`, "-p", script.join("; ")], 300);
  if (code !== 0) throw new ToolError(`${proof.id}: yosys: ${text.trim().split("\n").slice(-4).join("\n    ")}`);
  return `${base}.smt2`;
}

const FLAGS: Readonly<Record<Mode, readonly string[]>> = { bmc: [], induction: ["-i"], cover: ["-c"] };

/** Runs one mode; the log and, where it failed, the trace stay beside the model. */
export async function solve(
  proof: Proof,
  mode: Mode,
  depth: number,
  setting: Setting & { readonly model: string },
): Promise<Outcome> {
  const base = `${setting.out}/${proof.id}.${mode}`;
  const since = performance.now();
  const args = [...FLAGS[mode], "-s", setting.solver, "--noprogress", "-t", String(depth), "--dump-vcd", `${base}.vcd`];
  const { text, timedOut } = await run("yosys-smtbmc", [...args, setting.model], setting.limit);
  writeFileSync(`${base}.log`, text);
  const status = /Status: (\w+)/.exec(text)?.[1];
  if (!timedOut && status === undefined)
    throw new ToolError(`${proof.id}: yosys-smtbmc ended without a result; see ${base}.log`);
  const details = [...text.matchAll(/(Assert failed in|Unreached cover statement at) (.*)/g)].map(
    ([, what = "", where = ""]) => `${what.startsWith("Assert") ? "violated" : "not reached"}: ${where}`,
  );
  return {
    module: proof.module,
    property: proof.property,
    mode,
    depth,
    result: timedOut ? "limit" : status === "PASSED" ? "pass" : "fail",
    seconds: Math.round((performance.now() - since) / 100) / 10,
    proof: proof.id,
    details: [...new Set(details)],
  };
}

export interface Task {
  readonly proof: Proof;
  readonly mode: Mode;
  readonly depth: number;
}

/** The modes of a proof, the base of the induction before its step. */
export function tasksOf(proof: Proof): readonly Task[] {
  const tasks: Task[] = [{ proof, mode: "bmc", depth: proof.bmc }];
  if (proof.induction !== undefined) {
    if (proof.bmc < proof.induction) throw new Error(`${proof.id}: the base is shorter than the induction`);
    tasks.push({ proof, mode: "induction", depth: proof.induction });
  }
  if (proof.cover !== undefined) tasks.push({ proof, mode: "cover", depth: proof.cover });
  return tasks;
}

/** Runs jobs, `width` at a time, in order of the list. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  job: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await job(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
