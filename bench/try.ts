import { stream } from "./config.ts";
import type { RowSpec, Stream, DriverMode, Width } from "./config.ts";
import { measure } from "./measure.ts";
const args = Object.fromEntries(process.argv.slice(2).map((a) => a.split("=")));
const s: Stream[] = (args.dir ?? "tx").split("+").map((d: any) => stream({ direction: d, frameBytes: Number(args.f ?? 64), tx: args.l ?? "inline", rx: args.rx ?? "whole", isScattered: args.s === "1", isMergeable: args.m !== "0", bufferBytes: Number(args.b ?? 1530), lane: Number(args.lane ?? 0) }));
for (const w of (args.w ?? "512").split(",")) for (const lat of (args.lat ?? "1,64,256").split(",")) for (const driver of (args.d ?? "open").split(",")) {
  const spec: RowSpec = { id: "try", group: "try", dataWidth: Number(w) as Width, queuePairs: Number(args.qp ?? 1), queueSize: Number(args.q ?? 256), driver: driver as DriverMode, latency: Number(lat), streams: s, frames: Number(args.n ?? 2000) };
  const t = Date.now();
  try {
  const r = await measure(spec);
  console.log(w, lat, driver, r.streams.map((x) => `${x.direction} ${(x.cycles / x.frames).toFixed(3)} bound ${x.boundCyclesPerFrame.toFixed(3)} eff ${x.efficiency.toFixed(3)} f ${x.frames} c ${x.cycles}`).join(" | "), `R ${r.bus.readBeats.toFixed(2)} [${r.bus.readBeatsById.map((x) => x.toFixed(2))}] W ${r.bus.writeBeats.toFixed(2)} widle ${r.bus.writeIdle.toFixed(2)} arw ${r.bus.addressWait.toFixed(2)} out ${r.bus.maxOutstandingReads}`, `${Date.now() - t} ms`);
  } catch (e) { console.log(w, lat, driver, String(e)); }
}
