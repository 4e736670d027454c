/**
 * Linux as a program of the host (User Mode Linux), through vhost-user: the same virtio_net without a virtual machine.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { addressTap, TAP } from "../host.ts";
import { buildCard, guestInitrd, needCommands, needNamespaces } from "../prepare.ts";
import { Program } from "../processes.ts";
import { Guest } from "../qemu.ts";
import { check, type Files, Missing, type Row, type RowContext, type RowReport } from "../row.ts";
import {
  checkHeaders,
  checkHealth,
  countersOf,
  featuresOf,
  USUAL_COUNTS,
  socketOf,
  speedOf,
  startVhostCard,
  whileCardRuns,
} from "../vhost.ts";
import { file, LARGEST_PING, pingAll, tcpBothWays } from "./linux.ts";

/** Where Debian's package keeps the modules, one directory for each version. */
const MODULES = "/usr/lib/uml/modules";

interface UmlRow {
  readonly name: string;
  readonly title: string;
  readonly offer?: string;
  readonly header: "inline" | "alone";
  readonly headerLength: 10 | 12;
}

const ROWS: readonly UmlRow[] = [
  { name: "uml", title: "VERSION_1", header: "inline", headerLength: 12 },
  {
    name: "uml-any-layout",
    title: "legacy, ANY_LAYOUT",
    offer: "-version_1,-mrg_rxbuf",
    header: "inline",
    headerLength: 10,
  },
  {
    name: "uml-legacy",
    title: "legacy",
    offer: "-version_1,-mrg_rxbuf,-any_layout",
    header: "alone",
    headerLength: 10,
  },
];

async function prepare(): Promise<Files> {
  await needNamespaces();
  await needCommands({ "linux.uml": "user-mode-linux" });
  const version = readdirSync(MODULES).at(0);
  if (version === undefined) throw new Missing(`no modules in ${MODULES}`);
  const kernel = { version, image: "linux.uml", modules: join(MODULES, version) };
  return { card: await buildCard(), initrd: await guestInitrd(kernel), version };
}

async function runRow(context: RowContext, row: UmlRow): Promise<RowReport> {
  const card = await startVhostCard(context, {
    network: `tap:${TAP}`,
    ...(row.offer === undefined ? {} : { features: row.offer }),
    more: ["--capture", `${context.dir}/wire.pcapng`],
  });
  await addressTap();
  const started = performance.now();
  const guest = Guest.attach(
    new Program(
      [
        ...["linux.uml", "mem=128M", `initrd=${file(context, "initrd")}`],
        `virtio_uml.device=${socketOf(context)}:1`,
        // The console is the standard input and output; nothing else may look for a terminal.
        ...["con0=fd:0,fd:1", "con=null", "ssl=null", "quiet", "loglevel=3", "line=tty0"],
      ],
      { logPath: `${context.dir}/guest.log` },
    ),
  );
  const bytes = await whileCardRuns(card, async () => {
    await guest.ready();
    // Input that comes while User Mode Linux handles earlier input is seen only with the next one; empty lines do nothing.
    setInterval(() => {
      guest.program.write("\n");
    }, 200);
    context.log(`booted in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    const bench = { card, guest, context };
    return (await pingAll(bench, { from: 0, to: LARGEST_PING })) + (await tcpBothWays(bench));
  });
  const summary = await card.counters();
  await guest.powerOff();
  const { error } = await card.event("ended", 60);
  check(error === undefined, `the card: ${error}`);
  checkHealth(summary, USUAL_COUNTS);
  checkHeaders(summary, row.header, row.headerLength, summary.header_length);
  context.speed(speedOf(summary));
  return {
    driver: "Linux virtio_net, User Mode Linux",
    version: file(context, "version"),
    features: `${row.title}; ${featuresOf(card)}`,
    ...countersOf(summary),
    bytes_verified: bytes,
    lost: 0,
  };
}

export const UML_ROWS: readonly Row[] = ROWS.map((row) => ({
  name: row.name,
  group: "uml",
  transport: "vhost-user",
  limitSeconds: 600,
  prepare,
  run: (context) => runRow(context, row),
}));
