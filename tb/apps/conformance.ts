/**
 * `make conformance`: ties every device-side requirement of virtio 1.4 to the tests, proofs or documents that show it.
 *
 * `docs/conformance.tsv` is the table, docs/conformance.md the page made from it. A test shows the requirements whose IDs stand in its title; only tests of the device count
 * (`tb/test/rtl`, `tb/test/system`). Results of `make test` are used if the sources have not changed since; tests whose result is not known are run.
 *
 *     conformance.ts            check everything (exit code 1: something is not as the table says)
 *     conformance.ts --check    check the table and the page, run nothing
 *     conformance.ts --update   write the titles of the tests into the table, and the page
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";

import { PROOFS } from "../../formal/proofs.ts";
import { RESULTS_PATH, sourceHash } from "../test/results.ts";
import type { TestResult } from "../test/results.ts";

const TABLE = "docs/conformance.tsv";
const PAGE = "docs/conformance.md";
const FORMAL = "build/formal/formal.json";
const OUTPUT = "build/conformance";
const COLUMNS = ["id", "section", "level", "paraphrase", "applies_when", "status", "evidence", "note"] as const;
const STATUSES = ["met", "not applicable", "not met"] as const;
/** How many requirements there are under each name; a row that is lost is noticed by this. */
const ROWS: Readonly<Record<string, number>> = {
  ...{ CONF: 3, STAT: 5, FEAT: 8, RST: 3, CFG: 4, INIT: 2, SUSP: 12, RSVD: 15, VQR: 4, FRAM: 6, SVQ: 28, PVQ: 21 },
  ...{ NTFD: 4, SHM: 1, PCI: 85, MMIO: 20, "NET-CFG": 23, "NET-HDR": 3, "NET-TX": 19, "NET-RX": 50, "NET-HASH": 18 },
  ...{ "NET-CTRL": 43, "NET-COAL": 11, "NET-STAT": 7, "NET-FF": 22, "NET-IPSEC": 11 },
};
const GROUPS: Readonly<Record<string, string>> = {
  CONF: "Conformance targets",
  STAT: "Device status",
  FEAT: "Feature bits",
  RST: "Device reset",
  CFG: "Configuration space",
  INIT: "Initialisation, legacy",
  SUSP: "Suspend",
  RSVD: "Reserved feature bits",
  VQR: "Queue reset",
  FRAM: "Message framing",
  SVQ: "Split virtqueues",
  PVQ: "Packed virtqueues",
  NTFD: "Notification data",
  SHM: "Shared memory",
  PCI: "PCI transport",
  MMIO: "MMIO transport",
  "NET-CFG": "Network device: features and configuration",
  "NET-HDR": "Network device: header",
  "NET-TX": "Network device: transmit",
  "NET-RX": "Network device: receive",
  "NET-HASH": "Network device: hash and steering",
  "NET-CTRL": "Network device: control queue",
  "NET-COAL": "Network device: coalescing",
  "NET-STAT": "Network device: statistics",
  "NET-FF": "Network device: flow filter",
  "NET-IPSEC": "Network device: IPsec",
};
const ID_IN_TITLE = /\[((?:NET-)?[A-Z]+-\d+)\]/g;
/** More titles of one file than this are only counted. */
const MAX_TITLES = 2;

type Row = Record<(typeof COLUMNS)[number], string>;

/** A test of the device, from a dry run. */
interface DeviceTest {
  readonly file: string;
  readonly title: string;
  readonly fullTitle: string;
}

class ConformanceError extends Error {}

function readTable(): Row[] {
  const [head = "", ...lines] = readFileSync(TABLE, "utf8").trimEnd().split("\n");
  if (head !== COLUMNS.join("\t")) throw new ConformanceError(`${TABLE}: the first line is not ${COLUMNS.join(", ")}`);
  return lines.map((line, i) => {
    const cells = line.split("\t");
    if (cells.length !== COLUMNS.length) {
      throw new ConformanceError(`${TABLE}:${i + 2}: ${cells.length} columns, expected ${COLUMNS.length}`);
    }
    return Object.fromEntries(COLUMNS.map((name, column) => [name, cells[column] ?? ""])) as Row;
  });
}

function writeTable(rows: readonly Row[]): void {
  const lines = rows.map((row) => COLUMNS.map((name) => row[name]).join("\t"));
  writeFileSync(TABLE, `${[COLUMNS.join("\t"), ...lines].join("\n")}\n`);
}

function groupOf(id: string): string {
  return id.replace(/-\d+$/, "");
}

function entries(row: Row): string[] {
  return row.evidence === "" ? [] : row.evidence.split(" | ");
}

/** What is wrong with the table by itself. */
function tableProblems(rows: readonly Row[]): string[] {
  const problems: string[] = [];
  const ids = new Set(rows.map((row) => row.id));
  if (ids.size !== rows.length) problems.push("some ID stands twice");
  for (const [group, count] of Object.entries(ROWS)) {
    for (let i = 1; i <= count; i++) {
      const id = `${group}-${String(i).padStart(2, "0")}`;
      if (!ids.delete(id)) problems.push(`${id}: the row is missing`);
    }
  }
  for (const id of ids) problems.push(`${id}: no such requirement`);
  for (const row of rows) {
    const { id, level, status, note } = row;
    if (!(STATUSES as readonly string[]).includes(status)) problems.push(`${id}: status '${status}'`);
    if (status === "met" && row.evidence === "") problems.push(`${id}: met, but nothing shows it`);
    if (status !== "met" && note === "") problems.push(`${id}: ${status}, and no reason is given`);
    if (status === "not met" && level.startsWith("MUST"))
      problems.push(`${id}: ${level} of an offered feature is not met`);
    for (const entry of entries(row)) {
      const doc = /^doc (\S+) "(.+)"$/.exec(entry);
      if (doc !== null) {
        const [, file = "", heading = ""] = doc;
        const isThere =
          existsSync(file) &&
          readFileSync(file, "utf8")
            .split("\n")
            .some((line) => line.replace(/^#+ /, "") === heading && line.startsWith("#"));
        if (!isThere) problems.push(`${id}: ${file} has no section "${heading}"`);
      } else if (entry.startsWith("proof ")) {
        if (!PROOFS.some((proof) => entry === `proof ${proof.id}`)) problems.push(`${id}: no such ${entry}`);
      } else if (!/^test \S/.test(entry)) {
        problems.push(`${id}: evidence '${entry}' is neither test, proof nor doc`);
      }
    }
  }
  return problems;
}

/** All tests of the device with IDs in their titles. */
function deviceTests(): DeviceTest[] {
  mkdirSync(OUTPUT, { recursive: true });
  const listPath = `${OUTPUT}/tests.json`;
  const run = spawnSync(
    process.execPath,
    [
      ...[
        "node_modules/mocha/bin/mocha.js",
        "--dry-run",
        "--reporter",
        "json",
        "--reporter-option",
        `output=${listPath}`,
      ],
      ...["tb/test/rtl/*.spec.ts", "tb/test/system/*.spec.ts"],
    ],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  if (run.status !== 0) throw new ConformanceError(`mocha --dry-run failed:\n${run.stderr}`);
  const list = JSON.parse(readFileSync(listPath, "utf8")) as { readonly tests: readonly DeviceTest[] }; // mocha's json reporter
  return list.tests
    .filter((test) => test.title.match(ID_IN_TITLE) !== null)
    .map((test) => ({ ...test, file: relative(process.cwd(), test.file) }));
}

function idsOf(test: DeviceTest): string[] {
  return [...test.title.matchAll(ID_IN_TITLE)].map((match) => match[1] ?? "");
}

/** The evidence column as it has to be: titles of tests, then what was written by hand. */
function evidenceText(row: Row, tests: readonly DeviceTest[]): string {
  const mine = tests.filter((test) => idsOf(test).includes(row.id));
  const byFile = new Map<string, Set<string>>();
  for (const { file, title } of mine) {
    const titles = byFile.get(file) ?? new Set<string>();
    titles.add(title.replaceAll(ID_IN_TITLE, "").replaceAll(/\s+/g, " ").trim());
    byFile.set(file, titles);
  }
  const shown = [...byFile].flatMap(([file, titles]) => {
    const list = [...titles].slice(0, MAX_TITLES).map((title) => `test ${file} "${title}"`);
    return titles.size > MAX_TITLES ? [...list, `test ${file} (${titles.size - MAX_TITLES} more)`] : list;
  });
  return [...shown, ...entries(row).filter((entry) => !entry.startsWith("test "))].join(" | ");
}

/** Results for the present sources, by file and full title. */
function knownResults(): Map<string, string> {
  const known = new Map<string, string>();
  if (!existsSync(RESULTS_PATH)) return known;
  const hash = sourceHash();
  for (const line of readFileSync(RESULTS_PATH, "utf8").split("\n")) {
    if (line === "") continue;
    const result = JSON.parse(line) as TestResult; // written by tb/test/hooks.ts
    if (result.source === hash) known.set(`${result.file} ${result.title}`, result.state);
  }
  return known;
}

function keyOf(test: DeviceTest): string {
  return `${test.file} ${test.fullTitle}`;
}

/** Runs the tests whose result is not known. */
function runTests(tests: readonly DeviceTest[]): void {
  const files = [...new Set(tests.map((test) => test.file))];
  console.log(`conformance: running ${tests.length} tests of ${files.length} files`);
  spawnSync(
    process.execPath,
    [
      "node_modules/mocha/bin/mocha.js",
      "--forbid-only",
      "--parallel",
      "--jobs",
      "2",
      "--reporter",
      "dot",
      ...files,
      "-g",
      ID_IN_TITLE.source,
    ],
    { stdio: "inherit" },
  );
}

/** What is used of a line of the results of `make formal`: one mode of a proof. */
interface ProofResult {
  readonly proof: string;
  readonly result: string;
}

/** Proofs that were run, and whether all their modes passed; the short run has not all. */
function proofResults(): Map<string, boolean> {
  const results = new Map<string, boolean>();
  if (!existsSync(FORMAL)) return results;
  const outcomes = JSON.parse(readFileSync(FORMAL, "utf8")) as readonly ProofResult[]; // formal/main.ts
  for (const { proof, result } of outcomes) results.set(proof, (results.get(proof) ?? true) && result === "pass");
  return results;
}

function evidenceProblems(rows: readonly Row[]): string[] {
  const problems: string[] = [];
  const tests = deviceTests();
  const ids = new Set(rows.map((row) => row.id));
  for (const test of tests) {
    for (const id of idsOf(test)) if (!ids.has(id)) problems.push(`${test.file} "${test.title}": no requirement ${id}`);
  }
  for (const row of rows) {
    if (evidenceText(row, tests) !== row.evidence) {
      problems.push(`${row.id}: the evidence in ${TABLE} is not what the titles say; run make conformance-update`);
    }
  }
  let results = knownResults();
  const unknown = tests.filter((test) => !results.has(keyOf(test)));
  console.log(
    `conformance: ${tests.length} tests show requirements, ${tests.length - unknown.length} results are known`,
  );
  if (unknown.length > 0) {
    runTests(unknown);
    results = knownResults();
  }
  const proofs = proofResults();
  let proofsMissing = 0;
  for (const row of rows.filter((candidate) => candidate.status === "met")) {
    const mine = tests.filter((test) => idsOf(test).includes(row.id));
    for (const test of mine) {
      const state = results.get(keyOf(test)) ?? "not run";
      if (state !== "passed") problems.push(`${row.id}: ${test.file} "${test.title}": ${state}`);
    }
    let shown = mine.length;
    for (const entry of entries(row)) {
      if (entry.startsWith("doc ")) shown++;
      if (!entry.startsWith("proof ")) continue;
      const result = proofs.get(entry.slice("proof ".length));
      if (result === undefined) proofsMissing++;
      else if (result) shown++;
      else problems.push(`${row.id}: ${entry}: failed`);
    }
    if (shown === 0) problems.push(`${row.id}: met, but nothing that was run shows it`);
  }
  if (proofsMissing > 0)
    console.log(
      `conformance: ${proofsMissing} of the named proofs not looked at: the last make formal did not run them`,
    );
  return problems;
}

/** Rows of markdown: the page for people. */
function page(rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const lines = [
    "# Conformance to virtio 1.4",
    "",
    "Made from [conformance.tsv](conformance.tsv) by `make conformance-update`; do not edit. `make conformance` runs what is named here. The device is a non-transitional network device on PCI",
    "with the features of [overview.md](overview.md). *Not applicable* means that the requirement belongs to a feature or an interface that the device does not offer.",
    "",
    "| part | requirements | met | not met | not applicable |",
    "|---|---|---|---|---|",
  ];
  const count = (list: readonly Row[], status: string): number => list.filter((row) => row.status === status).length;
  const summary = (name: string, list: readonly Row[]): string =>
    `| ${name} | ${list.length} | ${count(list, "met")} | ${count(list, "not met")} | ${count(list, "not applicable")} |`;
  for (const [group, name] of Object.entries(GROUPS)) {
    lines.push(
      summary(
        `${name} (${group})`,
        rows.filter((row) => groupOf(row.id) === group),
      ),
    );
  }
  lines.push(summary("**all**", rows), "");
  for (const [group, name] of Object.entries(GROUPS)) {
    const mine = rows.filter((row) => groupOf(row.id) === group && row.status !== "not applicable");
    if (mine.length === 0) continue;
    lines.push(`## ${name}`, "", "| ID | level | requirement | status | shown by |", "|---|---|---|---|---|");
    for (const row of mine) {
      const shown = [...entries(row), ...(row.note === "" ? [] : [`(${row.note})`])].map(cell).join("<br>");
      lines.push(`| ${row.id} | ${row.level} | ${cell(row.paraphrase)} | ${row.status} | ${shown} |`);
    }
    lines.push("");
  }
  lines.push("## Not applicable", "", "| reason | requirements |", "|---|---|");
  const reasons = new Map<string, string[]>();
  for (const row of rows.filter((candidate) => candidate.status === "not applicable")) {
    reasons.set(row.note, [...(reasons.get(row.note) ?? []), row.id]);
  }
  for (const [reason, list] of reasons) lines.push(`| ${cell(reason)} | ${list.join(", ")} |`);
  return `${lines.join("\n")}\n`;
}

function main(argument: string | undefined): number {
  let rows = readTable();
  if (argument === "--update") {
    const tests = deviceTests();
    rows = rows.map((row) => ({ ...row, evidence: evidenceText(row, tests) }));
    writeTable(rows);
    writeFileSync(PAGE, page(rows));
  }
  const problems = tableProblems(rows);
  if (!existsSync(PAGE) || readFileSync(PAGE, "utf8") !== page(rows)) {
    problems.push(`${PAGE} is not current; run make conformance-update`);
  }
  if (argument === undefined) problems.push(...evidenceProblems(rows));
  for (const problem of problems) console.error(problem);
  const count = (status: string): number => rows.filter((row) => row.status === status).length;
  console.log(
    `conformance: ${rows.length} requirements: ${count("met")} met, ${count("not met")} not met (none of them a MUST), ` +
      `${count("not applicable")} not applicable; ${problems.length} problems`,
  );
  return problems.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main(process.argv[2]);
} catch (thrown) {
  if (!(thrown instanceof ConformanceError)) throw thrown;
  console.error(`conformance: ${thrown.message}`);
  process.exitCode = 1;
}
