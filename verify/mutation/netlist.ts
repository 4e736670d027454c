/**
 * Makes all mutants of one module as one netlist: Yosys elaborates the module, `mutate` adds a multiplexer for each mutant, and the result
 * is written as Verilog under the name and with the ports of the module. The plusarg `+mutant=N` chooses one; 0 is the module as it is.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** One way to break a module. */
export interface Mutant {
  /** Value of the plusarg. */
  readonly id: number;
  /** What `mutate` does: inv, const0, const1, cnot0, cnot1. */
  readonly mode: string;
  /** Cell and port whose bit is broken, for example `$add.Y[3]` or `u_skid.s_valid[0]`. */
  readonly place: string;
  /** Bit of a named wire that the bit belongs to, if there is one. */
  readonly wire: string;
  /** `file:line` of the cell. */
  readonly source: string;
  /** The same mutant after lines have moved: mode, place, wire and the text of the line. */
  readonly key: string;
}

/** A mutated module, ready for a build. */
export interface MutatedModule {
  readonly module: string;
  readonly params: Readonly<Record<string, number>>;
  /** Directory with the one Verilog file; it stands in for `rtl/`. */
  readonly directory: string;
  /** The netlist for Yosys, with the select as a port `mutant` of `<module>_mutated`. */
  readonly rtlil: string;
  readonly mutants: readonly Mutant[];
}

const SELECT_BITS = 12;
/** The value of the select in a line of a list of `mutate -list`. */
const CTRL = /( -ctrl mutant \d+ )\d+ /;
/** Asynchronous read ports have an enable only in the netlist format, where it must be 1. */
const BAD_PORT = / -cell \$memrd\S* -port (EN|CLK|ARST|SRST) /;
/** Longest processor time for one proof that a mutant is equivalent. */
const PROOF_LIMIT_S = 10;

/** All Verilog files of the device. */
export function rtlFiles(): readonly string[] {
  return readdirSync("rtl", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".v"))
    .map((name) => join("rtl", name))
    .sort();
}

/** The file of a module. */
export function fileOf(module: string): string {
  const file = rtlFiles().find((path) => path.endsWith(`/${module}.v`));
  if (file === undefined) throw new Error(`no file for the module ${module} below rtl/`);
  return file;
}

/** The files that a module is made of: its own, and those of all modules inside. */
export function filesOf(module: string): readonly string[] {
  const byName = new Map(rtlFiles().map((file) => [basename(file, ".v"), file]));
  const found = new Map<string, string>();
  const open = [module];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const file = byName.get(name);
    if (file === undefined || found.has(name)) continue;
    found.set(name, file);
    open.push(...(readFileSync(file, "utf8").match(/\bvnet_\w+/g) ?? []));
  }
  return [...found.values()].sort();
}

function yosys(script: string): void {
  const { status, stdout, stderr, error } = spawnSync("yosys", ["-q", "-p", script], { encoding: "utf8" });
  if (status !== 0) throw new Error(`yosys failed: ${error?.message ?? `${stdout}${stderr}`}\n${script}`);
}

/** Reads one line of a list of `mutate -list`. */
function parseMutant(line: string, id: number, lineText: (source: string) => string): Mutant {
  const values = new Map<string, string>();
  for (const [, name = "", value = ""] of line.matchAll(/ -(\w+) (\S+)/g)) {
    // The cell has its place in the text more exactly than the wire, and comes last.
    values.set(name, value);
  }
  const value = (name: string): string => values.get(name) ?? "";
  // Names that Yosys made have the file and a running number in them.
  const cell = value("cell").replace(/^(\$\w+)\$.*$/, "$1");
  const wire = value("wire").startsWith("$") ? "" : value("wire");
  const source = value("src").replace(/^(.*:\d+).*$/, "$1");
  const mode = value("mode");
  const place = `${cell}.${value("port")}[${value("portbit")}]`;
  const shownWire = wire === "" ? "" : `${wire}[${value("wirebit")}]`;
  return { id, mode, place, wire: shownWire, source, key: [mode, place, shownWire, lineText(source)].join(" | ") };
}

function sourceLines(): (source: string) => string {
  const files = new Map<string, readonly string[]>();
  return (source) => {
    const [file = "", line = ""] = source.split(":");
    if (file === "") return "";
    const lines = files.get(file) ?? readFileSync(file, "utf8").split("\n");
    files.set(file, lines);
    return (lines[Number(line) - 1] ?? "")
      .replace(/\/\/.*$/, "")
      .replace(/\s+/g, " ")
      .trim();
  };
}

/** The head of the module from its source, and inside it the netlist. Another parameter set than that of the netlist stops the build. */
function wrapperOf(module: string, params: Readonly<Record<string, number>>): string {
  const source = readFileSync(fileOf(module), "utf8");
  const head = new RegExp(`^module ${module} [^]*?^\\);`, "m").exec(source)?.[0];
  if (head === undefined) throw new Error(`${fileOf(module)}: no module head that begins a line and ends with ");"`);
  const code = head.replace(/\/\/.*$/gm, "");
  const ports = [...code.matchAll(/\b(?:input|output)\s+(?:wire|reg)\b(?:\s+signed)?\s*(?:\[[^\]]*\])?\s*(\w+)/g)];
  const guards = [...code.matchAll(/\bparameter\s+(?:integer|\[[^\]]*\])?\s*(\w+)\s*=\s*([^\n]*?),?\s*\n/g)].map(
    ([, name = "", value = ""]) =>
      `  generate if (${name} != (${params[name] ?? value})) begin : g_${name}\n    netlist_has_another_${name} u_check ();\n  end endgenerate\n`,
  );
  const connections = ports.map(([, name = ""]) => `.${name}(${name})`);
  return [
    code.replace(/\boutput\s+reg\b/g, "output wire"),
    ...guards,
    `  reg [${SELECT_BITS - 1}:0] mutant;`,
    `  initial if (!$value$plusargs("mutant=%d", mutant)) mutant = ${SELECT_BITS}'d0;`,
    `  ${module}_mutated u_mutated (.mutant(mutant), ${connections.join(", ")});`,
    "endmodule",
    "",
  ].join("\n");
}

/** Makes up to `count` mutants of a module in a directory of their own. */
export function makeMutants(request: {
  readonly module: string;
  readonly params: Readonly<Record<string, number>>;
  readonly count: number;
  readonly seed: number;
  readonly directory: string;
}): MutatedModule {
  const { module, params, directory } = request;
  const listFile = join(directory, "mutants.txt");
  const elaborated = join(directory, "elaborated.il");
  const netlistDirectory = join(directory, "rtl");
  const rtlil = join(directory, "mutated.il");
  const netlist = join(directory, "netlist.v");
  mkdirSync(netlistDirectory, { recursive: true });
  const mutated = `${module}_mutated`;
  yosys(
    [
      `read_verilog -Irtl/top ${filesOf(module).join(" ")}`,
      ...Object.entries(params).map(([name, value]) => `chparam -set ${name} ${value} ${module}`),
      `hierarchy -check -top ${module}`,
      "proc",
      "opt_expr",
      "opt_clean",
      `rename ${module} ${mutated}`,
      `select -module ${mutated}`,
      `mutate -list ${request.count} -seed ${request.seed} -ctrl mutant ${SELECT_BITS} 1 -o ${listFile}`,
      "select -clear",
      `write_rtlil ${elaborated}`,
    ].join("; "),
  );
  const lines = readFileSync(listFile, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("mutate ") && !BAD_PORT.test(line));
  writeFileSync(listFile, lines.map((line, index) => `${line.replace(CTRL, `$1${index + 1} `)}\n`).join(""));
  yosys(
    [`read_rtlil ${elaborated}`, `script ${listFile}`, `write_rtlil ${rtlil}`, `write_verilog -noattr ${netlist}`].join(
      "; ",
    ),
  );
  writeFileSync(
    join(netlistDirectory, `${module}.v`),
    `\`default_nettype none\n${wrapperOf(module, params)}\n${readFileSync(netlist, "utf8")}`,
  );
  const lineText = sourceLines();
  const mutants = lines.map((line, index) => parseMutant(line, index + 1, lineText));
  return { module, params, directory: netlistDirectory, rtlil, mutants };
}

/** Ways to compare two modules: as they are, with inner modules as boxes; and, for what is left, flat and in single bits without what nobody reads. */
const VIEWS: readonly (readonly string[])[] = [
  ["memory_collect"],
  [
    "flatten",
    "opt -full",
    "memory -nordff",
    "opt -full",
    "simplemap t:$dff t:$dffe t:$sdff t:$sdffe t:$mux",
    "splitnets",
    "opt_clean -purge",
  ],
];

/**
 * Proves that a mutant is the module as it is: same outputs (and same inputs of all inner modules) for every input and every state that
 * the registers of both have in common (induction over one step).
 */
export function isProvedEquivalent(mutated: MutatedModule, id: number): boolean {
  const top = `${mutated.module}_mutated`;
  const fixed = (name: string, value: number): readonly string[] => [
    `copy ${top} ${name}`,
    `cd ${name}`,
    "delete -port w:mutant",
    `connect -set mutant ${SELECT_BITS}'d${value}`,
    "opt_expr",
    "opt_clean",
    "cd ..",
  ];
  return VIEWS.some((view) => {
    const script = [
      `read_rtlil ${mutated.rtlil}`,
      ...fixed("gold", 0),
      ...fixed("gate", id),
      `delete ${top}`,
      "setattr -mod -unset top *",
      ...view,
      "equiv_make gold gate equiv",
      "hierarchy -top equiv",
      "opt_clean",
      "equiv_struct",
      "equiv_simple",
      "equiv_induct -seq 1",
      "equiv_status -assert",
    ].join("; ");
    const limited = ["-c", `ulimit -t ${PROOF_LIMIT_S} && exec yosys -q -p "$1"`, "sh", script];
    return spawnSync("sh", limited, { stdio: "ignore" }).status === 0;
  });
}
