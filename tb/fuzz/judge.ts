/**
 * Says what is wrong with the outcome of a case; nothing is the rule.
 *
 * @module
 */
import { describeDifference, firstDifference } from "../src/model/index.ts";
import { decodeNetHeader, STATUS } from "../src/virtio/index.ts";
import { readUsed } from "./generate.ts";
import { MAP } from "./plan.ts";
import type { ExpectedFrame, Expectation, FuzzCase, QueuePlan, UsedEntry } from "./plan.ts";
import { ROUND, ROUND_QUEUES, roundFrame } from "./player.ts";
import type { Outcome } from "./player.ts";

/** The problems of a case, most telling first. */
export function judge(fuzzCase: FuzzCase, outcome: Outcome): string[] {
  const problems = [...outcome.hangs];
  if (outcome.lateInterrupts > 0) problems.push(`${outcome.lateInterrupts} interrupts after the reset`);
  judgeColours(fuzzCase, outcome, problems);
  const wasQueueReset = fuzzCase.steps.some((step) => step.kind === "queueReset");
  if (!fuzzCase.isHardReset || fuzzCase.isSettled) judgeUsed(fuzzCase, outcome, problems);
  if (fuzzCase.expected !== undefined) {
    judgeFrames(fuzzCase, fuzzCase.expected, outcome, problems);
    if (fuzzCase.isSettled && !wasQueueReset) judgeProgress(fuzzCase, fuzzCase.expected, outcome, problems);
    if (fuzzCase.expected.isExact) judgeExact(fuzzCase, fuzzCase.expected, outcome, problems);
  }
  judgeRound(fuzzCase, outcome, problems);
  return problems;
}

/** Payload of any other case is recognised by its colour, wherever it comes out. */
function judgeColours(fuzzCase: FuzzCase, outcome: Outcome, problems: string[]): void {
  const isForeign = (byte: number): boolean => byte >= 0x80 && ((byte >> 4) & 7) !== fuzzCase.colour;
  if (fuzzCase.profile === "wild") return;
  for (const [i, frame] of outcome.frames.entries()) {
    const at = frame.data.findIndex(isForeign);
    if (at >= 0) problems.push(`frame ${i} to the wire has a byte of another case at ${at}`);
    const headerAt = frame.header.findIndex(isForeign);
    if (headerAt >= 0) problems.push(`the header of frame ${i} has a byte of another case at ${headerAt}`);
  }
  const at = outcome.targets.findIndex(isForeign);
  if (at >= 0) problems.push(`guest memory at 0x${(MAP.targets.addr + at).toString(16)} has a byte of another case`);
}

/** No head comes back more often than it was made available. */
function judgeUsed(fuzzCase: FuzzCase, outcome: Outcome, problems: string[]): void {
  if (fuzzCase.profile === "wild" || fuzzCase.profile === "registers") return;
  for (const queue of fuzzCase.queues) {
    const count = usedIdx(outcome, queue);
    if (count > queue.heads.length) {
      problems.push(`virtqueue ${queue.virtqueue}: used index ${count}, ${queue.heads.length} chains were available`);
      continue;
    }
    const left = [...queue.heads];
    for (const [i, { head }] of readUsed(outcome.used, MAP.used.addr, queue).entries()) {
      const at = left.indexOf(head);
      if (at >= 0) {
        left.splice(at, 1);
        continue;
      }
      problems.push(`virtqueue ${queue.virtqueue}: used entry ${i} names head ${head}, which is not with the device`);
      break;
    }
  }
}

/** Every frame is one that a chain of this case holds, in order; none comes twice. */
function judgeFrames(fuzzCase: FuzzCase, expected: Expectation, outcome: Outcome, problems: string[]): void {
  if (fuzzCase.steps.some((step) => step.kind === "memory" && step.bytes.length > 2)) return;
  // After the reset of a queue its chains are served once more.
  const rounds = fuzzCase.steps.some((step) => step.kind === "queueReset") ? 2 : 1;
  const queues = new Set(expected.frames.map((frame) => frame.dest));
  for (const frame of outcome.frames) queues.add(frame.dest);
  for (const dest of queues) {
    const allowed = expected.frames.filter((frame) => frame.dest === dest);
    const list = rounds === 1 ? allowed : [...allowed, ...allowed];
    let at = 0;
    for (const [i, frame] of outcome.frames.filter((candidate) => candidate.dest === dest).entries()) {
      while (at < list.length && !isSame(list[at], frame)) at++;
      if (at === list.length) {
        problems.push(
          `queue pair ${dest}: frame ${i} to the wire (${frame.data.length} bytes) is not what any chain left over holds`,
        );
        break;
      }
      at++;
    }
  }
}

function isSame(expected: ExpectedFrame | undefined, seen: ExpectedFrame): boolean {
  return (
    expected?.data.length === seen.data.length &&
    firstDifference(expected.data, seen.data) < 0 &&
    firstDifference(expected.header, seen.header) < 0
  );
}

/** All transmit chains are back, or the device says that it has stopped. */
function judgeProgress(fuzzCase: FuzzCase, expected: Expectation, outcome: Outcome, problems: string[]): void {
  const hasStopped = (outcome.status & STATUS.DEVICE_NEEDS_RESET) !== 0;
  if (expected.isStop && !hasStopped) {
    problems.push(`a ring is broken, and device_status reads 0x${outcome.status.toString(16)}`);
  }
  if (hasStopped) {
    const hasCause = expected.isStop || fuzzCase.faults.length > 0;
    if (!hasCause) problems.push("the device asks for a reset for no reason");
    return;
  }
  for (const queue of fuzzCase.queues) {
    if (queue.virtqueue % 2 === 0) continue;
    const count = usedIdx(outcome, queue);
    if (count !== queue.heads.length) {
      problems.push(
        `virtqueue ${queue.virtqueue}: ${count} of ${queue.heads.length} chains came back, and nothing moves any more`,
      );
    }
  }
}

/** Frames, used entries and receive buffers as the reference has them. */
function judgeExact(fuzzCase: FuzzCase, expected: Expectation, outcome: Outcome, problems: string[]): void {
  if (outcome.frames.length !== expected.frames.length) {
    problems.push(`${outcome.frames.length} frames to the wire, expected ${expected.frames.length}`);
  }
  for (const [i, queue] of fuzzCase.queues.entries()) {
    const seen = readUsed(outcome.used, MAP.used.addr, queue);
    const known = expected.used[i] ?? [];
    for (const [position, entry] of known.entries()) {
      const other = seen[position];
      if (other?.head === entry.head && other.lenBytes === entry.lenBytes) continue;
      // A receive chain that holds no frame comes back when the next frame needs a buffer, or before.
      if (other === undefined && known.slice(position).every(({ lenBytes }) => lenBytes === 0)) {
        if (queue.virtqueue % 2 === 0) break;
      }
      problems.push(
        `virtqueue ${queue.virtqueue}: used entry ${position} is ${entryText(other)}, expected ${entryText(entry)}`,
      );
      break;
    }
    const extra = seen.slice(known.length).find((entry) => entry.lenBytes !== 0);
    if (extra !== undefined) {
      problems.push(`virtqueue ${queue.virtqueue}: used entry ${entryText(extra)} beyond what was received`);
    }
  }
  const at = firstDifference(expected.targets, outcome.targets);
  if (at >= 0) {
    const rows = { from: at & ~15, to: (at & ~15) + 16 };
    problems.push(
      `receive buffers differ at 0x${(MAP.targets.addr + at).toString(16)}\n` +
        describeDifference(expected.targets.slice(rows.from, rows.to), outcome.targets.slice(rows.from, rows.to)),
    );
  }
}

/** After the reset the device works as new. */
function judgeRound(fuzzCase: FuzzCase, outcome: Outcome, problems: string[]): void {
  const { round } = outcome;
  const frame = roundFrame(fuzzCase.colour);
  const [sent, ...more] = round.frames;
  if (sent === undefined || more.length > 0 || firstDifference(frame, sent.data) >= 0 || sent.header.some(Boolean)) {
    problems.push(`after the case: ${round.frames.length} frames to the wire, expected the one that was sent`);
  }
  const packetBytes = ROUND.headerLenBytes + ROUND.frameLenBytes;
  for (const queue of ROUND_QUEUES) {
    const used = readUsed(round.used, MAP.used.addr, queue);
    const lenBytes = queue.virtqueue === 0 ? packetBytes : 0;
    if (used.length === 1 && used[0]?.head === 0 && used[0].lenBytes === lenBytes) continue;
    problems.push(`after the case: virtqueue ${queue.virtqueue}: used entries ${used.map(entryText).join(", ")}`);
  }
  const at = ROUND.target.addr - MAP.targets.addr;
  const header = decodeNetHeader(round.targets.slice(at, at + ROUND.headerLenBytes));
  const received = round.targets.slice(at + ROUND.headerLenBytes, at + packetBytes);
  if (header.numBuffers !== 1 || header.flags !== 0 || firstDifference(frame, received) >= 0) {
    problems.push("after the case: the received frame is not the one that was sent");
  }
  const rest = [...round.targets.slice(0, at), ...round.targets.slice(at + packetBytes)];
  if (rest.some(Boolean)) problems.push("after the case: bytes beside the received frame were written");
}

function usedIdx(outcome: Outcome, queue: QueuePlan): number {
  return new DataView(outcome.used.buffer, outcome.used.byteOffset).getUint16(queue.used - MAP.used.addr + 2, true);
}

function entryText(entry: UsedEntry | undefined): string {
  return entry === undefined ? "missing" : `(head ${entry.head}, ${entry.lenBytes} bytes)`;
}
