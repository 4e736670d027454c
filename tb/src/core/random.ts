/**
 * Seeded random numbers. The same seed and the same fork names give the same numbers on any machine.
 *
 * @module
 */

/** One stream of random numbers (xoshiro128**). Independent users fork it by name, so that one more number here changes nothing there. */
export class Random {
  readonly seed: number;
  readonly #path: string;
  readonly #state = new Uint32Array(4);

  constructor(seed: number, path = "") {
    this.seed = seed;
    this.#path = path;
    // The state is a hash of seed and path: FNV-1a over the text, then splitmix32 steps to fill four words.
    let hash = 0x811c9dc5;
    for (const char of `${seed}/${path}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
    for (let i = 0; i < 4; i++) {
      hash = (hash + 0x9e3779b9) | 0;
      let z = hash;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[i] = z ^ (z >>> 15);
    }
  }

  /** An independent stream; the same name gives the same stream, however many numbers were drawn here. */
  fork(name: string): Random {
    return new Random(this.seed, `${this.#path}/${name}`);
  }

  /** 32 random bits. */
  u32(): number {
    const s = this.#state;
    const s0 = s[0] ?? 0;
    const s1 = s[1] ?? 0;
    const s2 = (s[2] ?? 0) ^ s0;
    const s3 = (s[3] ?? 0) ^ s1;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    s[0] = s0 ^ s3;
    s[1] = s1 ^ s2;
    s[2] = s2 ^ (s1 << 9);
    s[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 32) {
      throw new RangeError(`Random.below: ${limit} is not an integer in 1..2^32`);
    }
    return Math.floor((this.u32() / 2 ** 32) * limit);
  }

  /** An integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.u32() < probability * 2 ** 32;
  }

  /** `width` random bits. */
  bits(width: number): bigint {
    let value = 0n;
    for (let done = 0; done < width; done += 32) value = (value << 32n) | BigInt(this.u32());
    return BigInt.asUintN(width, value);
  }

  /** Random bytes. */
  bytes(lenBytes: number): Uint8Array {
    const bytes = new Uint8Array(lenBytes);
    for (let i = 0; i < lenBytes; i += 4) {
      let word = this.u32();
      for (let j = i; j < Math.min(i + 4, lenBytes); j++) {
        bytes[j] = word;
        word >>>= 8;
      }
    }
    return bytes;
  }

  /** One of the values. */
  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new RangeError("Random.pick: nothing to pick from");
    return values[this.below(values.length)] as T; // within bounds by construction
  }

  /** The values in random order. */
  shuffle<T>(values: readonly T[]): T[] {
    const rest = [...values];
    const result: T[] = [];
    while (rest.length > 0) result.push(...rest.splice(this.below(rest.length), 1));
    return result;
  }
}
