#!/usr/bin/env node
// Speaks the protocol of sim/README.md with a design of three registers, to test the core layer without Verilator.
// Modes that misbehave are chosen by +mode=<name>.
import { readSync, writeSync } from "node:fs";

const mode = process.argv.find((argument) => argument.startsWith("+mode="))?.slice(6) ?? "good";
const PORTS = [
  { handle: 0, name: "clk", width: 1, dir: "in" },
  { handle: 1, name: "d", width: 8, dir: "in" },
  { handle: 2, name: "q", width: 8, dir: "out" },
  { handle: 3, name: "wide_d", width: 70, dir: "in" },
  { handle: 4, name: "wide_q", width: 70, dir: "out" },
  { handle: 5, name: "slow", width: 1, dir: "out" }, // changes every 8 cycles
];
const MODELS = [{ id: 0, kind: "irq", name: "u_irq" }]; // an interrupt with vector cycle / 10 at every tenth edge
const values = PORTS.map(() => 0n);
let driven = [];
let cycle = 0;
const memory = new Uint8Array(4096);

if (mode === "silent") process.exit(9);

const pad8 = (n) => (n + 7) & ~7;

function readExactly(length) {
  const buffer = Buffer.alloc(length);
  for (let have = 0; have < length;) {
    const count = readSync(3, buffer, have, length - have, null);
    if (count === 0) process.exit(4);
    have += count;
  }
  return buffer;
}

function send(kind, seq, count, body) {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(kind, 4);
  header.writeUInt32LE(seq, 8);
  header.writeUInt32LE(count, 12);
  const message = Buffer.concat([header, body]);
  for (let sent = 0; sent < message.length;) sent += writeSync(4, message, sent);
}

function fatal(seq, code, text) {
  const body = Buffer.alloc(16 + pad8(text.length));
  body.writeUInt32LE(code, 0);
  body.writeUInt32LE(text.length, 4);
  body.writeBigUInt64LE(BigInt(cycle), 8);
  body.write(text, 16);
  send(5, seq, 0, body);
  process.exit(code);
}

function welcome(seq) {
  const json = Buffer.from(
    JSON.stringify({ top: "fake", params: { W: 8 }, clock: true, trace: "none", models: MODELS, ports: PORTS }),
  );
  const body = Buffer.alloc(24 + pad8(json.length));
  body.writeUInt32LE(0x54454e56, 0);
  body.writeUInt32LE(mode === "version" ? 2 : 1, 4);
  body.writeUInt32LE(json.length, 16);
  json.copy(body, 24);
  send(2, seq, 0, body);
}

const toWords = (value, width) => {
  const bytes = Buffer.alloc(4 * Math.ceil(width / 32));
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 255n);
  return bytes;
};
const fromWords = (bytes) => [...bytes].reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

function apply() {
  for (const [handle, value] of driven) values[handle] = value;
  driven = [];
}

function edge() {
  if (cycle === 0) apply();
  values[2] = values[1];
  values[4] = values[3];
  cycle++;
  values[5] = BigInt((cycle >> 3) & 1);
  apply();
}

function run(payload, seq) {
  const max = Number(payload.readBigUInt64LE(0));
  const conditions = [];
  let at = 16;
  for (let n = payload.readUInt32LE(8); n > 0; n--) {
    const size = payload.readUInt32LE(at + 4);
    conditions.push({
      kind: payload.readUInt16LE(at),
      arg: payload.readUInt16LE(at + 2),
      body: payload.subarray(at + 8, at + 8 + size),
    });
    at += 8 + pad8(size);
  }
  const events = [];
  let hit = 0n;
  for (let done = 0; done < max && hit === 0n; done++) {
    const before = [...values];
    edge();
    if (mode === "die" && cycle === 5) process.exit(42);
    if (mode === "kill" && cycle === 5) process.kill(process.pid, "SIGKILL");
    if (mode === "fatal" && cycle === 5) fatal(seq, 8, "$fatal in fake: five is too much");
    if (cycle % 10 === 0) events.push(cycle / 10);
    for (const [i, { kind, arg, body }] of conditions.entries()) {
      const now = values[arg];
      const isTrue =
        kind === 1
          ? (now & 1n) === 1n && (before[arg] & 1n) === 0n
          : kind === 2
            ? (now & 1n) === 0n && (before[arg] & 1n) === 1n
            : kind === 3
              ? now !== before[arg]
              : kind === 4
                ? now === fromWords(body)
                : kind === 5
                  ? now !== fromWords(body)
                  : events.length >= body.readUInt32LE(4);
      if (isTrue) hit |= 1n << BigInt(i);
    }
  }
  const result = Buffer.alloc(24 + 24 * events.length);
  result.writeBigUInt64LE(BigInt(cycle), 0);
  result.writeBigUInt64LE(hit, 8);
  result.writeUInt32LE(hit === 0n ? 0 : 1, 16);
  result.writeUInt32LE(events.length, 20);
  for (const [i, vector] of events.entries()) {
    result.writeUInt16LE(4, 24 + 24 * i);
    result.writeUInt32LE(8, 28 + 24 * i);
    result.writeBigUInt64LE(BigInt(vector * 10 - 1), 32 + 24 * i);
    result.writeUInt32LE(vector, 40 + 24 * i);
  }
  return result;
}

/** Returns [status, payload]. */
function execute(op, arg, payload, seq) {
  switch (op) {
    case 0x01:
      return [0, payload];
    case 0x02:
      return [0, run(payload, seq)];
    case 0x03:
      return [0, Buffer.alloc(16)];
    case 0x10: {
      const port = PORTS.find((p) => p.name === payload.toString());
      if (port === undefined) return [1, Buffer.from(`no signal '${payload.toString()}'`)];
      const body = Buffer.alloc(8);
      body.writeUInt16LE(port.handle, 0);
      body.writeUInt32LE(port.width, 4);
      return [0, body];
    }
    case 0x11:
      return [0, toWords(values[arg], PORTS[arg].width)];
    case 0x12:
      driven.push([arg, fromWords(payload)]);
      if (cycle === 0) apply();
      return [0, Buffer.alloc(0)];
    case 0x13:
      return [0, Buffer.from(PORTS.map((p) => `${p.name} ${p.width}\n`).join(""))];
    case 0x22: {
      const addr = Number(payload.readBigUInt64LE(0));
      const length = Number(payload.readBigUInt64LE(8));
      if (addr + length > memory.length) return [2, Buffer.from("outside memory")];
      return [0, Buffer.from(memory.subarray(addr, addr + length))];
    }
    case 0x23: {
      const addr = Number(payload.readBigUInt64LE(0));
      if (addr + payload.length - 8 > memory.length) return [2, Buffer.from("outside memory")];
      memory.set(payload.subarray(8), addr);
      return [0, Buffer.alloc(0)];
    }
    default:
      return fatal(seq, 5, `unknown operation ${op}`);
  }
}

for (;;) {
  const header = readExactly(16);
  const body = readExactly(header.readUInt32LE(0) - 16);
  const seq = header.readUInt32LE(8);
  if (header.readUInt16LE(4) === 1) {
    if (mode === "refuse") fatal(seq, 6, "protocol version 1 is not mine");
    welcome(seq);
    continue;
  }
  if (mode === "malformed") {
    writeSync(4, Buffer.from("this is no message at all"));
    process.exit(0);
  }
  const results = [];
  let at = 0;
  let isEnd = false;
  for (let left = header.readUInt32LE(12); left > 0; left--) {
    const op = body.readUInt16LE(at);
    const size = body.readUInt32LE(at + 4);
    const [status, payload] = execute(op, body.readUInt16LE(at + 2), body.subarray(at + 8, at + 8 + size), seq);
    const head = Buffer.alloc(8);
    head.writeUInt16LE(op, 0);
    head.writeUInt16LE(status, 2);
    head.writeUInt32LE(payload.length, 4);
    results.push(head, payload, Buffer.alloc(pad8(payload.length) - payload.length));
    at += 8 + pad8(size);
    isEnd = op === 0x03;
    if (status !== 0) break;
  }
  send(4, seq, results.length / 3, Buffer.concat(results));
  if (isEnd) process.exit(0);
}
