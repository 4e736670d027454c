/**
 * Things of one kind that a model in the simulator reports, in order.
 *
 * @module
 */
import { type Disarm, type Simulator, Trigger } from "../core/index.ts";

interface CountWait {
  readonly target: number;
  readonly resolve: () => void;
  readonly disarm: Disarm;
}

/** A queue of reported things. Time stops for them only while somebody waits. */
export class EventStream<T> {
  readonly #simulator: Simulator;
  readonly #model: number;
  readonly #mask: number;
  readonly #items: T[] = [];
  readonly #listeners: ((item: T) => void)[] = [];
  #receivers: { readonly resolve: (item: T) => void; readonly disarm: Disarm }[] = [];
  #counts: CountWait[] = [];
  #count = 0;

  /** If false, items go to listeners and are counted, but not kept. */
  isKeeping = true;

  constructor(simulator: Simulator, model: number, eventType: number) {
    this.#simulator = simulator;
    this.#model = model;
    this.#mask = 1 << eventType;
  }

  /** Items so far, taken ones included. */
  get count(): number {
    return this.#count;
  }

  /** Items that nobody has taken, oldest first. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Calls back for each item, in the cycle in which time stops next. Returns how to end that. */
  listen(listener: (item: T) => void): Disarm {
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  /** Takes the oldest item, if there is one. */
  takeNow(): T | undefined {
    return this.#items.shift();
  }

  /** Takes all items. */
  takeAll(): T[] {
    return this.#items.splice(0);
  }

  /** Takes the oldest item, as soon as there is one. */
  take(): Trigger<T> {
    return new Trigger<T>(this.#simulator, (resolve) => {
      if (this.#items.length > 0) {
        resolve(this.#items.shift() as T); // not empty
        return () => undefined;
      }
      const disarm = this.#simulator.expectEvents({
        model: this.#model,
        mask: this.#mask,
        remaining: () => this.#receivers.indexOf(receiver) + 1,
      });
      const receiver = { resolve, disarm };
      this.#receivers.push(receiver);
      return () => {
        disarm();
        this.#receivers = this.#receivers.filter((other) => other !== receiver);
      };
    });
  }

  /** Fires when `count` items have come since the start, at once if they have. */
  reached(count: number): Trigger {
    return new Trigger(this.#simulator, (resolve) => {
      if (this.#count >= count) {
        resolve();
        return () => undefined;
      }
      const disarm = this.#simulator.expectEvents({
        model: this.#model,
        mask: this.#mask,
        remaining: () => count - this.#count,
      });
      const wait = { target: count, resolve, disarm };
      this.#counts.push(wait);
      return () => {
        disarm();
        this.#counts = this.#counts.filter((other) => other !== wait);
      };
    });
  }

  /** Adds an item; the model's event handler does this. */
  push(item: T): void {
    this.#count++;
    for (const listener of [...this.#listeners]) listener(item);
    const receiver = this.#receivers.shift();
    if (receiver !== undefined) {
      receiver.disarm();
      receiver.resolve(item);
    } else if (this.isKeeping) {
      this.#items.push(item);
    }
    if (this.#counts.length === 0) return;
    for (const wait of this.#counts) {
      if (wait.target > this.#count) continue;
      wait.disarm();
      wait.resolve();
    }
    this.#counts = this.#counts.filter((wait) => wait.target > this.#count);
  }

  /** Drops the items that nobody has taken. */
  clear(): void {
    this.#items.length = 0;
  }
}
