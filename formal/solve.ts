// Runs Yosys and a solver for one proof and reads what they say.
//
// BMC, covers and proofs without written invariants (PDR) run in ABC, which comes with Yosys and works on single bits;
// k-induction runs in yosys-smtbmc with a solver for words, or in that solver one assertion after the other. Where ABC finds a
// counterexample, yosys-smtbmc replays it: a second opinion, the name of the property, and a waveform.
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Proof } from "./proofs.ts";

export const OUT = "build/formal";

export type Mode = "bmc" | "induction" | "pdr" | "cover";
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
function run(program: string, args: readonly string[], limit: number, input = ""): Promise<Ended> {
  return new Promise((done, reject) => {
    const path = `${resolve(OUT, "bin")}:${process.env["PATH"] ?? ""}`;
    const child = spawn(program, args, {
      detached: true,
      env: { ...process.env, PATH: path },
      stdio: ["pipe", "pipe", "pipe"],
    });
    // A program that ends early does not read all; its exit code tells.
    child.stdin.on("error", () => undefined).end(input);
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

/** The sources of the design, in the order of rtl/vnet.f; modules that the proof takes as abstract stand in formal/abstract. */
function rtlFiles(rtl: string, abstract: readonly string[]): readonly string[] {
  const files = readFileSync(`${rtl}/vnet.f`, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("rtl/"));
  for (const module of abstract)
    if (!files.some((file) => file.endsWith(`/${module}.v`))) throw new Error(`abstract: no module ${module}`);
  return files.map((file) => {
    const module = abstract.find((name) => file.endsWith(`/${name}.v`));
    return module === undefined ? file.replace(/^rtl\//, `${rtl}/`) : `formal/abstract/${module}.v`;
  });
}

export const propsOf = (proof: Proof): string => proof.props ?? `${proof.module}_props`;

/** What Yosys writes: words for yosys-smtbmc, or single bits with one output for each assertion or for each cover. */
type Kind = "words" | "asserts" | "covers";

const KIND_OF: Readonly<Record<Mode, Kind>> = { bmc: "asserts", pdr: "asserts", induction: "words", cover: "covers" };

/** A cover statement becomes an assertion that it is never reached. */
const COVER_MAP = `(* techmap_celltype = "$cover" *)
module cover_never(input A, input EN);
  \\$assert _TECHMAP_REPLACE_ (.A(~A), .EN(EN));
endmodule
`;

const modelBase = (proof: Proof, kind: Kind, setting: Setting): string => `${setting.out}/${proof.id}.${kind}`;

/** Elaborates the proof to one flat transition system; a misspelt internal name is an undriven wire and ends the run. */
async function elaborate(proof: Proof, kind: Kind, setting: Setting): Promise<void> {
  mkdirSync(setting.out, { recursive: true });
  const top = propsOf(proof);
  const base = modelBase(proof, kind, setting);
  const parameters = Object.entries(proof.parameters ?? {}).map(([name, value]) => `-set ${name} ${value}`);
  const coverMap = `${OUT}/bin/cover_never.v`;
  if (kind === "covers") writeFileSync(coverMap, COVER_MAP);
  const bits = [
    "memory -nordff",
    kind === "covers" ? `chformal -assert -remove; techmap -map ${coverMap}` : "chformal -cover -remove",
    "opt -nodffe -nosdff",
    "setundef -undriven -anyseq",
    "delete -output",
    "techmap",
    "dffunmap",
    "simplemap",
    ...(proof.zeroed === true ? ["setundef -init -zero"] : []),
    // Once more, for what the optimisation has found undefined.
    "setundef -undriven -anyseq",
    "aigmap",
    "opt_clean",
    // One name for each output, in the same order.
    `select -write ${base}.names t:$assert`,
    `write_aiger -I -B -L -zinit -no-startoffset -map ${base}.aim ${base}.aig`,
  ];
  const words = ["memory -nordff -nomap", "opt -nodffe -nosdff", "opt_clean", `write_smt2 -wires ${base}.smt2`];
  const script = [
    `read_verilog -formal ${verilogFiles("formal/lib").join(" ")} formal/props/${top}.v`,
    `read_verilog -formal -I${setting.rtl}/top ${rtlFiles(setting.rtl, proof.abstract ?? []).join(" ")}`,
    ...(parameters.length > 0 ? [`chparam ${parameters.join(" ")} ${top}`] : []),
    `hierarchy -check -top ${top}`,
    "proc",
    // Memories become registers by name, mem[0] and so on, so that invariants can speak of them.
    ...(proof.mapped === true ? ["memory -nordff"] : []),
    "flatten",
    "opt_clean",
    "check -assert",
    ...(kind === "words" ? words : bits),
  ];
  const { code, text } = await run("yosys", ["-q", "-l", `${base}.yosys.log`, "-p", script.join("; ")], setting.limit);
  if (code !== 0) throw new ToolError(`${proof.id}: yosys: ${text.trim().split("\n").slice(-4).join("\n    ")}`);
}

const models = new Map<string, Promise<void>>();

/** Path of a model without its extension; it is made once in a run. */
async function model(proof: Proof, kind: Kind, setting: Setting): Promise<string> {
  const base = modelBase(proof, kind, setting);
  const made = models.get(base) ?? elaborate(proof, kind, setting);
  models.set(base, made);
  await made;
  return base;
}

/** Names of the assertions or covers of a model for ABC, by number of its output. */
function namesOf(base: string): readonly string[] {
  return readFileSync(`${base}.names`, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^[^/]*\//, ""));
}

interface Answer {
  readonly result: Verdict;
  readonly details: readonly string[];
}

/** Replays a counterexample of ABC. */
async function replay(proof: Proof, base: string, witness: string, setting: Setting): Promise<readonly string[]> {
  const words = await model(proof, "words", setting);
  const args = ["-s", setting.solver, "--noprogress", "--append", "0", "--aig-noheader"];
  args.push("--aig", `${base}.aim:${witness}`, "--dump-vcd", witness.replace(/aiw$/, "vcd"), `${words}.smt2`);
  const { text } = await run("yosys-smtbmc", args, setting.limit);
  writeFileSync(witness.replace(/aiw$/, "replay.log"), text);
  const failed = [...text.matchAll(/Assert failed in (.*)/g)].map(([, where = ""]) => `violated: ${where}`);
  if (failed.length === 0) throw new ToolError(`${proof.id}: ABC found a counterexample, yosys-smtbmc does not agree`);
  return [...new Set(failed)];
}

async function withAbc(proof: Proof, mode: Mode, depth: number, setting: Setting): Promise<Answer> {
  const base = await model(proof, KIND_OF[mode], setting);
  const files = `${setting.out}/${proof.id}.${mode}`;
  const search = mode === "pdr" ? "pdr" : mode === "cover" ? `bmc3 -a -F ${depth}` : `bmc3 -F ${depth}`;
  const save = mode === "cover" ? "" : `; write_cex -a ${files}.aiw`;
  const command = (before: string): string => `read_aiger ${base}.aig; fold; strash; ${before}${search}${save}`;
  let { code, text, timedOut } = await run("yosys-abc", ["-c", command("")], setting.limit);
  // bmc3 of ABC crashes on some networks with many outputs, and not on the same one in another form.
  for (const form of mode === "cover" ? ["scorr; ", "fraig; ", "balance; "] : []) {
    if (code !== null || timedOut) break;
    ({ code, text, timedOut } = await run("yosys-abc", ["-c", command(form)], setting.limit));
  }
  writeFileSync(`${files}.log`, text);
  if (timedOut) return { result: "limit", details: [] };
  if (mode === "cover") {
    const reached = new Set(
      [...text.matchAll(/Output +(\d+) was asserted in frame/g)].map(([, output]) => Number(output)),
    );
    if (!/outputs (are found to be )?(are )?SAT|No output asserted|was asserted/.test(text))
      throw new ToolError(`${proof.id}: ABC ended without a result; see ${files}.log`);
    const names = namesOf(base);
    const wanted = proof.reach ?? names;
    const unknown = wanted.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new ToolError(`${proof.id}: no cover has the name ${unknown}`);
    const details = names
      .filter((name, output) => wanted.includes(name) && !reached.has(output))
      .map((name) => `not reached: ${name}`);
    return { result: details.length === 0 ? "pass" : "fail", details };
  }
  if (/Output +\d+ of miter ".*" was asserted in frame/.test(text))
    return { result: "fail", details: await replay(proof, base, `${files}.aiw`, setting) };
  const shown = mode === "pdr" ? /Property proved\./ : new RegExp(`No output asserted in ${depth} frames\\.`);
  if (!shown.test(text)) throw new ToolError(`${proof.id}: ABC ended without a result; see ${files}.log`);
  return { result: "pass", details: [] };
}

async function withSmtbmc(proof: Proof, mode: Mode, depth: number, setting: Setting): Promise<Answer> {
  const base = await model(proof, "words", setting);
  const files = `${setting.out}/${proof.id}.${mode}`;
  const args = [
    ...(mode === "induction" ? ["-i"] : []),
    "-s",
    setting.solver,
    "--noprogress",
    "-t",
    String(depth),
    "--dump-vcd",
    `${files}.vcd`,
  ];
  const { text, timedOut } = await run("yosys-smtbmc", [...args, `${base}.smt2`], setting.limit);
  writeFileSync(`${files}.log`, text);
  if (timedOut) return { result: "limit", details: [] };
  const status = /Status: (\w+)/.exec(text)?.[1];
  if (status === undefined) throw new ToolError(`${proof.id}: yosys-smtbmc ended without a result; see ${files}.log`);
  const details = [...text.matchAll(/Assert failed in (.*)/g)].map(([, where = ""]) => `violated: ${where}`);
  return { result: status === "PASSED" ? "pass" : "fail", details: [...new Set(details)] };
}

/**
 * The induction step of depth 1, each assertion by itself: all hold before, this one has to hold behind. That is the same as the step of
 * all at once, but many small questions take less time than a large one.
 */
async function withSolver(proof: Proof, setting: Setting): Promise<Answer> {
  const base = await model(proof, "words", setting);
  const source = readFileSync(`${base}.smt2`, "utf8");
  const top = propsOf(proof);
  const log = `${setting.out}/${proof.id}.induction.log`;
  const since = performance.now();
  const seconds = (): number => (performance.now() - since) / 1000;
  // What yosys-smtbmc states of two cycles: assertions (_a) in the first, assumptions (_u) and hierarchy (_h) in both, a transition (_t).
  const step = ["s0", "s1"].map((state) => `(declare-fun ${state} () |${top}_s|)`);
  step.push(...["_a", "_u", "_h"].map((what) => `(assert (|${top}${what}| s0))`), `(assert (|${top}_t| s0 s1))`);
  step.push(...["_u", "_h"].map((what) => `(assert (|${top}${what}| s1))`), `(assert (not (|${top}_is| s1)))`);
  const details: string[] = [];
  const lines: string[] = [];
  const [program, args] = setting.solver === "z3" ? ["z3", ["-in"]] : ["bitwuzla", []];
  for (const [, number = "", name = ""] of source.matchAll(/^; yosys-smt2-assert (\d+) (\S+)/gm)) {
    const question = `(assert (not (|${top}_a ${number}| s1)))\n(check-sat)\n(exit)\n`;
    const input = `(set-logic ALL)\n${source}\n${step.join("\n")}\n${question}`;
    const { text, timedOut } = await run(program, args, setting.limit - seconds(), input);
    lines.push(`${seconds().toFixed(1).padStart(7)} s  ${name}: ${timedOut ? "out of time" : text.trim()}\n`);
    writeFileSync(log, lines.join(""));
    if (timedOut) return { result: "limit", details };
    if (!/^(un)?sat$/m.test(text)) throw new ToolError(`${proof.id}: ${program} ended without a result; see ${log}`);
    if (/^sat$/m.test(text)) {
      details.push(`violated: ${top}: ${name}`);
      break;
    }
  }
  if (lines.length === 0) throw new ToolError(`${proof.id}: no assertions in ${base}.smt2`);
  // The trace of a failure comes from the step as a whole.
  if (details.length > 0) await withSmtbmc(proof, "induction", 1, { ...setting, limit: setting.limit - seconds() });
  return { result: details.length === 0 ? "pass" : "fail", details };
}

/** Runs one mode; models, the log and, where it failed, the trace stay in the directory of the run. */
export async function solve(proof: Proof, mode: Mode, depth: number, setting: Setting): Promise<Outcome> {
  const since = performance.now();
  const words = mode === "induction" || (mode === "bmc" && proof.words === true);
  const { result, details } =
    mode === "induction" && depth === 1 && proof.apart === true
      ? await withSolver(proof, setting)
      : await (words ? withSmtbmc : withAbc)(proof, mode, depth, setting);
  return {
    module: proof.module,
    property: proof.property,
    mode,
    depth,
    result,
    seconds: Math.round((performance.now() - since) / 100) / 10,
    proof: proof.id,
    details,
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
  if (proof.forever === true) tasks.push({ proof, mode: "pdr", depth: 0 });
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
