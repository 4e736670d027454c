#!/usr/bin/env node
// Builds a simulator and prints the path of the executable. Also importable: buildSim(options).
// SPDX-License-Identifier: Apache-2.0
//
// Everything that can change the result is hashed: the sources that the top module can reach, the
// C++ of the bridge, options, tool versions. A build that exists is not made again. Several calls at
// the same time are safe: a build is made in a directory of its own and then renamed.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const SIM_DIR = path.join(ROOT, "sim");
const COSIM_DIR = path.join(ROOT, "cosim");

/**
 * What is built around the Verilated class: which C++ goes into the library that all designs share, what is compiled with each design,
 * and how it is linked.
 * @typedef {object} Program
 * @property {string} library Name of the library.
 * @property {string[]} dirs Directories of its C++.
 * @property {(file: string) => boolean} isShared C++ files (path from ROOT) that go into the library.
 * @property {(header: string, info: GlueInfo) => string} glue C++ that is compiled with the Verilated class.
 * @property {string[]} link Arguments of the linker.
 */

/** @type {Readonly<Record<'bridge' | 'cosim', Program>>} */
const PROGRAMS = {
  bridge: {
    library: "bridge",
    dirs: [SIM_DIR],
    isShared: () => true,
    glue: glueCode,
    link: ["-Wl,--wrap=time"],
  },
  cosim: {
    library: "cosim",
    dirs: [SIM_DIR, COSIM_DIR],
    // Of the bridge only what knows nothing of its context.
    isShared: (file) => /^sim\/(checkers|error)\.cpp$/.test(file) || /^cosim\/(?!rtl_device)\w+\.cpp$/.test(file),
    glue: (_header, { parameters }) => `#define VNET_DATA_W ${parameters["DATA_W"] ?? 64}\n#include "rtl_device.cpp"\n`,
    link: [],
  },
};

/** @typedef {{ top: string, trace: string, debug: boolean, parameters: Readonly<Record<string, unknown>> }} GlueInfo */

/**
 * @typedef {object} BuildOptions
 * @property {string} [top] Top module: `tb_top` (default), any module of `rtl/`, or one in `sources`.
 * @property {number} [dataW] Short for the parameter DATA_W.
 * @property {Readonly<Record<string, number | string>>} [parameters] Parameters of the top module.
 * @property {'none' | 'vcd' | 'fst'} [trace] Kind of waveform; default none.
 * @property {boolean} [debugSignals] Make all inner signals reachable (slower).
 * @property {boolean} [coverage] Measure line and toggle coverage (slower).
 * @property {string} [rtlDir] Root of the RTL, for a mutated copy; default `rtl`.
 * @property {readonly string[]} [sources] Further Verilog files or directories, searched first.
 * @property {Readonly<Record<string, string>>} [defines] Macros.
 * @property {'fast' | 'quick'} [optimize] Fast simulator or quick build; default fast for tb_top.
 * @property {keyof typeof PROGRAMS} [program] The bridge (default), or the co-simulation with real drivers.
 * @property {boolean} [sanitize] With AddressSanitizer and UndefinedBehaviorSanitizer.
 * @property {string} [out] Directory of all builds; default `build/sim`.
 * @property {(line: string) => void} [log] Told about builds that really happen.
 */

/**
 * Runs a program; resolves to its standard output, rejects with everything it said.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 * @returns {Promise<string>}
 */
function run(program, args, cwd = ROOT) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let all = "";
    child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      out += text;
      all += text;
    });
    child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => (all += text));
    child.on("error", (error) => reject(new Error(`${program}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${program} ${args.join(" ")}\nfailed (${signal ?? code}):\n${all}`));
    });
  });
}

/** @param {...string} parts */
function hashOf(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}

/** @param {string} dir @returns {Promise<string[]>} this directory and all below, sorted */
async function directoriesBelow(dir) {
  const found = [dir];
  for (const entry of await fs.readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) found.push(...(await directoriesBelow(path.join(dir, entry.name))));
  }
  return found.sort();
}

/**
 * @typedef {object} Tools
 * @property {string} include Directory of the Verilator headers.
 * @property {string[]} compiler Program and first arguments.
 * @property {string} versions
 */

/** @type {Promise<Tools> | undefined} */
let toolsOnce;

/** @returns {Promise<Tools>} */
function tools() {
  toolsOnce ??= (async () => {
    const cxx = process.env["CXX"] ?? "g++";
    const [verilator, root, compiler, ccache] = await Promise.all([
      run("verilator", ["--version"]),
      run("verilator", ["--getenv", "VERILATOR_ROOT"]),
      run(cxx, ["--version"]),
      run("ccache", ["--version"]).then(
        () => true,
        () => false,
      ),
    ]);
    return {
      include: path.join(root.trim(), "include"),
      compiler: ccache ? ["ccache", cxx] : [cxx],
      versions: `${verilator}${compiler}`,
    };
  })();
  return toolsOnce;
}

/**
 * Makes `dir` with `make(temporary directory)` unless it exists. Callers of the same directory,
 * also in other processes, wait for the one that makes it.
 * @param {string} dir
 * @param {(temporary: string) => Promise<void>} make
 */
async function once(dir, make) {
  await fs.mkdir(path.dirname(dir), { recursive: true });
  const lock = `${dir}.lock`;
  while (!existsSync(dir)) {
    try {
      await fs.writeFile(lock, String(process.pid), { flag: "wx" });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
      await waitForLock(lock);
      continue;
    }
    // A name of its own, and a rename that fails if the directory exists: even if two processes believe that
    // they have the lock, neither spoils the work of the other.
    const temporary = `${dir}.tmp-${process.pid}`;
    try {
      if (existsSync(dir)) continue; // finished between the two looks
      await fs.rm(temporary, { recursive: true, force: true });
      await fs.mkdir(temporary);
      await make(temporary);
      await fs.rename(temporary, dir).catch((/** @type {Error} */ error) => {
        if (!existsSync(dir)) throw error;
      });
    } finally {
      await fs.rm(temporary, { recursive: true, force: true });
      await fs.rm(lock, { force: true });
    }
  }
}

/** Waits a moment; takes the lock away if its owner is dead. @param {string} lock */
async function waitForLock(lock) {
  await sleep(50);
  const owner = Number.parseInt(await fs.readFile(lock, "utf8").catch(() => "0"), 10);
  if (owner === 0) return; // the lock is gone
  if (Number.isNaN(owner)) {
    // Its owner died before it wrote its number, or is just writing it.
    const { mtimeMs } = await fs.stat(lock).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > 10_000) await fs.rm(lock, { force: true });
    return;
  }
  try {
    process.kill(owner, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH") {
      await fs.rm(lock, { force: true });
    }
  }
}

/** @param {{ trace: string, coverage: boolean, sanitize: boolean }} options @param {string} include */
function commonFlags({ trace, coverage, sanitize }, include) {
  return [
    ...(sanitize ? SANITIZE : []),
    // Verilator's writer of waveforms stores 64-bit values at multiples of 4. Without waveforms alignment is checked, too.
    ...(sanitize && trace !== "none" ? ["-fno-sanitize=alignment"] : []),
    "-std=c++17",
    "-fcf-protection=none",
    "-faligned-new",
    `-DVM_TRACE=${trace === "none" ? 0 : 1}`,
    `-DVM_TRACE_FST=${trace === "fst" ? 1 : 0}`,
    `-DVM_TRACE_VCD=${trace === "vcd" ? 1 : 0}`,
    `-DVM_COVERAGE=${coverage ? 1 : 0}`,
    "-DVM_SC=0",
    "-DVERILATOR=1",
    // run_simulator.cpp has its own versions of what ends a simulation.
    "-DVL_USER_FINISH",
    "-DVL_USER_STOP",
    "-DVL_USER_FATAL",
    "-isystem",
    include,
    "-isystem",
    path.join(include, "vltstd"),
  ];
}

// Without the check for null: g++ 12 takes thread-local objects of Verilator's run-time for null pointers. AddressSanitizer ends a program
// that really follows a null pointer all the same.
const SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize=null", "-fno-sanitize-recover=all", "-g1"];

/**
 * The C++ of the program and Verilator's run-time as one archive, compiled once for all designs.
 * @param {{ program: Program, trace: string, coverage: boolean, sanitize: boolean, out: string, log: (line: string) => void }} options
 */
async function buildLibrary({ program, trace, coverage, sanitize, out, log }) {
  const { include, compiler, versions } = await tools();
  const listings = await Promise.all(
    program.dirs.map(async (dir) => (await fs.readdir(dir)).sort().map((name) => path.join(dir, name))),
  );
  const names = listings.flat().filter((name) => /\.(cpp|h)$/.test(name));
  const texts = await Promise.all(names.map((name) => fs.readFile(name, "utf8")));
  const flags = [...commonFlags({ trace, coverage, sanitize }, include), "-O2"];
  const relative = names.map((name) => path.relative(ROOT, name));
  const hash = hashOf(versions, flags.join(" "), LIBRARY_RECIPE, ...relative, ...texts);
  const dir = path.join(out, `${program.library}-${trace}${coverage ? "-cov" : ""}${sanitize ? "-asan" : ""}-${hash}`);
  await once(dir, async (temporary) => {
    log(`build ${program.library} (trace ${trace}${sanitize ? ", sanitizers" : ""})`);
    // verilated_threads, _random: only there, and only needed, in some versions.
    const runtime = ["verilated", "verilated_dpi", "verilated_threads", "verilated_random"];
    if (trace !== "none") runtime.push(`verilated_${trace}_c`);
    if (coverage) runtime.push("verilated_cov");
    const sources = [
      ...names.filter((name) => name.endsWith(".cpp") && program.isShared(path.relative(ROOT, name))),
      ...runtime.map((name) => path.join(include, `${name}.cpp`)).filter((file) => existsSync(file)),
    ];
    const compileOne = async (/** @type {string} */ source) => {
      const ours = source.startsWith(ROOT);
      const warnings = ours ? ["-Wall", "-Wextra", "-Werror"] : ["-w"];
      const object = `${path.basename(source, ".cpp")}.o`;
      await run(
        compiler[0] ?? "g++",
        [...compiler.slice(1), ...flags, ...warnings, "-c", source, "-o", object],
        temporary,
      );
      return object;
    };
    const objects = await inParallel(2, sources, compileOne);
    await run("ar", ["rcs", "libprogram.a", ...objects], temporary);
    await Promise.all(objects.map((object) => fs.rm(path.join(temporary, object))));
  });
  return path.join(dir, "libprogram.a");
}
const LIBRARY_RECIPE = "2";

/**
 * @template T, R
 * @param {number} workers
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
async function inParallel(workers, items, work) {
  /** @type {R[]} */
  const results = [];
  const left = items.entries();
  const worker = async () => {
    for (const [i, item] of left) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return results;
}

/**
 * All files that the top module may need: from its file on, every word that is the name of a file.
 * A few too many do no harm, they only make a build look changed.
 * @param {string} top
 * @param {readonly string[]} dirs Searched in this order.
 */
async function reachableFiles(top, dirs) {
  /** @type {Map<string, string>} */
  const byName = new Map();
  for (const dir of [...dirs].reverse()) {
    for (const name of await fs.readdir(dir)) {
      const match = /^(\w+)\.(v|sv|vh|svh)$/.exec(name);
      if (match !== null) byName.set(match[1] ?? "", path.join(dir, name));
    }
  }
  /** @type {Map<string, string>} file -> text */
  const found = new Map();
  const queue = [top];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const file = byName.get(name);
    if (file === undefined || found.has(file)) continue;
    const text = await fs.readFile(file, "utf8");
    found.set(file, text);
    queue.push(...new Set(text.match(/\b[A-Za-z_]\w*/g) ?? []));
  }
  const topFile = byName.get(top);
  if (topFile === undefined) throw new Error(`no file for the top module ${top} in ${dirs.join(" ")}`);
  return { topFile, files: [...found].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/**
 * C++ that describes one Verilated class to the bridge, from the port macros of its header.
 * @param {string} header
 * @param {GlueInfo} info
 */
function glueCode(header, { top, trace, debug, parameters }) {
  const macro = /\bVL_(IN|OUT|INOUT)(?:8|16|64|W)?\(&?(\w+),(-?\d+),(-?\d+)(?:,\d+)?\);/g;
  const ports = [...header.matchAll(macro)].map(([, direction, name = "", msb, lsb]) => ({
    name,
    width: Math.abs(Number(msb) - Number(lsb)) + 1,
    isInput: direction === "IN",
  }));
  const hasClock = ports.some((port) => port.name === "clk" && port.width === 1);
  const traceClass = { none: "NoTrace", vcd: "FileTrace<VerilatedVcdC>", fst: "FileTrace<VerilatedFstC>" }[trace];
  const quote = JSON.stringify;
  const pairs = Object.entries(parameters).map(([name, value]) => `{${quote(name)}, ${quote(String(value))}}`);
  // A wide port is a class around an array; its address is the address of the array.
  const list = ports.map(
    ({ name, width, isInput }) => `      PortSignal(${quote(name)}, &top->${name}, ${width}, ${isInput}),\n`,
  );
  return `// Generated by scripts/build-sim.mjs.
#include "Vdut.h"
${trace === "none" ? "" : `#include <verilated_${trace}_c.h>\n`}#include "run_simulator.h"
#include "verilated_dut.h"

namespace {

using vnet_sim::FileTrace;
using vnet_sim::NoTrace;
using vnet_sim::PortSignal;
using Dut = vnet_sim::VerilatedDut<Vdut, ${traceClass}>;

uint8_t* Clk(${hasClock ? "Vdut* top" : "Vdut*"}) { return ${hasClock ? "&top->clk" : "nullptr"}; }

std::vector<vnet_sim::Signal> Ports(${ports.length > 0 ? "Vdut* top" : "Vdut*"}) {
  return {
${list.join("")}  };
}

}  // namespace

int main(int argc, char** argv) {
  return vnet_sim::RunSimulator(argc, argv, {${pairs.join(", ")}}, [] {
    return std::make_unique<Dut>(Dut::Description{${quote(top)}, ${quote(trace)}, ${debug}, Clk, Ports});
  });
}
`;
}

/**
 * Builds the simulator if it does not exist.
 * @param {BuildOptions} [options]
 * @returns {Promise<string>} path of the executable
 */
export async function buildSim(options = {}) {
  const top = options.top ?? "tb_top";
  const trace = options.trace ?? "none";
  const debug = options.debugSignals ?? false;
  const coverage = options.coverage ?? false;
  const program = PROGRAMS[options.program ?? "bridge"];
  const sanitize = options.sanitize ?? false;
  const optimize = options.optimize ?? (top === "tb_top" || program === PROGRAMS.cosim ? "fast" : "quick");
  const out = path.resolve(options.out ?? path.join(ROOT, "build", "sim"));
  const log = options.log ?? (() => {});
  /** @type {Record<string, number | string>} */
  const parameters = { ...options.parameters };
  if (options.dataW !== undefined) parameters["DATA_W"] = options.dataW;

  /** @type {string[]} */
  const extraFiles = [];
  /** @type {string[]} */
  const extraDirs = [];
  for (const source of options.sources ?? []) {
    const absolute = path.resolve(source);
    if ((await fs.stat(absolute)).isDirectory()) extraDirs.push(absolute);
    else extraFiles.push(absolute);
  }
  const rtlDir = path.resolve(options.rtlDir ?? path.join(ROOT, "rtl"));
  const dirs = [
    ...new Set([...extraDirs, ...extraFiles.map((file) => path.dirname(file))]),
    ...(await directoriesBelow(rtlDir)),
    ...program.dirs,
  ];
  const { topFile, files } = await reachableFiles(top, dirs);
  const library = await buildLibrary({ program, trace, coverage, sanitize, out, log });
  const { include, compiler, versions } = await tools();

  const isInstrumented = coverage || sanitize;
  const verilatorFlags = [
    "--cc",
    "--prefix",
    "Vdut",
    "--top-module",
    top,
    "--assert",
    "--x-assign",
    "unique",
    "--x-initial",
    "unique",
    "--no-timing",
    "+1364-2005ext+v",
    "-O3",
    "--output-split",
    "0",
    // Warnings are the business of make check; here only errors count.
    "-Wno-fatal",
    "-Wno-lint",
    "-Wno-style",
    ...(trace === "vcd" ? ["--trace", "--trace-structs"] : []),
    ...(trace === "fst" ? ["--trace-fst", "--trace-structs"] : []),
    ...(debug ? ["--public-flat-rw"] : []),
    ...(coverage ? ["--coverage-line", "--coverage-toggle"] : []),
    // Counters and checks make the functions of the design so long that the compiler takes minutes for one.
    ...(isInstrumented ? ["--output-split-cfuncs", "500"] : []),
    ...Object.entries(parameters).map(([name, value]) => `-G${name}=${value}`),
    ...Object.entries(options.defines ?? {}).map(([name, value]) => `+define+${name}=${value}`),
  ];
  const level = optimize === "fast" && !isInstrumented ? "-O2" : "-O1";
  const hash = hashOf(
    versions,
    library,
    level,
    verilatorFlags.join(" "),
    await fs.readFile(fileURLToPath(import.meta.url), "utf8"),
    ...files.flatMap(([file, text]) => [path.basename(file), text]),
    // With the co-simulation this file is part of the design's code.
    ...(program === PROGRAMS.cosim ? [await fs.readFile(path.join(COSIM_DIR, "rtl_device.cpp"), "utf8")] : []),
    // Line coverage names the files.
    ...(coverage ? [rtlDir] : []),
  );
  const dir = path.join(out, `${top}-${hash}`);
  await once(dir, async (temporary) => {
    log(`build ${[top, ...verilatorFlags.filter((flag) => flag.startsWith("-G")), trace].join(" ")}`);
    const search = dirs.flatMap((one) => ["-y", one, `-I${one}`]);
    await run("verilator", [...verilatorFlags, "--Mdir", temporary, ...search, topFile], ROOT);
    const glue = program.glue(await fs.readFile(path.join(temporary, "Vdut.h"), "utf8"), {
      top,
      trace,
      debug,
      parameters,
    });
    await fs.writeFile(path.join(temporary, "glue.cpp"), glue);
    const generated = (await fs.readdir(temporary)).filter((name) => name.endsWith(".cpp")).sort();
    // Code that runs once is compiled for size, the rest in one piece for speed.
    const isGlue = (/** @type {string} */ name) => name === "glue.cpp";
    const isSlow = (/** @type {string} */ name) => /__Slow|__Syms/.test(name);
    const units =
      optimize === "fast" || isInstrumented
        ? [
            { name: "fast", level, parts: generated.filter((name) => !isSlow(name) && !isGlue(name)) },
            // Apart, so that the design need not be compiled again when only the C++ around it has changed.
            { name: "glue", level, parts: generated.filter(isGlue) },
            { name: "slow", level: isInstrumented ? "-O0" : "-Os", parts: generated.filter(isSlow) },
          ]
        : [{ name: "all", level, parts: generated }];
    const objects = await inParallel(2, units, async (unit) => {
      const text = unit.parts.map((part) => `#include "${part}"\n`).join("");
      await fs.writeFile(path.join(temporary, `unit_${unit.name}.cpp`), text);
      const object = `unit_${unit.name}.o`;
      await run(
        compiler[0] ?? "g++",
        [
          ...compiler.slice(1),
          ...commonFlags({ trace, coverage, sanitize }, include),
          "-I.",
          ...program.dirs.map((dir) => `-I${dir}`),
          unit.level,
          "-w",
          "-c",
          `unit_${unit.name}.cpp`,
          "-o",
          object,
        ],
        temporary,
      );
      return object;
    });
    const cxx = compiler[compiler.length - 1] ?? "g++";
    const linkFlags = [...(sanitize ? SANITIZE : []), ...program.link];
    await run(cxx, [...objects, library, "-o", "sim", ...linkFlags, "-lz", "-lpthread"], temporary);
    const rubbish = (await fs.readdir(temporary)).filter((name) => name !== "sim");
    await Promise.all(rubbish.map((name) => fs.rm(path.join(temporary, name), { recursive: true })));
  });
  return path.join(dir, "sim");
}

/** @param {readonly string[]} list NAME=VALUE @param {string} option */
function pairs(list, option) {
  return Object.fromEntries(
    list.map((text) => {
      const match = /^(\w+)(?:=(.*))?$/.exec(text);
      if (match === null || match[1] === undefined) throw new Error(`${option} ${text}: NAME=VALUE expected`);
      return [match[1], match[2] ?? ""];
    }),
  );
}

const USAGE = `usage: node scripts/build-sim.mjs [--top MODULE] [--data-w N] [-G NAME=VALUE]...
  [--trace none|vcd|fst] [--debug-signals] [--coverage] [--rtl-dir DIR] [--source FILE|DIR]...
  [--define NAME[=VALUE]]... [--optimize fast|quick] [--program bridge|cosim] [--sanitize] [--out DIR]
Builds a simulator if it does not exist and prints the path of the executable.`;

async function main() {
  const { values } = parseArgs({
    options: {
      top: { type: "string" },
      "data-w": { type: "string" },
      parameter: { type: "string", short: "G", multiple: true, default: [] },
      trace: { type: "string", default: "none" },
      "debug-signals": { type: "boolean", default: false },
      coverage: { type: "boolean", default: false },
      "rtl-dir": { type: "string" },
      source: { type: "string", multiple: true, default: [] },
      define: { type: "string", multiple: true, default: [] },
      optimize: { type: "string" },
      program: { type: "string", default: "bridge" },
      sanitize: { type: "boolean", default: false },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { trace, optimize, program } = values;
  if (program !== "bridge" && program !== "cosim") throw new Error(`--program ${program}?`);
  if (trace !== "none" && trace !== "vcd" && trace !== "fst") throw new Error(`--trace ${trace}?`);
  if (optimize !== undefined && optimize !== "fast" && optimize !== "quick") {
    throw new Error(`--optimize ${optimize}?`);
  }
  const executable = await buildSim({
    trace,
    program,
    sanitize: values.sanitize,
    debugSignals: values["debug-signals"],
    coverage: values.coverage,
    parameters: pairs(values.parameter, "-G"),
    defines: pairs(values.define, "--define"),
    sources: values.source,
    log: (line) => console.error(line),
    ...(values.top === undefined ? {} : { top: values.top }),
    ...(values["data-w"] === undefined ? {} : { dataW: Number(values["data-w"]) }),
    ...(values["rtl-dir"] === undefined ? {} : { rtlDir: values["rtl-dir"] }),
    ...(optimize === undefined ? {} : { optimize }),
    ...(values.out === undefined ? {} : { out: values.out }),
  });
  console.log(executable);
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((/** @type {Error} */ error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
