// Writes rtl/README.md, the catalogue of modules, from the heads of the files. With --check: fails if it is not current.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";

const DIRS = {
  top: "Top level, registers, interrupts, counters",
  ring: "Ring engine: available ring, descriptors, used ring",
  net: "Data path of both directions",
  axi: "Bus engines",
  common: "Building blocks",
};
const KEYS = ["Latency", "Throughput", "Back-pressure", "Errors", "Spec"];

/** Reads the head: `// name: purpose`, SPDX line, text, then the keyed paragraphs up to the first line of code. */
function readHead(file, name) {
  const lines = [];
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (!line.startsWith("//")) break;
    lines.push(line.slice(2).replace(/^ /, ""));
  }
  const purpose = new RegExp(`^${name}: (.+)$`).exec(lines[0] ?? "")?.[1];
  if (purpose === undefined) throw new Error(`${file}: the first line is not "// ${name}: purpose"`);
  if (!/^SPDX-License-Identifier: /.test(lines[1] ?? "")) throw new Error(`${file}: no SPDX line`);
  const head = { purpose };
  let key;
  for (const line of lines.slice(2)) {
    const found = /^([A-Z][a-z-]+): +(.*)$/.exec(line);
    if (found !== null && KEYS.includes(found[1])) {
      key = found[1];
      head[key] = found[2];
    } else if (key !== undefined && /^ +\S/.test(line)) {
      head[key] += ` ${line.trim()}`;
    } else {
      key = undefined;
    }
  }
  for (const wanted of KEYS) {
    if (head[wanted] === undefined) throw new Error(`${file}: the head has no "${wanted}:"`);
  }
  return head;
}

const cell = (text) => text.replaceAll("|", "\\|").replace(/\.$/, "");

const out = [
  "# RTL modules",
  "",
  "Made by `make docs` from the heads of the files; do not edit. The file head says more: back-pressure, errors,",
  "and which part of the specification a module implements. [docs/architecture.md](../docs/architecture.md) shows",
  "how the modules work together; `vnet.f` lists the files in the order of their dependence.",
  "",
];
const errors = [];
for (const [dir, title] of Object.entries(DIRS)) {
  out.push(`## ${dir}: ${title.charAt(0).toLowerCase()}${title.slice(1)}`, "");
  out.push("| module | purpose | latency | throughput |", "|---|---|---|---|");
  for (const file of readdirSync(`rtl/${dir}`).sort()) {
    if (!file.endsWith(".v")) continue;
    const name = file.slice(0, -2);
    try {
      const head = readHead(`rtl/${dir}/${file}`, name);
      const cells = [`[${name}](${dir}/${file})`, head.purpose, head.Latency, head.Throughput];
      out.push(`| ${cells.map(cell).join(" | ")} |`);
    } catch (error) {
      errors.push(error.message);
    }
  }
  out.push("");
}
for (const error of errors) console.error(error);
if (errors.length !== 0) process.exit(1);

const text = `${out.join("\n").trimEnd()}\n`;
const target = "rtl/README.md";
if (process.argv.includes("--check")) {
  if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
    console.error(`${target} is not current: run make docs`);
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
