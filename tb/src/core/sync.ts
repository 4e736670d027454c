/**
 * What tasks use among themselves: an event, a queue, a lock. No simulated time passes in them.
 *
 * @module
 */
import { type Disarm, type Kernel, Trigger } from "./trigger.ts";

/** Callbacks in order of arrival, each of which can leave. */
class Waiters<T> {
  readonly #callbacks: ((value: T) => void)[] = [];

  get size(): number {
    return this.#callbacks.length;
  }

  add(callback: (value: T) => void): Disarm {
    this.#callbacks.push(callback);
    return () => {
      const at = this.#callbacks.indexOf(callback);
      if (at >= 0) this.#callbacks.splice(at, 1);
    };
  }

  wakeOne(value: T): boolean {
    const callback = this.#callbacks.shift();
    callback?.(value);
    return callback !== undefined;
  }

  wakeAll(value: T): void {
    for (const callback of this.#callbacks.splice(0)) callback(value);
  }
}

/** A flag that tasks wait for. */
export class Event {
  readonly #kernel: Kernel;
  readonly #waiters = new Waiters<void>();
  #isSet = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  /** Sets the flag and wakes everybody. */
  set(): void {
    this.#isSet = true;
    this.#waiters.wakeAll();
  }

  clear(): void {
    this.#isSet = false;
  }

  /** Fires when the flag is set, at once if it is. */
  wait(): Trigger {
    return new Trigger(this.#kernel, (resolve) => {
      if (this.#isSet) {
        resolve();
        return () => undefined;
      }
      return this.#waiters.add(resolve);
    });
  }
}

/** A first-in first-out queue between tasks, with or without a limit. */
export class Queue<T> {
  readonly #kernel: Kernel;
  readonly #limit: number;
  readonly #items: T[] = [];
  readonly #getters = new Waiters<T>();
  readonly #putters: { readonly item: T; readonly done: () => void }[] = [];

  constructor(kernel: Kernel, limit = Infinity) {
    this.#kernel = kernel;
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.length;
  }

  get isFull(): boolean {
    return this.#items.length >= this.#limit;
  }

  /** Adds an item at once; false if the queue is full. */
  putNow(item: T): boolean {
    if (this.#getters.wakeOne(item)) return true;
    if (this.isFull) return false;
    this.#items.push(item);
    return true;
  }

  /** Adds an item as soon as there is room. */
  put(item: T): Trigger {
    return new Trigger(this.#kernel, (resolve) => {
      if (this.putNow(item)) {
        resolve();
        return () => undefined;
      }
      const entry = { item, done: resolve };
      this.#putters.push(entry);
      return () => {
        const at = this.#putters.indexOf(entry);
        if (at >= 0) this.#putters.splice(at, 1);
      };
    });
  }

  /** Takes the oldest item at once, or undefined. */
  getNow(): T | undefined {
    const item = this.#items.shift();
    this.#refill();
    return item;
  }

  /** Takes the oldest item, as soon as there is one. */
  get(): Trigger<T> {
    return new Trigger<T>(this.#kernel, (resolve) => {
      if (this.#items.length > 0) {
        resolve(this.#items.shift() as T); // not empty
        this.#refill();
        return () => undefined;
      }
      return this.#getters.add(resolve);
    });
  }

  /** Takes everything. */
  drain(): T[] {
    const items = this.#items.splice(0);
    this.#refill();
    return items;
  }

  #refill(): void {
    while (!this.isFull) {
      const putter = this.#putters.shift();
      if (putter === undefined) return;
      this.#items.push(putter.item);
      putter.done();
    }
  }
}

/** Mutual exclusion between tasks, in order of arrival. */
export class Lock {
  readonly #kernel: Kernel;
  readonly #waiters = new Waiters<void>();
  #isLocked = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get isLocked(): boolean {
    return this.#isLocked;
  }

  acquire(): Trigger {
    return new Trigger(this.#kernel, (resolve) => {
      if (!this.#isLocked) {
        this.#isLocked = true;
        resolve();
        return () => undefined;
      }
      return this.#waiters.add(resolve);
    });
  }

  /** Hands the lock to the next in line. */
  release(): void {
    if (!this.#waiters.wakeOne()) this.#isLocked = false;
  }

  /** Runs `body` while holding the lock. */
  async hold<T>(body: () => Promise<T>): Promise<T> {
    await this.acquire();
    try {
      return await body();
    } finally {
      this.release();
    }
  }
}
