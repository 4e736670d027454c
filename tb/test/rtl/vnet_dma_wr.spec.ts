import { expect } from "chai";
import fc from "fast-check";
import { type Pause, pauseGenerator, PAUSES, withTimeout } from "../../src/core/index.ts";
import { ByteMap, eachCycle, splitBursts } from "../support/clients.ts";
import { AXI_CHANNEL, describeModule, type ModuleBench } from "../support/module-test.ts";
import { PackedSource } from "../support/packed.ts";
import { bigIntToBytes, bytesToBigInt, edgeLengths, pageAddress } from "../support/windows.ts";

/** Commands of one client that belong together: its data are words without gaps, from `off` on. */
interface Packet {
  readonly client: number;
  readonly off: number;
  readonly pieces: readonly { readonly addr: bigint; readonly len: number }[];
}

interface RunOptions {
  readonly idle?: Pause;
  readonly data?: Pause;
  readonly slave?: Pause;
  readonly latency?: readonly [min: number, max: number];
  readonly isError?: (addr: bigint) => boolean;
}

describeModule(
  "vnet_dma_wr",
  {
    params: [
      { DATA_W: 64, N: 3, MAX_BURST: 16, WR_OUTSTANDING: 8 },
      { DATA_W: 512, N: 3, MAX_BURST: 16, WR_OUTSTANDING: 64 },
    ],
    fullParams: [
      { DATA_W: 128, N: 2, MAX_BURST: 1, WR_OUTSTANDING: 2 },
      { DATA_W: 256, N: 4, MAX_BURST: 128, WR_OUTSTANDING: 64 },
    ],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    const run = async (bench: ModuleBench, packets: readonly Packet[], options: RunOptions = {}): Promise<{ readonly beats: number; readonly cycles: number }> => {
      const random = bench.random.fork("slave");
      const memory = new ByteMap();
      const written = new Map<bigint, number>();
      const cmd = new PackedSource(bench, "s_cmd", params.N, ["addr", "len", "off", "eop"], { pause: options.idle ?? PAUSES.never });
      const dat = new PackedSource(bench, "s_dat", params.N, ["data"], { pause: options.data ?? PAUSES.never });
      const pause = options.slave ?? PAUSES.never;
      const aw = bench.sink("m_axi_aw", ["id", "addr", "len", "size", "burst"], { ...AXI_CHANNEL, pause });
      const w = bench.sink("m_axi_w", ["data", "strb", "last"], { ...AXI_CHANNEL, pause });
      const expected = new Map<bigint, number>();
      const dones = new Map<number, { isErr: boolean; isEop: boolean }[]>();
      let beats = 0;
      let commands = 0;
      for (const { client, off, pieces } of packets) {
        const total = pieces.reduce((sum, piece) => sum + piece.len, 0);
        const stream = bench.random.bytes(off + total);
        for (let at = 0; at < stream.length; at += busBytes) {
          const word = new Uint8Array(busBytes);
          word.set(stream.subarray(at, at + busBytes));
          dat.send(client, { data: bytesToBigInt(word) });
        }
        let at = off;
        for (const [i, { addr, len }] of pieces.entries()) {
          cmd.send(client, {
            addr,
            len: BigInt(len),
            off: BigInt(at % busBytes),
            eop: i === pieces.length - 1 ? 1n : 0n,
          });
          for (let j = 0; j < len; j++) expected.set(addr + BigInt(j), stream[at + j] ?? 0);
          at += len;
          const split = splitBursts(addr, len, busBytes, params.MAX_BURST);
          beats += split.reduce((sum, burst) => sum + burst.beats, 0);
          commands++;
          const list = dones.get(client) ?? [];
          dones.set(client, list);
          list.push({ isErr: split.some((burst) => options.isError?.(burst.addr) ?? false), isEop: i === pieces.length - 1 });
        }
      }

      // The slave: a W beat may come only after its address; responses in order, after the last beat.
      const open: { addr: bigint; beats: number; at: number }[] = [];
      const responses: { due: number; err: boolean }[] = [];
      let lastDue = 0;
      let outstanding = 0;
      let seenDones = 0;
      let served: number | undefined;
      let seenBeats = 0;
      let firstBeat = 0;
      let lastBeat = 0;
      const isPause = pauseGenerator(pause, random);
      const allDone = bench.simulator.event();
      const stop = eachCycle(bench.simulator, () => {
        for (const { beat } of aw.takeAll()) {
          expect([beat.id, beat.size, beat.burst]).to.deep.equal([0n, BigInt(Math.log2(busBytes)), 1n]);
          const count = Number(beat.len) + 1;
          expect(count).to.be.at.most(params.MAX_BURST);
          const base = beat.addr - (beat.addr % BigInt(busBytes));
          expect((base + BigInt(count * busBytes) - 1n) / 4096n, "a burst crosses 4 KiB").to.equal(base / 4096n);
          open.push({ addr: beat.addr, beats: count, at: 0 });
          outstanding++;
          expect(outstanding, "bursts in flight").to.be.at.most(params.WR_OUTSTANDING);
        }
        for (const { beat, cycle } of w.takeAll()) {
          const burst = open[0];
          if (burst === undefined) throw new Error("a W beat before its address");
          seenBeats++;
          firstBeat ||= cycle;
          lastBeat = cycle;
          const base = burst.addr - (burst.addr % BigInt(busBytes)) + BigInt(burst.at * busBytes);
          const bytes = bigIntToBytes(beat.data, busBytes);
          for (let lane = 0; lane < busBytes; lane++) {
            if (((beat.strb >> BigInt(lane)) & 1n) === 0n) continue;
            const addr = base + BigInt(lane);
            memory.write(addr, bytes.subarray(lane, lane + 1));
            written.set(addr, (written.get(addr) ?? 0) + 1);
          }
          burst.at++;
          expect(beat.last === 1n, "WLAST").to.equal(burst.at === burst.beats);
          if (burst.at < burst.beats) continue;
          open.shift();
          const [min, max] = options.latency ?? [1, 1];
          lastDue = Math.max(lastDue + 1, bench.cycle + random.between(min, max));
          responses.push({ due: lastDue, err: options.isError?.(burst.addr) ?? false });
        }
        expect(bench.signal("m_axi_bready").isHigh, "bready is constantly 1").to.equal(true);
        const response = responses[0];
        if (response !== undefined && response.due <= bench.cycle && !isPause()) {
          responses.shift();
          outstanding--;
          bench.drive({ m_axi_bvalid: 1, m_axi_bid: 0, m_axi_bresp: response.err ? random.between(2, 3) : 0 });
        } else {
          bench.drive({ m_axi_bvalid: 0, m_axi_bresp: random.below(4) });
        }
        const done = bench.signal("m_done_valid").value;
        if (done !== 0n) {
          expect(done & (done - 1n), "one command per cycle").to.equal(0n);
          const client = done.toString(2).length - 1;
          expect(client, "nobody comes between the commands of a packet").to.equal(served ?? client);
          const want = dones.get(client)?.shift();
          expect(bench.signal("m_done_err").isHigh, "done_err").to.equal(want?.isErr);
          served = want?.isEop === false ? client : undefined;
          seenDones++;
          if (seenDones === commands) allDone.set();
        }
      });
      await withTimeout(allDone.wait(), 2000 + 80 * beats, "the last command");
      await bench.cycles(5);
      stop();
      for (const stream of [cmd, dat, aw, w]) stream.stop();
      bench.drive({ s_cmd_valid: 0, s_dat_valid: 0, m_axi_bvalid: 0 });
      expect(seenBeats, "beats").to.equal(beats);
      // Exactly the bytes of the commands, each once.
      expect(written.size, "bytes written").to.equal(expected.size);
      for (const [addr, byte] of expected) {
        expect(memory.read(addr, 1)[0], `byte at 0x${addr.toString(16)}`).to.equal(byte);
        expect(written.get(addr)).to.equal(1);
      }
      return { beats, cycles: lastBeat - firstBeat + 1 };
    };

    let nextPage = 1n;
    const place = (offset: number, len: number): { addr: bigint; len: number } => {
      const addr = pageAddress(nextPage) + BigInt(offset);
      nextPage += BigInt(Math.ceil(len / 4096) + 2);
      return { addr, len };
    };
    const randomPackets = (bench: ModuleBench, count: number, most: number): Packet[] =>
      Array.from({ length: count }, () => ({
        client: bench.random.below(params.N),
        off: bench.random.below(busBytes),
        pieces: Array.from({ length: bench.random.between(1, 3) }, () =>
          place(bench.random.below(4096), bench.random.between(1, most)),
        ),
      }));

    test("smoke: bytes from lane 5 of the data to lane 3 of the memory", async (bench) => {
      await run(bench, [{ client: 1, off: 5, pieces: [place(3, 2 * busBytes)] }]);
    });

    test("sweep: offsets x lengths", async (bench) => {
      const offsets = [0, 1, busBytes - 1, 4096 - busBytes, 4095];
      const lengths = edgeLengths(busBytes).filter((n) => n > 0);
      const packets = offsets.flatMap((offset) =>
        lengths.map((len, i) => ({ client: i % params.N, off: (7 * i) % busBytes, pieces: [place(offset, len)] })),
      );
      await run(bench, packets);
    });

    test("commands without bytes are done in their turn, and use no data", async (bench) => {
      const packets = Array.from({ length: 5 * params.N }, (_, i) => ({
        client: (i * (params.N - 1)) % params.N,
        off: 0,
        pieces: [place(8, i % 3 === 0 ? 11 : 0)],
      }));
      await run(bench, packets, { latency: [1, 15] });
      await run(bench, packets.filter(({ pieces }) => pieces[0]?.len === 0));
    });

    test("beats are counted exactly, for all lengths", async (bench) => {
      // All bits of the number of beats below the highest are 1: a miscount in any of them is too few, and nothing more would be taken.
      for (let words = 1; words * busBytes <= 2 ** 13; words = 2 * words + 1) {
        await run(bench, [{ client: 0, off: 0, pieces: [place(0, words * busBytes)] }]);
      }
    });

    test("throughput: a W beat per cycle for aligned packets of all clients", async (bench) => {
      const packets = Array.from({ length: 30 }, (_, i) => ({
        client: i % params.N,
        off: 0,
        pieces: [place(0, 4 * busBytes)],
      }));
      const latency = Math.min(params.WR_OUTSTANDING * 2, 20);
      const { beats, cycles } = await run(bench, packets, { latency: [latency, latency] });
      expect(cycles).to.be.at.most(beats + 4);
    });

    test("used ring entries: single small writes, one after the other", async (bench) => {
      const packets = Array.from({ length: 40 }, (_, i) => ({ client: 0, off: 0, pieces: [place(8 * (i % 500), 8)] }));
      const { beats, cycles } = await run(bench, packets, { latency: [1, 1] });
      // An unaligned word may cost one cycle more than its beats.
      expect(cycles).to.be.at.most(2 * beats + 8);
    });

    test("an error response is reported with its command alone", async (bench) => {
      const packets = randomPackets(bench, 20, 3 * busBytes);
      const bad = new Set(packets.filter((_, i) => i % 4 === 1).map(({ pieces }) => pieces[0]?.addr));
      await run(bench, packets, { isError: (addr) => bad.has(addr), latency: [1, 15] });
    });

    test("an error of any burst of a command is its error", async (bench) => {
      const most = 8 * params.MAX_BURST * busBytes;
      const packets = Array.from({ length: 12 }, (_, i) => ({ client: i % params.N, off: 0, pieces: [place(4096 - busBytes, Math.min(most, 9000))] }));
      const bursts = packets.map(({ pieces }) => pieces.flatMap(({ addr, len }) => splitBursts(addr, len, busBytes, params.MAX_BURST)));
      const bad = new Set(bursts.filter((_, i) => i % 2 === 1).map((list, i) => list[i % list.length]?.addr));
      await run(bench, packets, { isError: (addr) => bad.has(addr), latency: [1, 15] });
    });

    test("sweep: pauses of commands, data and slave", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.bursty]) {
        for (const data of [PAUSES.never, PAUSES.half, PAUSES.mostly]) {
          for (const slave of [PAUSES.never, PAUSES.half]) {
            await run(bench, randomPackets(bench, 6, 4 * busBytes), { idle, data, slave, latency: [1, 30] });
          }
        }
      }
    });

    test("reset in the middle", async (bench) => {
      bench.drive({ s_cmd_valid: 1, s_cmd_addr: 0x1001, s_cmd_len: 100, s_dat_valid: 1, m_axi_awready: 1, m_axi_wready: 1 });
      await bench.cycles(14);
      bench.drive({ s_cmd_valid: 0, s_dat_valid: 0 });
      await bench.reset(2);
      expect(bench.signal("m_axi_awvalid").isHigh || bench.signal("m_axi_wvalid").isHigh).to.equal(false);
      await run(bench, randomPackets(bench, 4, 3 * busBytes));
    });

    test("property: exactly the bytes of the commands", async (bench) => {
      const piece = fc.record({ offset: fc.nat({ max: 4095 }), len: fc.integer({ min: 1, max: 5 * busBytes }) });
      const packet = fc.record({
        client: fc.nat({ max: params.N - 1 }),
        off: fc.nat({ max: busBytes - 1 }),
        pieces: fc.array(piece, { minLength: 1, maxLength: 3 }),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.array(packet, { minLength: 1, maxLength: 5 }), pause, pause),
        async ([packets, data, slave]) => {
          const placed = packets.map(({ pieces, ...rest }) => ({
            ...rest,
            pieces: pieces.map(({ offset, len }) => place(offset, len)),
          }));
          await run(bench, placed, { data, slave, latency: [1, 10] });
        },
        12,
      );
    });
  },
);
