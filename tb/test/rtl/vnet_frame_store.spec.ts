import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { cutWords } from "../support/packets.ts";

interface Frame {
  /** Length in words. */
  readonly words: number;
  readonly isDropped: boolean;
}

const WORD = ["data", "cnt", "last"] as const;
const IN = [...WORD, "drop", "len", "user"] as const;

describeModule(
  "vnet_frame_store",
  {
    params: [
      { DATA_W: 64, LEN_W: 20, USER_W: 3, WORDS: 16, FRAMES: 4 },
      { DATA_W: 512, LEN_W: 20, USER_W: 257, WORDS: 32, FRAMES: 64 },
    ],
    fullParams: [
      { DATA_W: 128, LEN_W: 20, USER_W: 8, WORDS: 4, FRAMES: 4 },
      { DATA_W: 256, LEN_W: 20, USER_W: 8, WORDS: 64, FRAMES: 8 },
    ],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;
    const kept = (words: number): Frame => ({ words, isDropped: false });
    const dropped = (words: number): Frame => ({ words, isDropped: true });

    const transfer = async (
      bench: ModuleBench,
      frames: readonly Frame[],
      options: { readonly idle?: Pause; readonly back?: Pause; readonly frameBack?: Pause } = {},
    ): Promise<{ readonly latency: number; readonly inCycles: number; readonly outCycles: number }> => {
      const source = bench.source("s", IN, { pause: options.idle ?? PAUSES.never });
      const sink = bench.sink("m", WORD, { pause: options.back ?? PAUSES.never });
      const infos = bench.sink("m_frm", ["len", "user"], { pause: options.frameBack ?? PAUSES.never });
      const input = frames.map(({ words, isDropped }) => {
        const lenBytes = (words - 1) * busBytes + bench.random.between(1, busBytes);
        const user = bench.random.bits(params.USER_W);
        const cut = cutWords(bench.random.bytes(lenBytes), busBytes, bench.random);
        for (const word of cut) {
          // Drop, length and user bits are looked at with the last word only.
          const isLast = word.last === 1n;
          source.sendNow({
            ...word,
            drop: isLast ? BigInt(isDropped) : bench.random.bits(1),
            len: isLast ? BigInt(lenBytes) : bench.random.bits(params.LEN_W),
            user: isLast ? user : bench.random.bits(params.USER_W),
          });
        }
        return { cut, isDropped, info: { len: BigInt(lenBytes), user } };
      });
      const total = frames.reduce((sum, { words }) => sum + words, 0);
      const out = input.filter(({ isDropped }) => !isDropped);
      const outWords = out.flatMap(({ cut }) => cut);
      await withTimeout(source.wait(), 100 + 60 * total, "the last word in");
      await withTimeout(sink.reached(outWords.length), 100 + 60 * total, "the last word out");
      await withTimeout(infos.reached(out.length), 100 + 60 * frames.length, "the last frame");
      await bench.cycles(5);
      const moved = sink.takeAll();
      expect(moved.map(({ beat }) => beat)).to.deep.equal(outWords);
      expect(infos.takeAll().map(({ beat }) => beat)).to.deep.equal(out.map(({ info }) => info));
      for (const part of [source, sink, infos]) part.stop();
      const firstEnd = source.moved.find(({ beat }) => beat.last === 1n)?.cycle ?? 0;
      const firstOut = moved[0]?.cycle ?? 0;
      return {
        latency: firstOut - firstEnd,
        inCycles: (source.moved.at(-1)?.cycle ?? 0) - (source.moved[0]?.cycle ?? 0),
        outCycles: (moved.at(-1)?.cycle ?? 0) - firstOut,
      };
    };

    test("smoke: one frame; 3 cycles from its last word to its first", async (bench) => {
      const { latency } = await transfer(bench, [kept(3)]);
      expect(latency).to.equal(3);
    });

    test("nothing of a frame comes out before it is complete", async (bench) => {
      const source = bench.source("s", IN);
      for (let i = 0; i < params.WORDS - 1; i++) {
        source.sendNow({ data: BigInt(i), cnt: 8n, last: 0n, drop: 1n, len: 0n, user: 0n });
      }
      bench.drive({ m_ready: 1, m_frm_ready: 1 });
      for (let i = 0; i < params.WORDS + 10; i++) {
        expect(bench.signal("m_valid").isHigh || bench.signal("m_frm_valid").isHigh).to.equal(false);
        await bench.cycles();
      }
      expect(source.isIdle).to.equal(true);
    });

    test("a frame as long as the memory, committed and dropped", async (bench) => {
      const whole = params.WORDS;
      await transfer(bench, [kept(whole), dropped(whole), kept(whole), dropped(whole), dropped(whole), kept(1)]);
    });

    test("a full memory takes no more words, and nothing is lost", async (bench) => {
      const source = bench.source("s", IN);
      const sink = bench.sink("m", WORD, { pause: { kind: "always" } });
      bench.drive({ m_frm_ready: 1 });
      const words = Array.from({ length: params.WORDS + 20 }, (_, i) => ({
        data: BigInt(i),
        cnt: BigInt(busBytes),
        last: BigInt(i % 4 === 3),
        drop: 0n,
        len: BigInt(4 * busBytes),
        user: 0n,
      }));
      source.sendNow(...words);
      await bench.cycles(words.length + 20);
      // Up to three words have been read ahead.
      expect(source.count).to.be.within(params.WORDS, params.WORDS + 3);
      sink.pause = PAUSES.never;
      await withTimeout(sink.reached(words.length), 200, "the last word");
      expect(sink.takeAll().map(({ beat }) => beat.data)).to.deep.equal(words.map(({ data }) => data));
    });

    test("one word per cycle on each side, also in frames of one word", async (bench) => {
      for (const words of [1, 3]) {
        const frames = Array.from({ length: Math.floor(60 / words) }, () => kept(words));
        const { inCycles, outCycles } = await transfer(bench, frames);
        expect(inCycles, "in").to.equal(frames.length * words - 1);
        expect(outCycles, "out").to.equal(frames.length * words - 1);
      }
    });

    test("drops between committed frames", async (bench) => {
      const frames = Array.from({ length: 40 }, (_, i) => ({
        words: bench.random.between(1, params.WORDS / 2),
        isDropped: i % 3 !== 0,
      }));
      await transfer(bench, frames);
      await transfer(bench, frames, { back: PAUSES.mostly });
    });

    test("sweep: idle x back-pressure", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.half]) {
        for (const back of [PAUSES.never, PAUSES.half, PAUSES.mostly]) {
          for (const frameBack of [PAUSES.never, PAUSES.mostly]) {
            const frames = Array.from({ length: 12 }, () => ({
              words: bench.random.between(1, params.WORDS / 2),
              isDropped: bench.random.chance(0.3),
            }));
            await transfer(bench, frames, { idle, back, frameBack });
          }
        }
      }
    });

    test("reset with frames inside", async (bench) => {
      const source = bench.source("s", IN);
      for (let i = 0; i < 10; i++) {
        source.sendNow({ data: 1n, cnt: 1n, last: BigInt(i % 3 === 2), drop: 0n, len: 1n, user: 1n });
      }
      await bench.cycles(10);
      source.stop();
      bench.drive({ s_valid: 0 });
      await bench.reset(1);
      expect(bench.signal("m_valid").isHigh || bench.signal("m_frm_valid").isHigh).to.equal(false);
      await transfer(bench, [kept(params.WORDS), kept(2)]);
    });

    test("property: committed frames, whole and in order", async (bench) => {
      const one = fc.record({ words: fc.integer({ min: 1, max: params.WORDS }), isDropped: fc.boolean() });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.record({
          frames: fc.array(one, { minLength: 1, maxLength: 10 }),
          idle: pause,
          back: pause,
          frameBack: pause,
        }),
        async ({ frames, ...options }) => {
          await transfer(bench, frames, options);
        },
      );
    });
  },
);
