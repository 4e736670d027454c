/**
 * Pauses: when a source is idle and when a sink pushes back. One description serves the models in C++ and those in TypeScript.
 *
 * @module
 */
import type { Random } from "./random.ts";

/** For each cycle: may a model raise `valid` or `ready`? A `valid` that is up is never taken back. */
export type Pause =
  | { readonly kind: "never" }
  | { readonly kind: "always" }
  /** Pauses with this probability (0..1) in each cycle. */
  | { readonly kind: "random"; readonly probability: number }
  /** `go` cycles, then `pause` cycles, beginning `phase` cycles into the pattern. */
  | { readonly kind: "everyN"; readonly go: number; readonly pause: number; readonly phase?: number }
  /** 1..`go` cycles go, then 1..`pause` cycles pause, both random. */
  | { readonly kind: "bursty"; readonly go: number; readonly pause: number }
  /** A repeated string of up to 32 `1` (go) and `0` (pause). */
  | { readonly kind: "pattern"; readonly bits: string };

/** The pauses that sweeps use: none, every second cycle, short bursts, mostly stopped. */
export const PAUSES = {
  never: { kind: "never" },
  alternate: { kind: "everyN", go: 1, pause: 1 },
  half: { kind: "random", probability: 0.5 },
  rare: { kind: "random", probability: 0.05 },
  bursty: { kind: "bursty", go: 8, pause: 8 },
  mostly: { kind: "random", probability: 0.9 },
} as const satisfies Record<string, Pause>;

/** Called once per cycle; true means pause. */
export type PauseGenerator = () => boolean;

/** The generator for a pause, to be asked once per cycle. */
export function pauseGenerator(pause: Pause, random: Random): PauseGenerator {
  switch (pause.kind) {
    case "never":
      return () => false;
    case "always":
      return () => true;
    case "random":
      return () => random.chance(pause.probability);
    case "everyN": {
      const period = pause.go + pause.pause;
      let at = (pause.phase ?? 0) % period;
      return () => {
        const isPause = at >= pause.go;
        at = (at + 1) % period;
        return isPause;
      };
    }
    case "bursty": {
      let isPause = true;
      let left = 0;
      return () => {
        if (left === 0) {
          isPause = !isPause;
          left = random.between(1, isPause ? pause.pause : pause.go);
        }
        left--;
        return isPause;
      };
    }
    case "pattern": {
      let at = 0;
      return () => {
        const isPause = pause.bits[at] === "0";
        at = (at + 1) % pause.bits.length;
        return isPause;
      };
    }
  }
}

/** The pause as the 8 bytes of the protocol (sim/README.md, section 1.7). */
export function encodePause(pause: Pause): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const put = (kind: number, a = 0, b = 0, c = 0): Uint8Array => {
    view.setUint8(0, kind);
    view.setUint16(2, a, true);
    view.setUint16(4, b, true);
    view.setUint16(6, c, true);
    return bytes;
  };
  switch (pause.kind) {
    case "never":
      return put(0);
    case "random":
      return put(1, Math.min(65535, Math.round(pause.probability * 65536)));
    case "everyN":
      return put(2, pause.go, pause.pause, pause.phase ?? 0);
    case "bursty":
      return put(3, pause.go, pause.pause);
    case "pattern": {
      if (!/^[01]{1,32}$/.test(pause.bits))
        throw new RangeError(`pause pattern "${pause.bits}": expected 1..32 of 0 and 1`);
      let mask = 0;
      for (let i = 0; i < pause.bits.length; i++) if (pause.bits[i] === "1") mask += 2 ** i;
      return put(4, mask % 65536, Math.floor(mask / 65536), pause.bits.length);
    }
    case "always":
      return put(5);
  }
}
