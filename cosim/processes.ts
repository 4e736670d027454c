/**
 * Child processes of the co-simulation: with a log, with limits, and never left behind.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { RowError } from "./row.ts";

/** Rejects when `promise` takes longer. */
export async function withLimit<T>(promise: Promise<T>, seconds: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new RowError(`${what}: nothing within ${seconds} s`));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits. */
export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Options of `Program`. */
export interface ProgramOptions {
  /** Everything the program says goes here, too. */
  readonly logPath?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A program that runs beside us. */
export class Program {
  readonly name: string;
  /** Fulfilled with the exit code, or the name of the signal. */
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcessWithoutNullStreams;
  #output = "";
  #errors = "";
  #exit: number | string | undefined;
  #wake: (() => void)[] = [];

  constructor(command: readonly string[], options: ProgramOptions = {}) {
    const [program = "", ...args] = command;
    this.name = program.split("/").at(-1) ?? program;
    this.#child = spawn(program, args, { stdio: "pipe", cwd: options.cwd, env: options.env ?? process.env });
    const log = options.logPath === undefined ? undefined : createWriteStream(options.logPath, { flags: "a" });
    log?.write(`$ ${command.join(" ")}\n`);
    const follow = (stream: NodeJS.ReadableStream, keep: (text: string) => void): void => {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        keep(text);
        log?.write(text);
        this.#notify();
      });
    };
    follow(this.#child.stdout, (text) => (this.#output += text));
    follow(this.#child.stderr, (text) => (this.#errors += text));
    // A write to a program that has ended is no error of ours: `exited` tells.
    this.#child.stdin.on("error", () => undefined);
    this.exited = new Promise((resolve) => {
      const end = (exit: number | string): void => {
        this.#exit = exit;
        log?.end();
        resolve(exit);
        this.#notify();
      };
      this.#child.on("error", (error) => {
        this.#errors += error.message;
        end(-1);
      });
      this.#child.on("close", (code, signal) => {
        end(code ?? signal ?? -1);
      });
    });
  }

  /** Standard output so far. */
  get output(): string {
    return this.#output;
  }

  /** Standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  closeInput(): void {
    this.#child.stdin.end();
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** Waits until `find` returns something for the output so far. Fails when the program ends or the time is over. */
  until<T>(find: (output: string) => T | undefined, seconds: number, what: string): Promise<T> {
    return this.#until(() => find(this.#output), seconds, what);
  }

  /** The same for standard error. */
  untilErrors<T>(find: (errors: string) => T | undefined, seconds: number, what: string): Promise<T> {
    return this.#until(() => find(this.#errors), seconds, what);
  }

  /** The last lines of both streams. */
  tail(): string {
    return `${this.#output.slice(-1500)}\n${this.#errors.slice(-1500)}`.trim();
  }

  async #until<T>(find: () => T | undefined, seconds: number, what: string): Promise<T> {
    const search = async (): Promise<T> => {
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        if (!this.isRunning) {
          throw new RowError(`${what}: ${this.name} has ended (${this.#exit}):\n${this.tail()}`);
        }
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    };
    try {
      return await withLimit(search(), seconds, what);
    } catch (thrown) {
      if (thrown instanceof RowError && this.isRunning) {
        throw new RowError(`${thrown.message}; last words:\n${this.tail()}`);
      }
      throw thrown;
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}

/** Runs a program to its end; returns its output, throws when it fails. */
export async function run(command: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const program = new Program(command, options);
  program.closeInput();
  const exit = await program.exited;
  if (exit !== 0) throw new RowError(`${command.join(" ")} failed (${exit}):\n${program.tail()}`);
  return program.output;
}
