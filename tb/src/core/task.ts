/**
 * Tasks: things that go on beside the test. A task that throws fails the simulation at once.
 *
 * @module
 */
import { asError, TaskCancelled } from "./errors.ts";
import { type Disarm, isAlready, type Kernel, Trigger } from "./trigger.ts";

/** What a task needs of the simulation beyond time. */
export interface TaskKernel extends Kernel {
  /** Ends the simulation with an error: all waits fail with it. */
  fail(error: Error): void;
}

/** A running task. Its body waits with `await task.until(trigger)` where it may be cancelled. */
export class Task<T = void> {
  readonly name: string;
  readonly #kernel: TaskKernel;
  readonly #promise: Promise<T>;
  readonly #joiners: (() => void)[] = [];
  #cancelWait: (() => void) | undefined;
  #state: "running" | "done" | "failed" | "cancelled" = "running";
  #isCancelRequested = false;
  #result: T | undefined;

  constructor(kernel: TaskKernel, name: string, body: (task: Task<T>) => Promise<T>) {
    this.name = name;
    this.#kernel = kernel;
    this.#promise = this.#run(body);
    // Failures are reported through the kernel; nobody need join.
    this.#promise.catch(() => undefined);
  }

  get state(): "running" | "done" | "failed" | "cancelled" {
    return this.#state;
  }

  /** Waits for a trigger inside the task's body; throws TaskCancelled when the task is cancelled meanwhile. */
  until<V>(trigger: Trigger<V>): Promise<V> {
    return new Promise<V>((resolve, reject) => {
      if (this.#isCancelRequested) {
        reject(new TaskCancelled(this.name));
        return;
      }
      let isOver = false;
      const over = (): void => {
        isOver = true;
        this.#cancelWait = undefined;
      };
      const disarm: Disarm = trigger.arm(
        (value) => {
          over();
          resolve(value);
        },
        (error) => {
          over();
          reject(error);
        },
      );
      if (isAlready(isOver)) return;
      this.#cancelWait = () => {
        disarm();
        reject(new TaskCancelled(this.name));
      };
    });
  }

  /** Asks the task to end at its present or next `until`. */
  cancel(): void {
    if (this.#state !== "running") return;
    this.#isCancelRequested = true;
    const cancelWait = this.#cancelWait;
    this.#cancelWait = undefined;
    cancelWait?.();
  }

  /** Waits for the end of the task and returns its result; throws what the task threw, or TaskCancelled. */
  join(): Promise<T> {
    return this.#promise;
  }

  /** Fires when the task is over, however it ended. */
  over(): Trigger<T | undefined> {
    return new Trigger<T | undefined>(this.#kernel, (resolve) => {
      if (this.#state !== "running") {
        resolve(this.#result);
        return () => undefined;
      }
      const joiner = (): void => {
        resolve(this.#result);
      };
      this.#joiners.push(joiner);
      return () => {
        this.#joiners.splice(this.#joiners.indexOf(joiner), 1);
      };
    });
  }

  async #run(body: (task: Task<T>) => Promise<T>): Promise<T> {
    try {
      this.#result = await body(this);
      this.#state = "done";
      return this.#result;
    } catch (thrown) {
      if (thrown instanceof TaskCancelled && this.#isCancelRequested) {
        this.#state = "cancelled";
      } else {
        this.#state = "failed";
        this.#kernel.fail(asError(thrown));
      }
      throw thrown;
    } finally {
      for (const joiner of this.#joiners.splice(0)) joiner();
    }
  }
}
