// Every RTL module has a test of the same name: rtl/<dir>/x.v <-> tb/test/rtl/x.spec.ts.
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

const modules = [];
for (const dir of readdirSync("rtl", { withFileTypes: true })) {
  if (!dir.isDirectory()) continue;
  for (const file of readdirSync(join("rtl", dir.name))) {
    if (file.endsWith(".v")) modules.push(basename(file, ".v"));
  }
}
const missing = modules.filter((name) => !existsSync(join("tb/test/rtl", `${name}.spec.ts`)));
const orphans = readdirSync("tb/test/rtl")
  .filter((file) => file.endsWith(".spec.ts"))
  .map((file) => basename(file, ".spec.ts"))
  .filter((name) => !modules.includes(name));
for (const name of missing) console.error(`rtl module ${name}: no tb/test/rtl/${name}.spec.ts`);
for (const name of orphans) console.error(`tb/test/rtl/${name}.spec.ts: no such module in rtl/`);
console.log(`${modules.length} modules, ${missing.length} without a test, ${orphans.length} tests without a module`);
process.exit(missing.length + orphans.length === 0 ? 0 : 1);
