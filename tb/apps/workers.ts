/**
 * Several processes of one program side by side, each with its part of the work. A worker reports by lines of JSON on its standard output.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import type { Shard } from "./options.ts";

/** Set in the environment of a worker. */
const WORKER = "VNET_WORKER";

/** True in a process that {@link runWorkers} has started. */
export function isWorker(): boolean {
  return process.env[WORKER] === "1";
}

/** Says something to the process that has started this worker. */
export function report(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/**
 * Starts the program again `jobs` times, each with its part of the shard in `SHARD`, and hands on what they report.
 *
 * @throws Error when a worker ends in another way than with exit code 0.
 */
export async function runWorkers(
  moduleUrl: string,
  options: { readonly jobs: number; readonly shard: Shard; readonly environment?: Readonly<Record<string, string>> },
  onReport: (message: unknown, worker: number) => void,
): Promise<void> {
  const { jobs, shard } = options;
  const one = async (worker: number): Promise<void> => {
    const part = `${shard.index * jobs + worker}/${shard.count * jobs}`;
    const child = spawn(process.execPath, ["--import=tsx", fileURLToPath(moduleUrl)], {
      env: { ...process.env, ...options.environment, [WORKER]: "1", SHARD: part, MOCHA_WORKER_ID: String(worker) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = new Promise<number | string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        resolve(code ?? signal ?? "unknown");
      });
    });
    for await (const line of createInterface({ input: child.stdout })) onReport(JSON.parse(line), worker);
    const code = await exit;
    if (code !== 0) throw new Error(`worker ${worker} (SHARD=${part}) ended with ${code}`);
  };
  await Promise.all(Array.from({ length: jobs }, (_, worker) => one(worker)));
}
