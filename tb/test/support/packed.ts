/**
 * Streams of several clients whose signals are packed into vectors: client i has bit i of valid and ready, and slice i of each field.
 *
 * @module
 */
import type { Beat } from "../../src/bus/index.ts";
import { type Disarm, type Pause, pauseGenerator, PAUSES } from "../../src/core/index.ts";
import { eachCycle } from "./clients.ts";
import type { ModuleBench } from "./module-test.ts";

/** A source per client. */
export class PackedSource<F extends string> {
  readonly stop: Disarm;
  readonly #queues: Beat<F>[][];
  readonly #moved: number[];

  constructor(
    bench: ModuleBench,
    prefix: string,
    clients: number,
    fields: readonly F[],
    options: { readonly pause?: Pause } = {},
  ) {
    const indices = Array.from({ length: clients }, (_, i) => i);
    this.#queues = indices.map(() => []);
    this.#moved = indices.map(() => 0);
    const random = bench.simulator.random.fork(`packed ${prefix}`);
    const pauses = indices.map((i) => pauseGenerator(options.pause ?? PAUSES.never, random.fork(String(i))));
    const shown = indices.map((): Beat<F> | undefined => undefined);
    const ready = bench.signal(`${prefix}_ready`);
    const valid = bench.signal(`${prefix}_valid`);
    const signals = fields.map((name) => ({ name, signal: bench.signal(`${prefix}_${name}`) }));
    valid.value = 0;
    this.stop = eachCycle(bench.simulator, () => {
      const readyNow = ready.value;
      let isChanged = false;
      for (const i of indices) {
        const isPause = pauses[i]?.() ?? false;
        if (shown[i] !== undefined) {
          if (((readyNow >> BigInt(i)) & 1n) === 0n) continue;
          this.#moved[i] = (this.#moved[i] ?? 0) + 1;
          shown[i] = undefined;
          isChanged = true;
        }
        if (isPause) continue;
        shown[i] = this.#queues[i]?.shift();
        isChanged ||= shown[i] !== undefined;
      }
      if (!isChanged) return;
      valid.value = indices.reduce((mask, i) => mask | (shown[i] === undefined ? 0n : 1n << BigInt(i)), 0n);
      for (const { name, signal } of signals) {
        const width = BigInt(signal.width / clients);
        signal.value = indices.reduce((value, i) => {
          const beat = shown[i];
          const slice = beat === undefined ? random.bits(Number(width)) : beat[name];
          return value | (slice << (BigInt(i) * width));
        }, 0n);
      }
    });
  }

  /** Queues beats of one client. */
  send(client: number, ...beats: readonly Beat<F>[]): void {
    this.#queues[client]?.push(...beats);
  }

  /** Beats of one client that moved. */
  moved(client: number): number {
    return this.#moved[client] ?? 0;
  }
}
