/**
 * The simulation as the testbench sees it: time, waits, operations.
 *
 * The testbench owns time. Operations are collected and sent when all tasks have said what they wait for; then the simulator
 * runs until the next of these waits ends. See docs/testbench.md for the timing model.
 *
 * @module
 */
import { Dut } from "./dut.ts";
import { asError, SimulationError, type SimulationFacts } from "./errors.ts";
import { type ExitStatus, Link, LinkClosed } from "./link.ts";
import {
  BatchWriter,
  CONDITION,
  decodeFatal,
  decodeRun,
  decodeWelcome,
  encodeHello,
  type Fatal,
  HEADER_BYTES,
  KIND,
  type ModelInfo,
  OP,
  opName,
  type OpResult,
  ResultReader,
  type RunEvent,
  type Welcome,
} from "./protocol.ts";
import { Random } from "./random.ts";
import { COVERAGE_DIRECTORY, fileStem, repeatCommand, RUNS_DIRECTORY, SEED } from "./run-context.ts";
import { Event, Lock, Queue } from "./sync.ts";
import { Task, type TaskKernel } from "./task.ts";
import { type Disarm, Trigger } from "./trigger.ts";

/** How to open a simulation. */
export interface SimulatorOptions {
  /** The program that Verilator made; {@link buildSimulator} knows its place. */
  readonly executable: string;
  /** Seeds the models, the initial state of the design and {@link Simulator.random}. Default: `SEED` of the environment. */
  readonly seed?: number;
  /** The simulator ends with an error after this many cycles. */
  readonly maxCycles?: number;
  /** Record a waveform to this file; the build must have a trace. */
  readonly wavePath?: string;
  /** Added to file names when a test opens several simulations. */
  readonly name?: string;
  /** More arguments for the simulator. */
  readonly args?: readonly string[];
  /** Processor time after which a simulator that hangs is ended. */
  readonly cpuLimitSeconds?: number;
}

/** What is left of a simulation when it is over; the hooks report it. */
export interface SimulationRecord {
  readonly executable: string;
  readonly seed: number;
  readonly cycle: number;
  readonly logPath: string;
  readonly wavePath: string | undefined;
}

/** Writes a payload at its place in the batch. */
export type FillPayload = (view: DataView, at: number, bytes: Uint8Array) => void;

/** An awaited operation was refused; other operations go on. */
type Completion = {
  readonly resolve: (result: OpResult) => void;
  readonly reject: (error: Error) => void;
} | null;

interface Condition {
  readonly kind: number;
  readonly arg: number;
  readonly payload: Uint8Array;
  readonly callbacks: (() => void)[];
}

interface Interest {
  readonly model: number;
  readonly mask: number;
  /** How many more of these events somebody waits for. */
  readonly remaining: () => number;
}

/**
 * What ends a run in a batch: so many events of the types in `mask` (bit t: type t) of any model, or a model that has nothing to do for
 * so many cycles in a row (register master, memory, frame source and sink).
 */
export type BatchedWait =
  | { readonly kind: "events"; readonly mask: number; readonly count: number }
  | { readonly kind: "idle"; readonly model: number; readonly cycles: number };

/** The end of a {@link Simulator.runInBatch}. */
export interface BatchedRun {
  readonly cycle: number;
  /** Bit i: condition i is true. 0: the cycles are over. */
  readonly hits: number;
}

/** A signal whose value comes with the answer of each run. */
export interface PrefetchedSignal {
  readonly handle: number;
  /** Number of the last step in which somebody read it. */
  readonly lastReadStep: number;
  deliver(value: Uint8Array, cycle: number): void;
}

const DEFAULT_MAX_CYCLES = 20_000_000;
const MAX_CONDITIONS = 64;
const ANY_MODEL = 0xffff;
// One run is at most this long, so that the event loop (and mocha's watchdog in it) gets its turn.
const CHUNK_CYCLES = 65536;
const YIELD_MS = 20;
// A signal that nobody read for so many steps is no longer fetched ahead.
const PREFETCH_STEPS = 8;

const open = new Set<Simulator>();
const records: SimulationRecord[] = [];
let opened = 0;

/** Simulations that are open now. */
export function openSimulators(): readonly Simulator[] {
  return [...open];
}

/** Simulations since the last call, open ones included. */
export function takeSimulationRecords(): SimulationRecord[] {
  return [...records.splice(0), ...[...open].map((simulator) => simulator.record())];
}

/** One simulation. */
export class Simulator implements TaskKernel {
  readonly seed: number;
  /** Fork it by name; do not draw from it. */
  readonly random: Random;
  readonly welcome: Welcome;
  readonly dut: Dut;
  readonly logPath: string;
  readonly wavePath: string | undefined;
  readonly #executable: string;
  readonly #link: Link;

  #cycle = 0;
  #step = 0;
  #seq = 1;
  #failure: Error | undefined;
  #isClosed = false;
  #isScheduled = false;
  #isInFlush = false;
  #lastYield = performance.now();
  #batchCapBytes = 8 * 1024 * 1024;

  readonly #batch = new BatchWriter();
  #completions: Completion[] = [];
  #requests = 0;
  readonly #rejects = new Set<(error: Error) => void>();
  readonly #cycleWaits = new Map<number, (() => void)[]>();
  readonly #conditions = new Map<string, Condition>();
  readonly #interests = new Set<Interest>();
  readonly #handlers = new Map<number, (event: RunEvent) => void>();
  readonly #endOfStep: (() => void)[] = [];
  readonly #tasks = new Set<Task<unknown>>();
  #hot: PrefetchedSignal[] = [];
  readonly #nextCycle = new Trigger(this, (resolve) => this.atCycle(this.#cycle + 1, resolve));

  private constructor(options: SimulatorOptions, link: Link, welcome: Welcome) {
    this.seed = options.seed ?? SEED;
    this.random = new Random(this.seed);
    this.welcome = welcome;
    this.logPath = link.logPath;
    this.wavePath = options.wavePath;
    this.#executable = options.executable;
    this.#link = link;
    this.dut = new Dut(this);
    open.add(this);
  }

  /**
   * Starts a simulator and shakes hands. `SIM_ARGS` of the environment has further arguments for every simulator; the last one of a
   * name counts.
   *
   * @throws SimulationError with code START_FAILED and what the simulator had to say.
   */
  static async open(options: SimulatorOptions): Promise<Simulator> {
    opened++;
    const stem = `${fileStem("run")}-${process.pid}-${opened}${options.name === undefined ? "" : `-${options.name}`}`;
    const seed = options.seed ?? SEED;
    if (!Number.isInteger(seed) || seed < 1 || seed > 0x7fffffff) {
      throw new SimulationError("USAGE", `seed ${seed}: expected an integer from 1 to 2147483647`);
    }
    const link = new Link({
      executable: options.executable,
      args: [
        ...["--seed", String(seed), "--max-cycles", String(options.maxCycles ?? DEFAULT_MAX_CYCLES)],
        ...(options.wavePath === undefined ? [] : ["--trace", options.wavePath]),
        ...(COVERAGE_DIRECTORY === undefined
          ? []
          : ["--coverage", `${COVERAGE_DIRECTORY}/${process.pid}-${opened}.dat`]),
        ...(options.args ?? []),
        ...(process.env["SIM_ARGS"] ?? "").split(" ").filter((argument) => argument !== ""),
      ],
      logPath: `${RUNS_DIRECTORY}/${stem}.log`,
      cpuLimitSeconds: options.cpuLimitSeconds ?? 1800,
    });
    try {
      const answer = link.exchange(encodeHello(0));
      const kind = new DataView(answer.buffer, answer.byteOffset).getUint16(4, true);
      if (kind === KIND.FATAL) {
        const fatal = decodeFatal(answer);
        const facts = { exitCode: fatal.exitCode, seed, logPath: link.logPath };
        throw new SimulationError("START_FAILED", fatal.text, facts);
      }
      return new Simulator({ ...options, seed }, link, decodeWelcome(answer));
    } catch (thrown) {
      link.close();
      // A simulator that closed the connection ends by itself, and its exit code says why.
      if (!(thrown instanceof LinkClosed)) link.kill();
      const exit = await link.exited;
      if (!(thrown instanceof LinkClosed)) throw thrown;
      throw new SimulationError(
        "START_FAILED",
        `the simulator ended before the handshake: ${link.logTail()}`,
        { ...exit, seed, logPath: link.logPath },
        thrown,
      );
    }
  }

  /** Number of clock edges so far. */
  get cycle(): number {
    return this.#cycle;
  }

  /** Counts the stops of the simulation; signals use it to know which of them are in use. */
  get step(): number {
    return this.#step;
  }

  /** Why the simulation failed, if it did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What the hooks report about this simulation. */
  record(): SimulationRecord {
    return {
      executable: this.#executable,
      seed: this.seed,
      cycle: this.#cycle,
      logPath: this.logPath,
      wavePath: this.wavePath,
    };
  }

  facts(): SimulationFacts {
    return { cycle: this.#cycle, seed: this.seed, wavePath: this.wavePath, repeat: repeatCommand() };
  }

  // --- time ------------------------------------------------------------------------------------------------------------

  /** Fires after `count` more clock edges; without an argument after the next one. */
  cycles(count = 1): Trigger {
    if (count === 1) return this.#nextCycle;
    if (!Number.isInteger(count) || count < 1)
      throw new SimulationError("USAGE", `cycles(${count}): expected 1 or more`);
    return new Trigger(this, (resolve) => this.atCycle(this.#cycle + count, resolve));
  }

  /** Fires when this many edges have happened since the start; at the next edge if they have already. */
  untilCycle(cycle: number): Trigger {
    return new Trigger(this, (resolve) => this.atCycle(Math.max(cycle, this.#cycle + 1), resolve));
  }

  /** Fires when all tasks have done what they want to do at this cycle, just before time moves on: the place to look at the result. */
  endOfStep(): Trigger {
    return new Trigger(this, (resolve) => {
      this.#endOfStep.push(resolve);
      this.#schedule();
      return () => {
        const at = this.#endOfStep.indexOf(resolve);
        if (at >= 0) this.#endOfStep.splice(at, 1);
      };
    });
  }

  atCycle(cycle: number, callback: () => void): Disarm {
    const waits = this.#cycleWaits.get(cycle);
    if (waits === undefined) this.#cycleWaits.set(cycle, [callback]);
    else waits.push(callback);
    this.#schedule();
    return () => {
      const list = this.#cycleWaits.get(cycle);
      if (list === undefined) return;
      const at = list.indexOf(callback);
      if (at >= 0) list.splice(at, 1);
      if (list.length === 0) this.#cycleWaits.delete(cycle);
    };
  }

  onFailure(reject: (error: Error) => void): Disarm {
    if (this.#failure !== undefined) {
      reject(this.#failure);
      return () => undefined;
    }
    if (this.#isClosed) {
      reject(new SimulationError("USAGE", "this simulation is closed", this.facts()));
      return () => undefined;
    }
    this.#rejects.add(reject);
    return () => {
      this.#rejects.delete(reject);
    };
  }

  /** Calls back when a condition on a signal is true after an edge. For {@link Signal}; tests use its triggers. */
  onCondition(kind: number, arg: number, payload: Uint8Array, callback: () => void): Disarm {
    const key = `${kind}/${arg}/${payload.join(",")}`;
    let condition = this.#conditions.get(key);
    if (condition === undefined) {
      condition = { kind, arg, payload, callbacks: [] };
      this.#conditions.set(key, condition);
    }
    const { callbacks } = condition;
    callbacks.push(callback);
    this.#schedule();
    return () => {
      const at = callbacks.indexOf(callback);
      if (at >= 0) callbacks.splice(at, 1);
      if (callbacks.length === 0 && this.#conditions.get(key)?.callbacks === callbacks) this.#conditions.delete(key);
    };
  }

  // --- models ----------------------------------------------------------------------------------------------------------

  /** The model of this kind, and of this name if there are several. */
  model(kind: string, name?: string): ModelInfo {
    const found = this.welcome.models.filter((m) => m.kind === kind && (name === undefined || m.name === name));
    if (found.length !== 1 || found[0] === undefined) {
      const names = this.welcome.models.map((m) => `${m.kind} ${m.name}`).join(", ");
      throw new SimulationError(
        "USAGE",
        `expected one model ${kind} ${name ?? ""}; the simulator has: ${names || "none"}`,
      );
    }
    return found[0];
  }

  /** Hands the events of a model to `handler`; one handler per model. Model 65535 stands for guest memory watches. */
  onEvents(model: number, handler: (event: RunEvent) => void): void {
    this.#handlers.set(model, handler);
  }

  /**
   * Says that somebody waits for events: time runs, and stops when `remaining()` of them have come.
   * The handler of the model is called in any case.
   */
  expectEvents(interest: { readonly model: number; readonly mask: number; readonly remaining: () => number }): Disarm {
    this.#interests.add(interest);
    this.#schedule();
    return () => {
      this.#interests.delete(interest);
    };
  }

  // --- operations ------------------------------------------------------------------------------------------------------

  /** Adds an operation that nobody waits for. If it is refused the simulation fails. */
  post(op: number, arg: number, payload?: Uint8Array): void {
    this.#checkUsable();
    this.#batch.add(op, arg, payload);
    this.#completions.push(null);
    if (this.#batch.lengthBytes > this.#batchCapBytes) this.flushNow();
  }

  /** Like {@link Simulator.post}, for a payload that `fill` writes in place. */
  postInPlace(op: number, arg: number, sizeBytes: number, fill: FillPayload): void {
    this.#checkUsable();
    const at = this.#batch.reserve(op, arg, sizeBytes);
    fill(this.#batch.view, at, this.#batch.bytes);
    this.#completions.push(null);
    if (this.#batch.lengthBytes > this.#batchCapBytes) this.flushNow();
  }

  /** Adds an operation and returns its result, which is served before time moves on. `decode` must copy what it keeps. */
  request<T>(op: number, arg: number, payload: Uint8Array | undefined, decode: (payload: Uint8Array) => T): Promise<T> {
    return this.requestInPlace(
      op,
      arg,
      payload?.length ?? 0,
      (_, at, bytes) => {
        if (payload !== undefined) bytes.set(payload, at);
      },
      decode,
    );
  }

  /** Like {@link Simulator.request}, for a payload that `fill` writes in place. */
  requestInPlace<T>(
    op: number,
    arg: number,
    sizeBytes: number,
    fill: FillPayload,
    decode: (payload: Uint8Array) => T,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#checkUsable();
      const at = this.#batch.reserve(op, arg, sizeBytes);
      fill(this.#batch.view, at, this.#batch.bytes);
      this.#completions.push({
        resolve: (result) => {
          resolve(decode(result.payload));
        },
        reject,
      });
      this.#requests++;
      if (this.#batch.lengthBytes > this.#batchCapBytes) this.flushNow();
      this.#schedule();
    });
  }

  /** Adds an operation and waits for its result here and now, without giving way to other tasks. */
  requestNow<T>(op: number, arg: number, payload: Uint8Array | undefined, decode: (payload: Uint8Array) => T): T {
    this.#checkUsable();
    let outcome: { readonly value: T } | { readonly error: Error } | undefined;
    this.#batch.add(op, arg, payload);
    this.#completions.push({
      resolve: (result) => {
        outcome = { value: decode(result.payload) };
      },
      reject: (error) => {
        outcome = { error };
      },
    });
    this.#requests++;
    this.flushNow();
    const done = outcome as { readonly value: T } | { readonly error: Error } | undefined; // set by the callbacks
    if (done === undefined) throw this.#failure ?? new SimulationError("PROTOCOL", "no answer", this.facts());
    if ("error" in done) throw done.error;
    return done.value;
  }

  /**
   * Adds a run to the batch, so that time moves between the operations before and after it without a stop: for drivers that do not react.
   * It ends after `maxCycles`, or when one of `until` has come true since the run began. Nobody else may wait for time meanwhile.
   */
  runInBatch(maxCycles: number, until: readonly BatchedWait[] = []): Promise<BatchedRun> {
    const payload = new Uint8Array(16 + 16 * until.length);
    const view = new DataView(payload.buffer);
    view.setBigUint64(0, BigInt(maxCycles), true);
    view.setUint32(8, until.length, true);
    for (const [i, wait] of until.entries()) {
      const at = 16 + 16 * i;
      view.setUint16(at, wait.kind === "events" ? CONDITION.EVENT : CONDITION.IDLE, true);
      view.setUint16(at + 2, wait.kind === "events" ? ANY_MODEL : wait.model, true);
      view.setUint32(at + 4, 8, true);
      view.setUint32(at + 8, wait.kind === "events" ? wait.mask : wait.cycles, true);
      view.setUint32(at + 12, wait.kind === "events" ? wait.count : 0, true);
    }
    return this.request(OP.RUN, 0, payload, (result) => {
      const summary = decodeRun(result, (event) => this.#handlers.get(event.model)?.(event));
      if (summary.isEventBufferFull) {
        throw new SimulationError("USAGE", "too many events for one run in a batch", this.facts());
      }
      this.#cycle = summary.cycle;
      return { cycle: summary.cycle, hits: Number(summary.hit) };
    });
  }

  /** Sends what is collected, without moving time (but for {@link Simulator.runInBatch}). */
  flushNow(): void {
    try {
      while (this.#batch.count > 0 && this.#failure === undefined) this.#transact();
    } catch (thrown) {
      this.fail(asError(thrown));
      throw thrown;
    }
  }

  // --- tasks -----------------------------------------------------------------------------------------------------------

  /** Starts something beside the test. If it throws, the simulation and so the test fails at once. */
  spawn<T>(name: string, body: (task: Task<T>) => Promise<T>): Task<T> {
    this.#checkUsable();
    const task = new Task<T>(this, name, body);
    const known = task as Task<unknown>; // the result type does not matter for cancelling
    this.#tasks.add(known);
    void task
      .join()
      .catch(() => undefined)
      .then(() => this.#tasks.delete(known));
    return task;
  }

  /** A flag for tasks of this simulation. */
  event(): Event {
    return new Event(this);
  }

  /** A queue for tasks of this simulation. */
  queue<T>(limit?: number): Queue<T> {
    return new Queue<T>(this, limit);
  }

  /** A lock for tasks of this simulation. */
  lock(): Lock {
    return new Lock(this);
  }

  /** Ends the simulation with an error: everybody who waits gets it. Only the first one counts. */
  fail(error: Error): void {
    if (this.#failure !== undefined || this.#isClosed) return;
    this.#failure = error;
    const rejects = [...this.#completions.flatMap((one) => one?.reject ?? []), ...this.#rejects];
    this.#rejects.clear();
    this.#cycleWaits.clear();
    this.#conditions.clear();
    this.#interests.clear();
    this.#endOfStep.length = 0;
    this.#completions = [];
    this.#batch.reset();
    for (const reject of rejects) reject(error);
  }

  /** Ends the simulation. Throws if it failed and nobody has been told, or if the simulator does not end properly. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    for (const task of this.#tasks) task.cancel();
    let failure: Error | undefined;
    if (this.#failure === undefined) {
      try {
        this.#batch.add(OP.BYE, 0);
        this.#completions.push(null);
        this.flushNow();
      } catch (thrown) {
        failure = asError(thrown);
      }
    }
    this.#isClosed = true;
    open.delete(this);
    records.push(this.record());
    this.#link.close();
    if (this.#failure !== undefined) this.#link.kill();
    const exit = await this.#link.exited;
    failure ??= this.#failure;
    if (failure !== undefined) throw failure;
    if (exit.exitCode === 0) {
      this.#link.dropEmptyLog();
    } else {
      throw new SimulationError("SIMULATOR_DIED", `the simulator did not end properly: ${this.#link.logTail()}`, {
        ...this.facts(),
        ...exit,
        logPath: this.logPath,
      });
    }
  }

  /** Ends the process at once; for clean-up after a failure. */
  async abandon(): Promise<void> {
    this.fail(new SimulationError("USAGE", "the simulation was abandoned", this.facts()));
    await this.close().catch(() => undefined);
  }

  // --- the loop --------------------------------------------------------------------------------------------------------

  #checkUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isClosed) throw new SimulationError("USAGE", "this simulation is closed", this.facts());
  }

  /** Comes back when all micro-tasks have settled: then everybody has said what they want at this cycle. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const now = performance.now();
    if (now - this.#lastYield > YIELD_MS) {
      this.#lastYield = now;
      setImmediate(this.#flush);
    } else {
      // Ticks run before micro-tasks that a tick has made; so ask for the tick from a micro-task.
      queueMicrotask(this.#scheduleTick);
    }
  }

  readonly #scheduleTick = (): void => {
    process.nextTick(this.#flush);
  };

  readonly #flush = (): void => {
    this.#isScheduled = false;
    if (this.#failure !== undefined || this.#isClosed || this.#isInFlush) return;
    this.#isInFlush = true;
    try {
      if (this.#requests > 0) {
        this.#transact();
      } else if (this.#endOfStep.length > 0) {
        for (const callback of this.#endOfStep.splice(0)) callback();
      } else if (this.#cycleWaits.size > 0 || this.#conditions.size > 0 || this.#interests.size > 0) {
        this.#run();
      } else {
        return;
      }
      this.#schedule();
    } catch (thrown) {
      this.fail(asError(thrown));
    } finally {
      this.#isInFlush = false;
    }
  };

  /** Exchanges the batch without moving time. */
  #transact(): void {
    const reader = this.#exchange();
    if (reader !== undefined) this.#readResults(reader);
  }

  #run(): void {
    const conditions = [...this.#conditions.values()];
    const interests = [...this.#interests];
    if (conditions.length + interests.length > MAX_CONDITIONS) {
      throw new SimulationError(
        "USAGE",
        `more than ${MAX_CONDITIONS} different waits at once; wait for cycles instead`,
      );
    }
    let limit = CHUNK_CYCLES;
    for (const target of this.#cycleWaits.keys()) limit = Math.min(limit, target - this.#cycle);
    this.#reserveRun(Math.max(1, limit), conditions, interests);
    this.#completions.push(null);
    this.#step++;
    this.#hot = this.#hot.filter((signal) => this.#step - signal.lastReadStep <= PREFETCH_STEPS);
    const hot = this.#hot;
    for (const signal of hot) this.#batch.add(OP.SIG_GET, signal.handle);
    const posted = this.#completions.length - 1;

    const reader = this.#exchange();
    if (reader === undefined) return;
    for (let i = 0; i < posted; i++) {
      const result = reader.next();
      if (result?.status !== 0) throw this.#refused(result);
    }
    const runResult = reader.next();
    if (runResult?.op !== OP.RUN) throw this.#refused(runResult);
    this.#completions = [];
    // The values belong to the end of the run; take them before anybody is woken.
    const endCycle = Number(new DataView(runResult.payload.buffer, runResult.payload.byteOffset).getBigUint64(0, true));
    this.#cycle = endCycle;
    for (const signal of hot) {
      const result = reader.next();
      if (result?.status !== 0) throw this.#refused(result);
      signal.deliver(result.payload, endCycle);
    }
    const summary = decodeRun(runResult.payload, (event) => this.#handlers.get(event.model)?.(event));
    for (const [i, condition] of conditions.entries()) {
      if (((summary.hit >> BigInt(i)) & 1n) === 0n) continue;
      for (const callback of condition.callbacks.splice(0)) callback();
      for (const [key, value] of this.#conditions) if (value === condition) this.#conditions.delete(key);
    }
    for (const target of [...this.#cycleWaits.keys()]) {
      if (target > endCycle) continue;
      const callbacks = this.#cycleWaits.get(target) ?? [];
      this.#cycleWaits.delete(target);
      for (const callback of callbacks.splice(0)) callback();
    }
  }

  #reserveRun(maxCycles: number, conditions: readonly Condition[], interests: readonly Interest[]): void {
    let sizeBytes = 16;
    for (const condition of conditions) sizeBytes += 8 + ((condition.payload.length + 7) & ~7);
    sizeBytes += 16 * interests.length;
    let at = this.#batch.reserve(OP.RUN, 0, sizeBytes);
    const { view } = this.#batch;
    view.setBigUint64(at, BigInt(maxCycles), true);
    view.setUint32(at + 8, conditions.length + interests.length, true);
    at += 16;
    for (const condition of conditions) {
      view.setUint16(at, condition.kind, true);
      view.setUint16(at + 2, condition.arg, true);
      view.setUint32(at + 4, condition.payload.length, true);
      for (const [i, byte] of condition.payload.entries()) view.setUint8(at + 8 + i, byte);
      at += 8 + ((condition.payload.length + 7) & ~7);
    }
    for (const interest of interests) {
      view.setUint16(at, CONDITION.EVENT, true);
      view.setUint16(at + 2, interest.model, true);
      view.setUint32(at + 4, 8, true);
      view.setUint32(at + 8, interest.mask, true);
      view.setUint32(at + 12, Math.max(1, interest.remaining()), true);
      at += 16;
    }
  }

  /** Fetches a signal ahead with each run from now on. */
  prefetch(signal: PrefetchedSignal): void {
    if (!this.#hot.includes(signal)) this.#hot.push(signal);
  }

  #readResults(reader: ResultReader): void {
    const completions = this.#completions;
    this.#completions = [];
    this.#requests = 0;
    let served = 0;
    try {
      for (const completion of completions) {
        const result = reader.next();
        if (result === undefined)
          throw new SimulationError("PROTOCOL", "the simulator answered too few operations", this.facts());
        if (result.status !== 0 && completion === null) throw this.#refused(result);
        served++;
        if (completion === null) continue;
        if (result.status === 0) {
          completion.resolve(result);
          continue;
        }
        // An awaited operation was refused: its owner decides. The rest of the batch was not executed; it goes again.
        this.#again(completions.slice(served));
        completion.reject(this.#refused(result));
        return;
      }
    } catch (thrown) {
      // Those that got no answer fail with the simulation.
      this.#completions.unshift(...completions.slice(served));
      this.fail(asError(thrown));
      throw thrown;
    }
  }

  /** Sends the operations after a refused one again. */
  #again(rest: Completion[]): void {
    const tail = this.#lastBatchTail(rest.length);
    this.#batch.restart(tail, rest.length);
    this.#completions = rest;
    this.#requests = rest.filter((completion) => completion !== null).length;
  }

  #sent: Uint8Array = new Uint8Array(0);

  #lastBatchTail(count: number): Uint8Array {
    const view = new DataView(this.#sent.buffer, this.#sent.byteOffset, this.#sent.length);
    const starts: number[] = [];
    for (let at = HEADER_BYTES; at < this.#sent.length; at += 8 + ((view.getUint32(at + 4, true) + 7) & ~7))
      starts.push(at);
    return this.#sent.slice(starts[starts.length - count] ?? this.#sent.length);
  }

  /** Sends the batch and returns its results; undefined when the simulator is gone (waits fail as soon as the reason is known). */
  #exchange(): ResultReader | undefined {
    this.#sent = this.#batch.finish(this.#seq++);
    let answer: Uint8Array;
    try {
      answer = this.#link.exchange(this.#sent);
    } catch (thrown) {
      if (!(thrown instanceof LinkClosed)) throw thrown;
      this.#batch.reset();
      this.#dieLater(undefined, thrown);
      return undefined;
    }
    this.#batch.reset();
    const kind = new DataView(answer.buffer, answer.byteOffset).getUint16(4, true);
    if (kind === KIND.FATAL) {
      const fatal = decodeFatal(answer);
      this.#cycle = fatal.cycle;
      this.#dieLater(fatal);
      return undefined;
    }
    if (kind !== KIND.RESULTS)
      throw new SimulationError("PROTOCOL", `unexpected message of kind ${kind}`, this.facts());
    return new ResultReader(answer);
  }

  /** The simulator is about to end. What it still has to say is in its log when it has ended, which the event loop will tell. */
  #dieLater(fatal: Fatal | undefined, cause?: Error): void {
    this.#isScheduled = true; // nothing moves any more
    void this.#link.exited.then((exit) => {
      const said = this.#link
        .logTail()
        .split("\n")
        .filter((line) => fatal === undefined || (line !== "" && !line.includes(fatal.text.split("\n")[0] ?? "")));
      const text = [fatal?.text ?? "the simulator ended without a message", ...said].join("\n  ");
      this.fail(this.#died(text, exit, cause));
    });
    if (!this.#isInFlush) {
      throw this.#died(
        fatal?.text ?? "the simulator ended without a message",
        { exitCode: fatal?.exitCode, signal: undefined },
        cause,
      );
    }
  }

  #died(text: string, exit: ExitStatus, cause?: Error): SimulationError {
    return new SimulationError("SIMULATOR_DIED", text, { ...this.facts(), ...exit, logPath: this.logPath }, cause);
  }

  #refused(result: OpResult | undefined): SimulationError {
    if (result === undefined)
      return new SimulationError("PROTOCOL", "the simulator answered too few operations", this.facts());
    const text = new TextDecoder().decode(result.payload);
    return new SimulationError("REFUSED", `${opName(result.op)}: ${text}`, { ...this.facts(), status: result.status });
  }
}
