/**
 * The read engine for a module with several read clients whose response data are common.
 *
 * @module
 */
import { type Disarm, type Pause, pauseGenerator, PAUSES } from "../../src/core/index.ts";
import { type ByteMap, eachCycle } from "./clients.ts";
import type { ModuleBench } from "./module-test.ts";
import { bytesToBigInt } from "./windows.ts";

/** Options of {@link serveSharedReads}. */
export interface SharedReadOptions {
  readonly latency?: readonly [min: number, max: number];
  readonly pause?: Pause;
  /** Words whose read fails, by client. */
  readonly isError?: (client: string, addr: bigint) => boolean;
}

/**
 * Serves `m_<client>_req_*` with `s_<client>_rsp_valid` and the common `s_rsp_data/last/err`, each client in order, one beat per
 * cycle. Returns how to end that.
 */
export function serveSharedReads(
  bench: ModuleBench,
  clients: readonly string[],
  memory: ByteMap,
  options: SharedReadOptions = {},
): Disarm {
  const random = bench.simulator.random.fork("shared reads");
  const isPause = pauseGenerator(options.pause ?? PAUSES.never, random);
  const [least, most] = options.latency ?? [1, 1];
  const busBytes = bench.signal("s_rsp_data").width / 8;
  const queues = clients.map((name) => ({
    name,
    valid: bench.signal(`m_${name}_req_valid`),
    ready: bench.signal(`m_${name}_req_ready`),
    addr: bench.signal(`m_${name}_req_addr`),
    len: bench.signal(`m_${name}_req_len`),
    beats: [] as { addr: bigint; isLast: boolean; due: number }[],
  }));
  let turn = 0;
  return eachCycle(bench.simulator, () => {
    const { cycle } = bench;
    for (const client of queues) {
      if (client.valid.isHigh && client.ready.isHigh) {
        const addr = client.addr.value;
        const count = client.len.number + 1;
        const base = addr - (addr % BigInt(busBytes));
        const due = cycle + random.between(least, most);
        for (let i = 0; i < count; i++) {
          client.beats.push({ addr: base + BigInt(i * busBytes), isLast: i === count - 1, due });
        }
      }
      client.ready.value = isPause() ? 0 : 1;
    }
    const isReady = (beat: { due: number } | undefined): boolean => beat !== undefined && beat.due <= cycle;
    const order = queues.map((_, i) => queues[(turn + i) % queues.length]);
    const served = isPause() ? undefined : order.find((client) => isReady(client?.beats[0]));
    const beat = served?.beats.shift();
    turn++;
    for (const client of queues) {
      bench.drive({ [`s_${client.name}_rsp_valid`]: client === served && beat !== undefined ? 1 : 0 });
    }
    if (served === undefined || beat === undefined) {
      bench.drive({ s_rsp_data: random.bits(8 * busBytes), s_rsp_err: random.below(2) });
      return;
    }
    bench.drive({
      s_rsp_data: bytesToBigInt(memory.read(beat.addr, busBytes)),
      s_rsp_last: beat.isLast ? 1 : 0,
      s_rsp_err: options.isError?.(served.name, beat.addr) === true ? 1 : 0,
    });
  });
}
