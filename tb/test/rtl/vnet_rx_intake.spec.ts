import { expect } from "chai";
import fc from "fast-check";
import type { Beat } from "../../src/bus/index.ts";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { AXIS, describeModule, type ModuleBench } from "../support/module-test.ts";
import { joinPackets } from "../support/packets.ts";
import { edgeLengths, hex, wordWith } from "../support/windows.ts";

/** How a frame is laid on its beats: full ones, any number of bytes in each, or with holes in tkeep and empty beats. */
type Shape = "full" | "partial" | "odd";

interface Frame {
  readonly bytes: Uint8Array;
  readonly dest: number;
  readonly isBad: boolean;
  readonly shape: Shape;
}

type AxisField = "data" | "keep" | "last" | "dest" | "user";

const AXIS_FIELDS = ["data", "keep", "last", "dest", "user"] as const;
const STORE = ["data", "cnt", "last", "drop", "len", "queue"] as const;
const RX_TOO_LONG = 26;
const RX_BAD = 27;
const RX_NO_QUEUE = 28;

describeModule(
  "vnet_rx_intake",
  {
    params: [
      { DATA_W: 64, NQ: 1, LEN_W: 20, FRAME_MAX: 200, WORDS: 64 },
      { DATA_W: 512, NQ: 4, LEN_W: 20, FRAME_MAX: 1500, WORDS: 64 },
    ],
    fullParams: [
      { DATA_W: 128, NQ: 2, LEN_W: 20, FRAME_MAX: 64, WORDS: 16 },
      { DATA_W: 256, NQ: 8, LEN_W: 20, FRAME_MAX: 300, WORDS: 32 },
    ],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;
    const allQueues = 2 ** params.NQ - 1;

    /** Beats of a frame, and how many of them the design keeps. */
    const beatsOf = (bench: ModuleBench, frame: Frame): { beats: Beat<AxisField>[]; keptCount: number } => {
      const { random } = bench;
      const beats: Beat<AxisField>[] = [];
      let keptCount = 0;
      const put = (bytes: Uint8Array, isLast: boolean): void => {
        let keep = (1n << BigInt(bytes.length)) - 1n;
        // Lanes behind the first hole do not count.
        if (frame.shape === "odd" && bytes.length < busBytes - 1) {
          keep |= random.bits(busBytes - bytes.length - 1) << BigInt(bytes.length + 1);
        }
        if (bytes.length > 0 || isLast) keptCount++;
        beats.push({
          data: wordWith(bytes, 0, busBytes, random),
          keep,
          last: isLast ? 1n : 0n,
          dest: isLast ? BigInt(frame.dest) : random.bits(8),
          user: isLast ? BigInt(frame.isBad) : random.bits(1),
        });
      };
      let at = 0;
      while (at < frame.bytes.length) {
        if (frame.shape === "odd" && random.chance(0.2)) put(new Uint8Array(0), false);
        const room = Math.min(busBytes, frame.bytes.length - at);
        const count = frame.shape === "full" ? room : random.between(Math.ceil(room / 2), room);
        const isEnd = at + count === frame.bytes.length;
        const isLast = isEnd && !(frame.shape === "odd" && random.chance(0.3));
        put(frame.bytes.subarray(at, at + count), isLast);
        at += count;
        if (isEnd && !isLast) put(new Uint8Array(0), true);
      }
      if (frame.bytes.length === 0) put(new Uint8Array(0), true);
      return { beats, keptCount };
    };

    const transfer = async (
      bench: ModuleBench,
      frames: readonly Frame[],
      options: {
        readonly enable?: number;
        readonly rxMax?: number;
        readonly idle?: Pause;
        readonly back?: Pause;
        readonly eventBack?: Pause;
      } = {},
    ): Promise<{ readonly latency: number; readonly inCycles: number; readonly beats: number }> => {
      const enable = options.enable ?? allQueues;
      const rxMax = options.rxMax ?? params.FRAME_MAX;
      bench.drive({ cfg_enable: enable, cfg_rx_max: rxMax });
      await bench.cycles(2);
      const source = bench.source("s_axis_rx", AXIS_FIELDS, { ...AXIS, pause: options.idle ?? PAUSES.never });
      const sink = bench.sink("m", STORE, { pause: options.back ?? PAUSES.never });
      const events = bench.sink("m_evt", ["queue", "code"], { pause: options.eventBack ?? PAUSES.never });
      const accepted = bench.monitor("m_acc", ["queue"], { ready: null });
      let beats = 0;
      const expected = frames.map((frame) => {
        const cut = beatsOf(bench, frame);
        source.sendNow(...cut.beats);
        beats += cut.beats.length;
        const isLong =
          frame.bytes.length > Math.min(rxMax, params.FRAME_MAX) || cut.keptCount > params.WORDS - 2;
        const isThere = frame.dest < params.NQ;
        const isEnabled = isThere && ((enable >> frame.dest) & 1) === 1;
        let code = 0;
        if (isLong) code = RX_TOO_LONG;
        else if (frame.isBad || frame.bytes.length === 0) code = RX_BAD;
        else if (!isEnabled) code = RX_NO_QUEUE;
        return { ...frame, code, queue: isThere ? frame.dest : 0 };
      });
      const failed = expected.filter(({ code }) => code !== 0);
      await withTimeout(source.wait(), 200 + 60 * beats, "the last beat in");
      await withTimeout(events.reached(failed.length), 400, "the last event");
      sink.pause = PAUSES.never;
      await bench.cycles(10);
      const moved = sink.takeAll();
      const packets = joinPackets(moved, busBytes);
      expect(packets.length, "frames").to.equal(frames.length);
      for (const [i, { bytes, code, queue }] of expected.entries()) {
        const packet = packets[i];
        if (packet === undefined) continue;
        expect(Number(packet.end.drop), `drop of frame ${i}`).to.equal(code === 0 ? 0 : 1);
        // The store takes no frame that is longer than itself.
        expect(packet.counts.length).to.be.below(params.WORDS);
        if (code !== 0) continue;
        expect(hex(packet.bytes), `frame ${i}`).to.equal(hex(bytes));
        expect(Number(packet.end.len)).to.equal(bytes.length);
        expect(Number(packet.end.queue)).to.equal(queue);
        expect(packet.counts.slice(0, -1).includes(0), "empty beats inside").to.equal(false);
      }
      expect(
        events.takeAll().map(({ beat }) => ({ queue: Number(beat.queue), code: Number(beat.code) })),
      ).to.deep.equal(failed.map(({ queue, code }) => ({ queue, code })));
      expect(accepted.takeAll().map(({ beat }) => Number(beat.queue))).to.deep.equal(
        expected.filter(({ code }) => code === 0).map(({ queue }) => queue),
      );
      for (const part of [source, sink, events, accepted]) part.stop();
      const first = source.moved[0]?.cycle ?? 0;
      return {
        latency: (moved[0]?.cycle ?? 0) - first,
        inCycles: (source.moved.at(-1)?.cycle ?? 0) - first,
        beats,
      };
    };

    const frame = (bench: ModuleBench, length: number, options: Partial<Frame> = {}): Frame => ({
      bytes: bench.random.bytes(length),
      dest: bench.random.below(params.NQ),
      isBad: false,
      shape: "full",
      ...options,
    });

    test("smoke: one frame; 4 cycles of latency", async (bench) => {
      const { latency } = await transfer(bench, [frame(bench, 60)]);
      expect(latency).to.equal(4);
    });

    test("one beat per cycle, also across frames", async (bench) => {
      const frames = Array.from({ length: 40 }, () => frame(bench, bench.random.between(1, 3 * busBytes)));
      const { inCycles, beats } = await transfer(bench, frames);
      expect(inCycles).to.equal(beats - 1);
    });

    test("the longest frame, and one byte more", async (bench) => {
      const most = params.FRAME_MAX;
      const lengths = [most, most + 1, most - 1, 2 * most, most + busBytes, most, 1];
      const frames = lengths.map((length) => frame(bench, length));
      await transfer(bench, frames);
      // What the driver wants to see holds as well, but cannot allow more.
      await transfer(bench, frames, { rxMax: 60 });
      await transfer(bench, [frame(bench, 60), frame(bench, 61), frame(bench, 59)], { rxMax: 60 });
      await transfer(bench, frames, { rxMax: 100_000 });
    });

    test("a frame of many short beats does not overrun the store", async (bench) => {
      const source = bench.source("s_axis_rx", AXIS_FIELDS, AXIS);
      const sink = bench.sink("m", STORE);
      const events = bench.sink("m_evt", ["queue", "code"]);
      bench.drive({ cfg_enable: allQueues, cfg_rx_max: params.FRAME_MAX });
      await bench.cycles(2);
      const counts = [params.WORDS - 2, params.WORDS - 1, params.WORDS, 3 * params.WORDS, 5];
      for (const count of counts) {
        for (let i = 0; i < count; i++) {
          source.sendNow({ data: BigInt(i), keep: 1n, last: BigInt(i === count - 1), dest: 0n, user: 0n });
        }
      }
      await withTimeout(source.wait(), 2000, "the last beat");
      await bench.cycles(10);
      const packets = joinPackets(sink.takeAll(), busBytes);
      expect(packets.map(({ end }) => Number(end.drop))).to.deep.equal([0, 1, 1, 1, 0]);
      for (const { counts: words } of packets) expect(words.length).to.be.at.most(params.WORDS);
      expect(events.takeAll().map(({ beat }) => Number(beat.code))).to.deep.equal([26, 26, 26]);
    });

    test("bad frames, frames without bytes, queues that do not exist or are off", async (bench) => {
      const frames = [
        frame(bench, 60, { isBad: true }),
        frame(bench, 0),
        frame(bench, 60, { dest: params.NQ }),
        frame(bench, 60, { dest: 255 }),
        frame(bench, 60),
        // Too long goes before bad, bad before no queue.
        frame(bench, params.FRAME_MAX + 1, { isBad: true, dest: 200 }),
        frame(bench, 60, { isBad: true, dest: 200 }),
      ];
      await transfer(bench, frames);
      await transfer(bench, frames, { enable: 0 });
      const each = Array.from({ length: params.NQ }, (_, dest) => frame(bench, 70, { dest }));
      for (let enable = 0; enable <= allQueues; enable++) await transfer(bench, each, { enable });
    });

    test("holes in tkeep, empty and partial beats", async (bench) => {
      const frames = Array.from({ length: 30 }, (_, i) =>
        frame(bench, bench.random.below(3 * busBytes), { shape: i % 2 === 0 ? "odd" : "partial" }),
      );
      await transfer(bench, frames);
    });

    test("a waiting event stops the stream at the end of a frame only", async (bench) => {
      const frames = Array.from({ length: 10 }, (_, i) => frame(bench, 100, { isBad: i % 2 === 0 }));
      await transfer(bench, frames, { eventBack: { kind: "pattern", bits: "00000000000000000000000000000001" } });
    });

    test("sweep: lengths x idle x back-pressure", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.half]) {
        for (const back of [PAUSES.never, PAUSES.half, PAUSES.mostly]) {
          for (const eventBack of [PAUSES.never, PAUSES.half]) {
            const lengths = bench.random.shuffle(edgeLengths(busBytes));
            const frames = lengths.map((length) => frame(bench, length, { isBad: bench.random.chance(0.2) }));
            await transfer(bench, frames, { idle, back, eventBack });
          }
        }
      }
    });

    test("reset in the middle of a frame", async (bench) => {
      bench.drive({ s_axis_rx_tvalid: 1, s_axis_rx_tkeep: 3, m_ready: 0 });
      await bench.cycles(8);
      bench.drive({ s_axis_rx_tvalid: 0 });
      await bench.reset(1);
      expect(bench.signal("m_valid").isHigh).to.equal(false);
      await transfer(bench, [frame(bench, params.FRAME_MAX), frame(bench, 60)]);
    });

    test("property: good frames whole, one event per dropped frame", async (bench) => {
      const one = fc.record({
        bytes: fc.uint8Array({ maxLength: 4 * busBytes }),
        dest: fc.oneof(fc.nat({ max: params.NQ }), fc.nat({ max: 255 }), fc.constantFrom(128, 64, 32)),
        isBad: fc.boolean(),
        shape: fc.constantFrom<Shape>("full", "partial", "odd"),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.record({
          frames: fc.array(one, { minLength: 1, maxLength: 6 }),
          enable: fc.nat({ max: allQueues }),
          rxMax: fc.integer({ min: 1, max: 2 * params.FRAME_MAX }),
          idle: pause,
          back: pause,
          eventBack: pause,
        }),
        async ({ frames, ...options }) => {
          await transfer(bench, frames, options);
        },
      );
    });
  },
);
