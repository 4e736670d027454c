// The file list, the FuseSoC core and the files on disk agree, and every file comes after the modules it uses.
import { readFileSync, readdirSync } from "node:fs";
import { basename } from "node:path";

const errors = [];

const disk = readdirSync("rtl", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".v"))
  .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.replaceAll("\\", "/"));
const list = readFileSync("rtl/vnet.f", "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("//") && !line.startsWith("+incdir+"));
const core = readFileSync("vnet.core", "utf8")
  .split("\n")
  .map((line) => /^\s+- (rtl\/\S+\.v)$/.exec(line)?.[1])
  .filter((file) => file !== undefined);

for (const file of disk) if (!list.includes(file)) errors.push(`${file}: not in rtl/vnet.f`);
for (const file of list) if (!disk.includes(file)) errors.push(`rtl/vnet.f: ${file} does not exist`);
for (const file of list) if (!core.includes(file)) errors.push(`${file}: not in vnet.core`);
for (const file of core) if (!list.includes(file)) errors.push(`vnet.core: ${file} is not in rtl/vnet.f`);
if (new Set(list).size !== list.length) errors.push("rtl/vnet.f: a file is listed twice");
if (errors.length === 0 && list.join() !== core.join()) errors.push("rtl/vnet.f and vnet.core differ in order");

const seen = new Set();
for (const file of list.filter((name) => disk.includes(name))) {
  const text = readFileSync(file, "utf8").replace(/\/\/.*/g, "");
  const name = basename(file, ".v");
  if (!new RegExp(`^module ${name}\\b`, "m").test(text)) errors.push(`${file}: no module ${name}`);
  for (const [, used] of text.matchAll(/^\s+(vnet_\w+)\s*(?:#\s*\(|\w+\s*\()/gm)) {
    if (!seen.has(used)) errors.push(`rtl/vnet.f: ${name} comes before ${used}, which it uses`);
  }
  seen.add(name);
}

for (const error of errors) console.error(error);
console.log(`${list.length} files, ${errors.length} errors`);
process.exit(errors.length === 0 ? 0 : 1);
