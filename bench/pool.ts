/**
 * Measures in several processes at the same time. The figures are simulated cycles, so it does not matter who measures beside whom.
 *
 * @module
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

import { jobName } from "./jobs.ts";
import type { Job, Results } from "./jobs.ts";

type Answer = { readonly value: Results[Job["kind"]] } | { readonly error: string };

interface Entry {
  readonly job: Job;
  readonly resolve: (value: Results[Job["kind"]]) => void;
  readonly reject: (error: Error) => void;
}

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
const MOST_WORKERS = 8;

/** Number of processes: `JOBS` of the environment, or one for each processor. */
export function workerCount(text: string | undefined): number {
  if (text === undefined || text === "") return Math.min(MOST_WORKERS, availableParallelism());
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 64) {
    throw new RangeError(`JOBS: expected a number from 1 to 64, got '${text}'`);
  }
  return count;
}

/** Group and goal of a row do not change what is measured. */
function jobKey(job: Job): string {
  return JSON.stringify(job, (name, value: unknown) => (name === "group" || name === "required" ? undefined : value));
}

/** The workers. Equal jobs are done once. */
export class Pool {
  readonly #idle: ChildProcess[];
  readonly #workers: ChildProcess[];
  readonly #queue: Entry[] = [];
  readonly #known = new Map<string, Promise<Results[Job["kind"]]>>();
  readonly #onDone: (text: string) => void;
  #asked = 0;
  #done = 0;

  /** `onDone` is told about each job that has ended, for the progress. */
  constructor(count: number, onDone: (text: string) => void) {
    this.#onDone = onDone;
    this.#workers = Array.from({ length: count }, (_, index) =>
      // The number gives each worker, with its simulator, a processor of its own.
      fork(WORKER, [], { env: { ...process.env, WORKER_ID: String(index) } }),
    );
    this.#idle = [...this.#workers];
  }

  /** Does a job as soon as a worker is free. */
  run<J extends Job>(job: J): Promise<Results[J["kind"]]> {
    const key = jobKey(job);
    let result = this.#known.get(key);
    if (result === undefined) {
      this.#asked++;
      result = new Promise((resolve, reject) => {
        this.#queue.push({ job, resolve, reject });
      });
      this.#known.set(key, result);
      this.#next();
    }
    return result as Promise<Results[J["kind"]]>; // the worker answers a job with the result of its kind
  }

  /** Ends the workers. */
  close(): void {
    for (const worker of this.#workers) worker.disconnect();
  }

  #next(): void {
    const worker = this.#idle.pop();
    if (worker === undefined) return;
    const entry = this.#queue.shift();
    if (entry === undefined) {
      this.#idle.push(worker);
      return;
    }
    const finish = (answer: Answer): void => {
      worker.off("message", finish);
      worker.off("exit", died);
      this.#done++;
      this.#onDone(`[${this.#done}/${this.#asked}] ${jobName(entry.job)}`);
      if ("value" in answer) entry.resolve(answer.value);
      else entry.reject(new Error(`${jobName(entry.job)}: ${answer.error}`));
      this.#idle.push(worker);
      this.#next();
    };
    const died = (code: number | null, signal: string | null): void => {
      entry.reject(
        new Error(`${jobName(entry.job)}: the worker process ended (${signal ?? `exit code ${code ?? "?"}`})`),
      );
    };
    worker.on("message", finish);
    worker.on("exit", died);
    worker.send(entry.job);
  }
}
