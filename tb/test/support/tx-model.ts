/**
 * What becomes of a transmit chain.
 *
 * @module
 */
import { capacity, type Chain, ERR, headerClass, type Report, zeroElements } from "./chains.ts";

/** Settings that decide about transmit chains. */
export interface TxConfig {
  readonly hdrLen: number;
  readonly isAnyLayout: boolean;
  readonly isStrict: boolean;
  readonly frameMax: number;
  /** One bit per queue. */
  readonly stop: number;
}

/** A read command. */
export interface TxCommand {
  readonly addr: bigint;
  readonly len: number;
  readonly last: boolean;
  readonly err: number;
}

/** The verdict before any byte was read. */
export interface TxVerdict {
  readonly err: number;
  readonly headerClass: number;
  readonly isLayout: boolean;
  readonly zero: number;
  readonly commands: readonly TxCommand[];
}

/** Judges a chain by its records. */
export function judgeTxChain(chain: Chain, config: TxConfig): TxVerdict {
  const { elements } = chain;
  const { hdrLen } = config;
  const isStopped = ((config.stop >> chain.queue) & 1) === 1;
  const total = capacity(elements);
  const isBadLayout = (count: number): boolean =>
    !config.isAnyLayout && ![0, 2].includes(headerClass(elements.slice(0, count), hdrLen));
  const limit = hdrLen + config.frameMax;
  let err = 0;
  if (isStopped) err = ERR.CANCELLED;
  else if (chain.err !== 0) err = chain.err;
  else if (total > limit) err = ERR.FRAME_LONG;
  else if (config.isStrict && isBadLayout(elements.length)) err = ERR.LAYOUT_REFUSED;
  else if (total <= hdrLen) err = ERR.CHAIN_SHORT;
  // Nothing more is read from the element on at which the fate is known.
  const lengths = elements.map(({ len }, i) => {
    const isKnown = isStopped || capacity(elements.slice(0, i + 1)) > limit || (config.isStrict && isBadLayout(i + 1));
    return isKnown ? 0 : len;
  });
  const commands = elements
    .map(({ addr }, i) => ({ addr, len: lengths[i] ?? 0, last: false, err: 0 }))
    .filter(({ len }, i) => len > 0 || (chain.err === 0 && i === elements.length - 1));
  const end = commands.at(-1);
  if (chain.err !== 0) commands.push({ addr: 0n, len: 0, last: true, err });
  else if (end !== undefined) commands.splice(-1, 1, { ...end, last: true, err });
  return {
    err,
    headerClass: headerClass(elements, hdrLen),
    isLayout: isBadLayout(elements.length),
    zero: zeroElements(elements),
    commands,
  };
}

/** True if the checksum that the header asks for does not lie in a frame of this length. */
export function isChecksumBeyond(header: Uint8Array, frameLen: number): boolean {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const needsCsum = (view.getUint8(0) & 1) === 1;
  return needsCsum && view.getUint16(6, true) + view.getUint16(8, true) + 2 > frameLen;
}

/** What is reported about a chain; nothing if it was cancelled. */
export function txReport(
  chain: { readonly queue: number; readonly ndesc: number },
  verdict: Omit<TxVerdict, "commands">,
  frameLen: number,
): Report | undefined {
  if (verdict.err === ERR.CANCELLED) return undefined;
  const isSent = verdict.err === 0;
  return {
    queue: chain.queue,
    bytes: isSent ? frameLen : 0,
    frame: isSent ? 1 : 0,
    ndesc: chain.ndesc,
    class: isSent ? verdict.headerClass : 0,
    layout: isSent && verdict.isLayout ? 1 : 0,
    err: verdict.err,
    zero: verdict.zero,
  };
}
