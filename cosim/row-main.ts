/**
 * Runs one row in this process, which stands in a network namespace of its own. `main.ts` starts it.
 *
 * Arguments: name of the row, its directory, its files as JSON. Writes `report.json` there; progress goes to standard output.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { run } from "./processes.ts";
import type { Files, Speed } from "./row.ts";
import { ROWS } from "./rows.ts";

const [name = "", dir = "", files = "{}"] = process.argv.slice(2);
const row = ROWS.find((one) => one.name === name);
if (row === undefined) throw new Error(`no row '${name}'`);

const speed: Record<string, number> = {};
try {
  await run(["ip", "link", "set", "lo", "up"]);
  const report = await row.run({
    dir,
    files: JSON.parse(files) as Files, // written by main.ts
    log: (text) => {
      console.log(text);
    },
    speed: (figures: Speed) => Object.assign(speed, figures),
  });
  writeFileSync(`${dir}/report.json`, JSON.stringify({ report, speed }));
  process.exit(0);
} catch (thrown) {
  writeFileSync(
    `${dir}/report.json`,
    JSON.stringify({ error: thrown instanceof Error ? thrown.message : String(thrown), speed }),
  );
  process.exit(1);
}
