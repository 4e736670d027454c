/**
 * `make cosim`: drivers that others wrote against the simulated card. Prints a table and writes `build/cosim/cosim.json` and `speed.json`.
 *
 * Options by environment: `ROWS=linux,linux-intx` takes these rows, `GROUP=linux` those of a group. In CI (`CI` set) a row that cannot run here is a
 * failure, elsewhere a skip with its reason. Exit codes: 0 all rows passed or were skipped, 1 one failed, 2 a bad option.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ROOT } from "./prepare.ts";
import { Program } from "./processes.ts";
import { type Files, GROUPS, Missing, type Row, type RowReport, type RowResult, type Speed } from "./row.ts";
import { ROWS } from "./rows.ts";

const OUT = join(ROOT, "build/cosim");

interface Outcome {
  readonly result: RowResult;
  readonly speed: Speed;
  /** Why the row failed or was skipped. */
  readonly reason: string;
}

const NOTHING: RowReport = {
  driver: "",
  version: "",
  features: "",
  frames_tx: 0,
  frames_rx: 0,
  header_inline: 0,
  header_alone: 0,
  header_cut: 0,
  bytes_verified: 0,
  lost: 0,
};

function choose(): readonly Row[] | undefined {
  const names = (process.env["ROWS"] ?? "").split(",").filter((name) => name !== "");
  const group = process.env["GROUP"] ?? "";
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) {
    console.error(
      `make cosim: ROWS: expected some of ${ROWS.map((row) => row.name).join(",")}, got '${unknown.join(",")}'`,
    );
    return undefined;
  }
  if (group !== "" && !GROUPS.some((one) => one === group)) {
    console.error(`make cosim: GROUP: expected one of ${GROUPS.join(", ")}, got '${group}'`);
    return undefined;
  }
  return ROWS.filter(
    (row) => (names.length === 0 || names.includes(row.name)) && (group === "" || row.group === group),
  );
}

async function runRow(row: Row): Promise<Outcome> {
  const started = performance.now();
  const finish = (report: RowReport, result: RowResult["result"], reason = "", speed: Speed = {}): Outcome => {
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    return {
      result: {
        driver: report.driver === "" ? row.name : report.driver,
        version: report.version,
        transport: row.transport,
        features: report.features,
        frames_tx: report.frames_tx,
        frames_rx: report.frames_rx,
        header_inline: report.header_inline,
        header_alone: report.header_alone,
        header_cut: report.header_cut,
        bytes_verified: report.bytes_verified,
        lost: report.lost,
        seconds,
        result,
      },
      speed,
      reason,
    };
  };
  let files: Files;
  try {
    files = await row.prepare();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const isSkip = thrown instanceof Missing && (process.env["CI"] ?? "") === "";
    return finish(NOTHING, isSkip ? "skipped" : "failed", reason);
  }
  const dir = join(OUT, row.name);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  // The namespaces end with the process in them, and take all that was started along.
  const child = new Program(
    [
      ...["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"],
      ...[process.execPath, "--import=tsx", join(ROOT, "cosim/row-main.ts"), row.name, dir, JSON.stringify(files)],
    ],
    { logPath: join(dir, "row.log"), cwd: ROOT },
  );
  child.closeInput();
  // A timer left running would keep this program alive after the table.
  const over = new AbortController();
  const limit = setTimeout(row.limitSeconds * 1000, "limit" as const, { signal: over.signal });
  let shown = 0;
  const progress = setInterval(() => {
    const lines = child.output.split("\n").slice(0, -1);
    for (; shown < lines.length; shown++) console.log(`    ${lines[shown]}`);
  }, 500);
  const exit = await Promise.race([child.exited, limit]);
  over.abort();
  clearInterval(progress);
  if (exit === "limit") {
    child.kill();
    await child.exited;
    return finish(NOTHING, "failed", `not finished within ${row.limitSeconds} s; see ${dir}`);
  }
  const path = join(dir, "report.json");
  if (!existsSync(path)) return finish(NOTHING, "failed", `ended with ${exit} and no report: ${child.tail()}`);
  const { report, error, speed } = JSON.parse(readFileSync(path, "utf8")) as {
    report?: RowReport;
    error?: string;
    speed: Speed;
  }; // written by row-main.ts
  if (report === undefined) return finish(NOTHING, "failed", `${error ?? "no report"}\n(logs: ${dir})`, speed);
  return finish(report, report.lost === 0 ? "passed" : "failed", report.lost === 0 ? "" : `${report.lost} lost`, speed);
}

function table(outcomes: readonly { readonly row: Row; readonly outcome: Outcome }[]): string {
  const heads = [
    "row",
    "driver",
    "version",
    "frames tx",
    "frames rx",
    "inline",
    "alone",
    "cut",
    "bytes verified",
    "s",
    "kcycle/s",
    "result",
  ];
  const lines = outcomes.map(({ row, outcome: { result, speed } }) => [
    row.name,
    result.driver,
    result.version,
    result.frames_tx,
    result.frames_rx,
    result.header_inline,
    result.header_alone,
    result.header_cut,
    result.bytes_verified,
    result.seconds,
    speed["kcycle_per_s"] ?? "",
    result.result,
  ]);
  const all = [heads, ...lines].map((line) => line.map(String));
  const widths = heads.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const isText = (column: number): boolean => column < 3 || column === heads.length - 1;
  return all
    .map((line) =>
      line
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

async function main(): Promise<number> {
  const rows = choose();
  if (rows === undefined) return 2;
  mkdirSync(OUT, { recursive: true });
  const outcomes: { row: Row; outcome: Outcome }[] = [];
  for (const [index, row] of rows.entries()) {
    console.log(`[${index + 1}/${rows.length}] ${row.name}`);
    const outcome = await runRow(row);
    outcomes.push({ row, outcome });
    const reason = outcome.reason === "" ? "" : `: ${outcome.reason}`;
    console.log(`    ${outcome.result.result} in ${outcome.result.seconds} s${reason}`);
  }
  const write = (name: string, value: unknown): void => {
    writeFileSync(join(OUT, name), `${JSON.stringify(value, undefined, 2)}\n`);
  };
  write(
    "cosim.json",
    outcomes.map(({ outcome }) => outcome.result),
  );
  write("speed.json", Object.fromEntries(outcomes.map(({ row, outcome }) => [row.name, outcome.speed])));
  console.log(`\n${table(outcomes)}`);
  const count = (result: RowResult["result"]): number =>
    outcomes.filter(({ outcome }) => outcome.result.result === result).length;
  console.log(
    `${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped; details in build/cosim`,
  );
  return count("failed") === 0 ? 0 : 1;
}

process.exitCode = await main();
