// make synth: measures size, LUT levels and clock of the device; see docs/size.md for how and for the results.
//
// Exit codes: 0 all measured, all required values met; 1 something failed or a required value is missed; 2 bad option.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { isKept, setCommonKey } from "./cache.ts";
import { BY_MODULE, CONFIGS, PNR, moduleParameters, type ConfigName, type TargetName, type Width } from "./configs.ts";
import { HELP, OptionError, readOptions, rtlFiles, type Options } from "./options.ts";
import {
  markdown,
  median,
  structuralFaults,
  textReport,
  textTable,
  verdicts,
  type Results,
  type Row,
} from "./report.ts";
import {
  OUT,
  StepError,
  installPnr,
  measureHierarchy,
  measureLevels,
  measureSize,
  placeAndRoute,
  type Design,
  type LevelResult,
  type ModuleUse,
  type Placed,
  type Size,
} from "./yosys.ts";

const TOP = "vnet_top";
const DOC = "docs/size.md";

interface Step {
  readonly name: string;
  /** Runs after the step of this name, and not at all if that failed. */
  readonly after?: string;
  /** Returns a short word about the result. */
  readonly run: () => Promise<string>;
}

const faults: string[] = [];

/** Runs the steps, `jobs` at a time, each as soon as the one it waits for is done; a failed step does not stop the others. */
async function runAll(steps: readonly Step[], jobs: number): Promise<void> {
  const waiting = [...steps];
  const passed = new Set<string>();
  const failed = new Set<string>();
  const running = new Set<Promise<void>>();
  const begun = performance.now();
  let finished = 0;
  const line = (step: Step, text: string, since: number): void => {
    finished++;
    const seconds = ((performance.now() - since) / 1000).toFixed(0);
    console.log(`[${String(finished).padStart(2)}/${steps.length}] ${step.name.padEnd(34)} ${text}  (${seconds} s)`);
  };
  while (waiting.length > 0 || running.size > 0) {
    for (let index = 0; index < waiting.length && running.size < jobs;) {
      const step = waiting[index];
      if (step === undefined) break;
      if (step.after !== undefined && failed.has(step.after)) {
        waiting.splice(index, 1);
        failed.add(step.name);
        line(step, "left out", performance.now());
        continue;
      }
      if (step.after !== undefined && !passed.has(step.after)) {
        index++;
        continue;
      }
      waiting.splice(index, 1);
      const since = performance.now();
      const job = step
        .run()
        .then((text) => {
          passed.add(step.name);
          line(step, text, since);
        })
        .catch((error: unknown) => {
          failed.add(step.name);
          faults.push(`${step.name}: ${error instanceof Error ? error.message : String(error)}`);
          line(step, "FAILED", since);
          if (!(error instanceof StepError)) console.error(error);
        })
        .finally(() => running.delete(job));
      running.add(job);
    }
    if (running.size > 0) await Promise.race(running);
  }
  console.log(`${steps.length} steps in ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
}

const sizeText = (size: Size): string => `LUT ${size.lut} FF ${size.ff} LUT RAM ${size.lutram} block RAM ${size.bram}`;
const levelText = (levels: LevelResult): string =>
  `${levels.plain} levels, ${levels.lutram} through LUT RAM (${levels.paths[0]?.from ?? "-"} -> ${levels.paths[0]?.to ?? "-"})`;

const note = (result: object): string => (isKept(result) ? ", kept" : "");

function includeDirs(): string[] {
  return readdirSync("rtl", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `rtl/${entry.name}`);
}

async function measureDevice(options: Options, files: ReadonlyMap<string, string>): Promise<Results> {
  const dirs = includeDirs();
  const file = files.get(TOP);
  if (file === undefined) throw new StepError(`no ${TOP} in rtl/`);
  const key = (width: Width, config: ConfigName): string => `${width}-${config}`;
  const design = (width: Width, config: ConfigName): Design => ({
    id: key(width, config),
    top: TOP,
    file,
    parameters: { DATA_W: width, ...CONFIGS[config] },
  });
  const levels = new Map<string, LevelResult>();
  const sizes = new Map<string, Size>();
  const modules = new Map<string, readonly ModuleUse[]>();
  const placed: Placed[] = [];
  const steps: Step[] = [];
  const pnr =
    options.pnr &&
    options.targets.includes("ecp5") &&
    options.widths.includes(PNR.width) &&
    options.configs.includes(PNR.config);
  const pairs = options.configs.flatMap((config) => options.widths.map((width) => ({ width, config })));

  const sizeStep = (target: TargetName, width: Width, config: ConfigName): Step => ({
    name: `${target} ${width} bit ${config}`,
    run: async () => {
      const size = await measureSize(design(width, config), dirs, target, isForPnr(target, width, config));
      sizes.set(`${target}-${key(width, config)}`, size);
      return sizeText(size) + note(size);
    },
  });
  const isForPnr = (target: TargetName, width: Width, config: ConfigName): boolean =>
    pnr && target === "ecp5" && width === PNR.width && config === PNR.config;

  // Place and route waits for its netlist, so that comes first.
  if (pnr) steps.push(sizeStep("ecp5", PNR.width, PNR.config));
  if (pnr) {
    steps.push({
      name: "nextpnr",
      run: async () => {
        await installPnr();
        return "ready";
      },
    });
    for (const seed of options.quick ? PNR.seeds.slice(0, 1) : PNR.seeds) {
      steps.push({
        name: `place and route, seed ${seed}`,
        after: "nextpnr",
        run: async () => {
          const run = await placeAndRoute(design(PNR.width, PNR.config), seed);
          placed.push(run);
          return `${run.fmaxMhz} MHz (${run.from} -> ${run.to})${note(run)}`;
        },
      });
    }
  }
  for (const { width, config } of pairs) {
    steps.push({
      name: `levels ${width} bit ${config}`,
      run: async () => {
        const result = await measureLevels(design(width, config), dirs);
        levels.set(key(width, config), result);
        return levelText(result) + note(result);
      },
    });
  }
  for (const { target, width, config } of BY_MODULE) {
    if (!options.targets.includes(target) || !options.widths.includes(width) || !options.configs.includes(config))
      continue;
    steps.push({
      name: `${target} ${width} bit ${config} modules`,
      run: async () => {
        const rows = await measureHierarchy(design(width, config), dirs, target);
        modules.set(`${target}-${key(width, config)}`, rows);
        return `${rows.length} instances${note(rows)}`;
      },
    });
  }
  for (const { width, config } of pairs) {
    for (const target of options.targets) {
      if (options.hasSize(target, width, config) && !isForPnr(target, width, config)) {
        steps.push(sizeStep(target, width, config));
      }
    }
  }
  const netlist = `ecp5 ${PNR.width} bit ${PNR.config}`;
  await runAll(
    steps.map((step) => (step.name === "nextpnr" ? { ...step, after: netlist } : step)),
    options.jobs,
  );

  placed.sort((a, b) => a.seed - b.seed);
  const rows: Row[] = [];
  for (const target of options.targets) {
    for (const { width, config } of pairs) {
      const size = sizes.get(`${target}-${key(width, config)}`);
      const level = levels.get(key(width, config));
      if (size === undefined && !options.hasSize(target, width, config)) continue;
      if (level !== undefined) faults.push(...structuralFaults(`${target} ${width} bit ${config}`, size, level));
      if (size === undefined) continue;
      const here = target === "ecp5" && width === PNR.width && config === PNR.config;
      rows.push({
        target,
        data_w: width,
        config,
        lut: size.lut,
        carry: size.carry,
        ff: size.ff,
        lutram: size.lutram,
        bram: size.bram,
        dsp: size.dsp,
        lut_levels: level?.plain ?? null,
        lut_levels_lutram: level?.lutram ?? null,
        fmax_mhz: here ? median(placed.map((run) => run.fmaxMhz)) : null,
      });
    }
  }
  return {
    rows,
    placed,
    levels: pairs.flatMap(({ width, config }) => {
      const level = levels.get(key(width, config));
      return level === undefined
        ? []
        : [{ data_w: width, config, lut_levels: level.plain, lut_levels_lutram: level.lutram, paths: level.paths }];
    }),
    hierarchy: BY_MODULE.flatMap(({ target, width, config }) => {
      const rowsOf = modules.get(`${target}-${key(width, config)}`);
      return rowsOf === undefined ? [] : [{ target, data_w: width, config, modules: rowsOf }];
    }),
  };
}

/** Single modules, for whoever works on one: levels with the slowest paths, and size. */
async function measureModules(options: Options, files: ReadonlyMap<string, string>): Promise<void> {
  const dirs = includeDirs();
  const lines: (string | number | null)[][] = [];
  const paths: string[] = [];
  const steps = options.modules.flatMap((top) =>
    options.configs.flatMap((config) =>
      options.widths.map((width): Step => ({
        name: `${top} ${width} bit ${config}`,
        run: async () => {
          const file = files.get(top) ?? "";
          const text = readFileSync(file, "utf8");
          const known = Object.entries({ ...moduleParameters(CONFIGS[config]), DATA_W: width }).filter(([name]) =>
            new RegExp(`parameter +integer +${name} *=`).test(text),
          );
          const design = { id: `${top}-${width}-${config}`, top, file, parameters: Object.fromEntries(known) };
          const levels = await measureLevels(design, dirs);
          faults.push(...structuralFaults(design.id, undefined, levels));
          for (const path of levels.paths.slice(0, 5)) {
            paths.push(
              `${design.id}: ${path.levels} levels, ${path.from} -> ${path.to}, via ${path.via.slice(0, 4).join(", ")}`,
            );
          }
          for (const target of options.targets) {
            const size = await measureSize(design, dirs, target);
            faults.push(...structuralFaults(design.id, size, levels));
            lines.push([
              top,
              width,
              config,
              target,
              size.lut,
              size.carry,
              size.ff,
              size.lutram,
              size.bram,
              levels.plain,
              levels.lutram,
            ]);
          }
          return levelText(levels);
        },
      })),
    ),
  );
  await runAll(steps, options.jobs);
  const head = [
    "module",
    "bits",
    "configuration",
    "target",
    "LUT",
    "carry",
    "FF",
    "LUT RAM",
    "block RAM",
    "levels",
    "through LUT RAM",
  ];
  console.log(`${textTable(head, lines)}\n\nSlowest paths\n${paths.join("\n")}`);
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Replaces the tables of the document. */
function writeDoc(results: Results): void {
  const begin = "<!-- made by make synth: begin -->";
  const end = "<!-- made by make synth: end -->";
  const text = readFileSync(DOC, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new StepError(`${DOC} lacks the marks around its tables`);
  writeWhole(DOC, `${text.slice(0, from + begin.length)}\n\n${markdown(results)}\n\n${text.slice(to)}`);
}

async function main(): Promise<number> {
  if (process.env["HELP"] === "1") {
    console.log(HELP);
    return 0;
  }
  const options = readOptions(process.env);
  const version = spawnSync("yosys", ["-V"], { encoding: "utf8" });
  if (version.status !== 0) throw new StepError("yosys is missing; please install the Debian package yosys");
  const files = rtlFiles();
  mkdirSync(OUT, { recursive: true });
  setCommonKey(version.stdout);
  if (options.modules.length > 0) {
    await measureModules(options, files);
  } else {
    const results = await measureDevice(options, files);
    console.log(`${textReport(results)}\n`);
    const judged = verdicts(results);
    for (const { text, ok } of judged) console.log(`${ok ? "met   " : "MISSED"} ${text}`);
    const tools = { yosys: version.stdout.trim() };
    writeWhole(
      `${OUT}/synth.json`,
      `${JSON.stringify({ tools, configs: CONFIGS, ...results, faults, verdicts: judged }, null, 1)}\n`,
    );
    console.log(`\nwritten: ${OUT}/synth.json`);
    if (options.complete && existsSync(DOC) && results.rows.length > 0 && faults.length === 0) {
      writeDoc(results);
      console.log(`written: ${DOC}`);
    }
    faults.push(...judged.filter((verdict) => !verdict.ok).map((verdict) => `required value missed: ${verdict.text}`));
  }
  const unique = [...new Set(faults)];
  for (const fault of unique) console.error(`synth: ${fault}`);
  console.log(unique.length === 0 ? "synth: all good" : `synth: ${unique.length} faults`);
  return unique.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof OptionError) && !(error instanceof StepError)) throw error;
  console.error(`synth: ${error.message}`);
  if (error instanceof OptionError) console.error(`\n${HELP}`);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
