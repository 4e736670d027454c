/**
 * Triggers: things one can wait for. A trigger starts to wait when it is awaited, and any number of times.
 *
 * @module
 */
import { SimulationError, type SimulationFacts } from "./errors.ts";

/** Ends a wait that is no longer wanted. */
export type Disarm = () => void;

/** What triggers need of the simulation. */
export interface Kernel {
  /** Number of clock edges so far. */
  readonly cycle: number;
  /** Calls back at the given cycle. */
  atCycle(cycle: number, callback: () => void): Disarm;
  /** `reject` is called when the simulation fails, unless disarmed before. */
  onFailure(reject: (error: Error) => void): Disarm;
  /** Facts for an error raised now. */
  facts(): SimulationFacts;
}

/** The value of a flag that a callback may have set since it was initialised (the compiler cannot know). */
export function isAlready(flag: boolean): boolean {
  return flag;
}

/** Something to wait for: `await trigger`. */
export class Trigger<T = void> implements PromiseLike<T> {
  readonly #arm: (resolve: (value: T) => void) => Disarm;
  readonly kernel: Kernel;

  /** `arm` begins a wait: it calls `resolve` at most once, possibly at once, and returns how to end the wait. */
  constructor(kernel: Kernel, arm: (resolve: (value: T) => void) => Disarm) {
    this.kernel = kernel;
    this.#arm = arm;
  }

  /** Begins a wait without a promise. Exactly one of the callbacks is called, at most once. */
  arm(resolve: (value: T) => void, reject: (error: Error) => void): Disarm {
    let isOver = false;
    const inner: { disarm?: Disarm } = {};
    const disarmFailure = this.kernel.onFailure((error) => {
      if (isOver) return;
      isOver = true;
      inner.disarm?.();
      reject(error);
    });
    if (isAlready(isOver)) return disarmFailure;
    const disarm = this.#arm((value) => {
      if (isOver) return;
      isOver = true;
      disarmFailure();
      resolve(value);
    });
    inner.disarm = disarm;
    return () => {
      if (isOver) return;
      isOver = true;
      disarmFailure();
      disarm();
    };
  }

  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return this.promise().then(onFulfilled, onRejected);
  }

  /** Begins the wait now and returns its promise: for a wait that must not miss what happens before it is awaited. */
  promise(): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.arm(resolve, reject);
    });
  }
}

/** Which of several triggers came first. */
export interface First<T> {
  readonly index: number;
  readonly value: T;
}

/** Waits for the first of several triggers; the other waits end. In one cycle the earlier in the list wins. */
export function first<T>(...triggers: readonly Trigger<T>[]): Trigger<First<T>> {
  return new Trigger<First<T>>(kernelOf(triggers), (resolve) => {
    const disarms: Disarm[] = [];
    let isDone = false;
    for (const [index, trigger] of triggers.entries()) {
      if (isAlready(isDone)) break;
      const disarm = trigger.arm(
        (value) => {
          isDone = true;
          for (const other of disarms) other();
          resolve({ index, value });
        },
        () => undefined, // a failure of the simulation reaches the outer trigger by itself
      );
      disarms.push(disarm);
    }
    return () => {
      for (const disarm of disarms) disarm();
    };
  });
}

/** Waits for all of several triggers. */
export function combine<T>(...triggers: readonly Trigger<T>[]): Trigger<T[]> {
  return new Trigger<T[]>(kernelOf(triggers), (resolve) => {
    const values = new Array<T>(triggers.length);
    let left = triggers.length;
    const disarms = triggers.map((trigger, index) =>
      trigger.arm(
        (value) => {
          values[index] = value;
          left--;
          if (left === 0) resolve(values);
        },
        () => undefined, // as in first()
      ),
    );
    return () => {
      for (const disarm of disarms) disarm();
    };
  });
}

/**
 * Waits for a trigger, at most so many cycles. A trigger that comes in the last cycle is in time.
 *
 * @throws SimulationError with code TIMEOUT.
 */
export function withTimeout<T>(trigger: Trigger<T>, timeoutCycles: number, what = "the trigger"): Promise<T> {
  const { kernel } = trigger;
  return new Promise<T>((resolve, reject) => {
    const start = kernel.cycle;
    const limit: { disarm?: Disarm } = {};
    let isOver = false;
    const disarm = trigger.arm(
      (value) => {
        isOver = true;
        limit.disarm?.();
        resolve(value);
      },
      (error) => {
        isOver = true;
        limit.disarm?.();
        reject(error);
      },
    );
    if (isAlready(isOver)) return;
    limit.disarm = kernel.atCycle(start + timeoutCycles, () => {
      disarm();
      reject(
        new SimulationError(
          "TIMEOUT",
          `${what} did not come within ${timeoutCycles} cycles (waiting since cycle ${start})`,
          kernel.facts(),
        ),
      );
    });
  });
}

function kernelOf(triggers: readonly { readonly kernel: Kernel }[]): Kernel {
  const kernel = triggers[0]?.kernel;
  if (kernel === undefined) throw new SimulationError("USAGE", "nothing to wait for: the list of triggers is empty");
  return kernel;
}
