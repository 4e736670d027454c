/**
 * Bytes as text, for messages.
 *
 * @module
 */

const ROW = 16;

/** Bytes as rows of 16 with their offsets, from `from` for at most `rows` rows. */
export function hexdump(bytes: Uint8Array, range: { readonly from?: number; readonly rows?: number } = {}): string {
  const first = Math.floor((range.from ?? 0) / ROW) * ROW;
  const lines: string[] = [];
  for (let row = 0; row < (range.rows ?? 4); row++) {
    const at = first + row * ROW;
    if (at >= bytes.length) break;
    const part = bytes.subarray(at, at + ROW);
    lines.push(`${at.toString(16).padStart(4, "0")}  ${Array.from(part, hex).join(" ")}`);
  }
  return lines.join("\n");
}

/** The offset of the first byte that differs; the shorter length if one is the beginning of the other; -1 if equal. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    if (a[i] !== b[i]) return i;
  }
  return a.length === b.length ? -1 : shorter;
}

/** A readable difference; empty if the bytes are equal. */
export function describeDifference(expected: Uint8Array, seen: Uint8Array): string {
  const at = firstDifference(expected, seen);
  if (at < 0) return "";
  const range = { from: Math.max(0, at - ROW), rows: 3 };
  const value = (bytes: Uint8Array): string => (at < bytes.length ? `0x${hex(bytes[at] ?? 0)}` : "nothing");
  return [
    `first difference at byte ${at}: expected ${value(expected)}, seen ${value(seen)}; ` +
      `lengths ${expected.length} and ${seen.length}`,
    "expected",
    hexdump(expected, range),
    "seen",
    hexdump(seen, range),
  ].join("\n");
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
