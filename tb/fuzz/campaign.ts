/**
 * Runs many cases, chunk by chunk; a chunk is one simulation. Chunks do not depend on each other, so any share of them can run anywhere.
 *
 * @module
 */
import { asError, OP, Random, RUNS_DIRECTORY } from "../src/core/index.ts";
import { makeCase } from "./generate.ts";
import { judge } from "./judge.ts";
import { MAP } from "./plan.ts";
import type { FuzzBuild, FuzzCase, Profile } from "./plan.ts";
import { ERROR_CODES, Player } from "./player.ts";
import type { Outcome } from "./player.ts";

/** Cases of one simulation. */
export const CHUNK_CASES = 500;
/** Which build plays a chunk. */
const CHUNK_BUILDS: readonly FuzzBuild[] = ["narrow", "pairs", "narrow", "wide"];

/** A case with problems. */
export interface Violation {
  readonly index: number;
  readonly profile: Profile;
  readonly build: FuzzBuild;
  readonly cycle: number;
  readonly problems: readonly string[];
  /** What to put before `make fuzz` to see it again. */
  readonly repeat: string;
  readonly wavePath: string | undefined;
}

/** What cases came to, all together. */
export interface Tally {
  readonly cases: number;
  readonly cycles: number;
  readonly profiles: Readonly<Record<Profile, number>>;
  /** Frames to the wire, and chains that came back. */
  readonly frames: number;
  readonly usedChains: number;
  /** Cases in which the device asked for a reset. */
  readonly stops: number;
  /** The device's error counters, by code. */
  readonly errors: readonly number[];
}

/** How to run a campaign. */
export interface CampaignOptions {
  readonly seed: number;
  readonly rtlDirectory?: string;
  /** Cases are repeated with a waveform when they fail. */
  readonly hasWaves: boolean;
  /** Enough is known after so many violations. */
  readonly maxViolations: number;
}

/** The build that plays a case. */
export function buildOf(index: number): FuzzBuild {
  return CHUNK_BUILDS[Math.floor(index / CHUNK_CASES) % CHUNK_BUILDS.length] ?? "narrow";
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  const profiles = { rings: 0, faults: 0, registers: 0, wild: 0 };
  const errors = new Array<number>(ERROR_CODES).fill(0);
  return { cases: 0, cycles: 0, profiles, frames: 0, usedChains: 0, stops: 0, errors };
}

/** Both together. */
export function addTally(a: Tally, b: Tally): Tally {
  return {
    cases: a.cases + b.cases,
    cycles: a.cycles + b.cycles,
    profiles: {
      rings: a.profiles.rings + b.profiles.rings,
      faults: a.profiles.faults + b.profiles.faults,
      registers: a.profiles.registers + b.profiles.registers,
      wild: a.profiles.wild + b.profiles.wild,
    },
    frames: a.frames + b.frames,
    usedChains: a.usedChains + b.usedChains,
    stops: a.stops + b.stops,
    errors: a.errors.map((count, code) => count + (b.errors[code] ?? 0)),
  };
}

/** See the module text. */
export class Campaign {
  readonly violations: Violation[] = [];
  tally: Tally = emptyTally();
  readonly #options: CampaignOptions;
  readonly #random: Random;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  /** True when there is no point in going on. */
  get isOver(): boolean {
    return this.violations.length >= this.#options.maxViolations;
  }

  /** The case with this number. */
  case(index: number): FuzzCase {
    return makeCase(this.#random.fork(`case ${index}`), index, buildOf(index));
  }

  /** Plays the cases of a chunk up to (not including) `end`. */
  async chunk(chunk: number, end: number): Promise<void> {
    const last = Math.min(end, (chunk + 1) * CHUNK_CASES);
    for (let index = chunk * CHUNK_CASES; index < last && !this.isOver;) index = await this.#simulate(index, last);
  }

  /** Plays one case, alone in its simulation; if nothing happens, with those before it in its chunk. Keeps a waveform. */
  async repeat(index: number): Promise<readonly string[]> {
    const alone = await this.#again(index, index);
    if (alone.length > 0) return alone;
    const start = index - (index % CHUNK_CASES);
    return start === index ? [] : this.#again(start, index);
  }

  /** Where the waveform of a repeated case is. */
  wavePath(index: number): string {
    return `${RUNS_DIRECTORY}/fuzz-seed-${this.#options.seed}-case-${index}.fst`;
  }

  /** One simulation, from a case on, to the end or to a violation. Returns the next case. */
  async #simulate(from: number, end: number): Promise<number> {
    const player = await this.#open(from);
    try {
      let frames = 0;
      let usedChains = 0;
      let stops = 0;
      const profiles = { rings: 0, faults: 0, registers: 0, wild: 0 };
      const count = async (cases: number): Promise<void> => {
        const cycles = player.bench.cycle;
        await finish(player);
        const { errors } = player;
        this.tally = addTally(this.tally, { cases, cycles, profiles, frames, usedChains, stops, errors });
      };
      for (let index = from; index < end; index++) {
        const fuzzCase = this.case(index);
        profiles[fuzzCase.profile]++;
        let problems: readonly string[];
        try {
          const outcome = await player.play(fuzzCase);
          frames += outcome.frames.length;
          usedChains += usedCount(fuzzCase, outcome);
          if ((outcome.status & 0x40) !== 0) stops++;
          problems = judge(fuzzCase, outcome);
        } catch (thrown) {
          problems = [asError(thrown).message];
        }
        if (problems.length === 0) continue;
        const cycle = player.bench.cycle;
        await count(index + 1 - from);
        await this.#violate(fuzzCase, cycle, problems);
        return index + 1;
      }
      await count(end - from);
      return end;
    } finally {
      await finish(player);
    }
  }

  async #violate(fuzzCase: FuzzCase, cycle: number, problems: readonly string[]): Promise<void> {
    const { seed, hasWaves } = this.#options;
    const { index, profile } = fuzzCase;
    const seen = hasWaves ? await this.repeat(index) : [];
    this.violations.push({
      index,
      profile,
      build: buildOf(index),
      cycle,
      problems,
      repeat: `SEED=${seed} CASE=${index}`,
      wavePath: seen.length > 0 ? this.wavePath(index) : undefined,
    });
  }

  async #again(from: number, index: number): Promise<readonly string[]> {
    const player = await this.#open(index, this.wavePath(index));
    try {
      for (let before = from; before < index; before++) await player.play(this.case(before));
      // The file begins anew with the case itself.
      player.bench.simulator.post(OP.TRACE_ON, 0, new TextEncoder().encode(this.wavePath(index)));
      const fuzzCase = this.case(index);
      return judge(fuzzCase, await player.play(fuzzCase));
    } catch (thrown) {
      return [asError(thrown).message];
    } finally {
      await finish(player);
    }
  }

  #open(index: number, wavePath?: string): Promise<Player> {
    const { seed, rtlDirectory } = this.#options;
    return Player.open({
      build: buildOf(index),
      seed,
      ...(rtlDirectory === undefined ? {} : { rtlDirectory }),
      ...(wavePath === undefined ? {} : { wavePath }),
    });
  }
}

async function finish(player: Player): Promise<void> {
  if (player.bench.simulator.isClosed) return;
  if (player.bench.simulator.failure === undefined) await player.close();
  else await player.bench.simulator.abandon();
}

/** Chains that came back, as far as the used rings tell. */
function usedCount(fuzzCase: FuzzCase, outcome: Outcome): number {
  if (fuzzCase.expected === undefined) return 0;
  const view = new DataView(outcome.used.buffer, outcome.used.byteOffset);
  return fuzzCase.queues.reduce((sum, queue) => sum + view.getUint16(queue.used - MAP.used.addr + 2, true), 0);
}
