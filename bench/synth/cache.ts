// Results of single steps, kept under a hash of everything they depend on. A step is run again when one of these changes.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";

/** Where results are kept; scripts and logs of the tools are one level up. */
const KEPT = "build/synth/cache";

/** What every step depends on: the RTL, the programs that measure, and the version of Yosys. */
let common = "";

/** To be called before the first step. */
export function setCommonKey(version: string): void {
  const hash = createHash("sha256").update(version);
  const rtl = readdirSync("rtl", { recursive: true, encoding: "utf8" }).map((file) => `rtl/${file}`);
  const programs = ["configs", "netlist", "yosys"].map((name) => `bench/synth/${name}.ts`);
  for (const file of [...rtl.sort(), ...programs]) {
    if (/\.(v|vh|ts)$/.test(file)) hash.update(file).update(readFileSync(file));
  }
  common = hash.digest("hex");
}

const names = new WeakSet();

/** Tells whether a result was not measured in this run. */
export const isKept = (result: object): boolean => names.has(result);

/** The kept file `name` of a step with this key. */
export function keptPath(name: string, key: string): string {
  mkdirSync(KEPT, { recursive: true });
  const hash = createHash("sha256").update(common).update(key).digest("hex").slice(0, 16);
  return `${KEPT}/${hash}-${name}`;
}

/** The result of an earlier run with the same key if the files it made are still there; else runs the step and keeps its result. */
export async function kept<T extends object>(
  name: string,
  key: string,
  files: readonly string[],
  run: () => Promise<T>,
): Promise<T> {
  const path = keptPath(`${name}.json`, key);
  if (process.env["FRESH"] !== "1" && [path, ...files].every((file) => existsSync(file))) {
    const result = JSON.parse(readFileSync(path, "utf8")) as T; // written below
    names.add(result);
    return result;
  }
  const result = await run();
  writeFileSync(`${path}.new`, JSON.stringify(result));
  renameSync(`${path}.new`, path);
  return result;
}
