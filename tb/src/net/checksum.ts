/**
 * The Internet checksum, as a reference: plain and slow on purpose.
 *
 * @module
 */

/**
 * Sums the 16-bit big-endian words of `bytes` in one's complement arithmetic, without the final inversion.
 * An odd last byte counts as the high half of a word.
 *
 * @param bytes - what to sum
 * @param start - a partial sum to go on from, e.g. that of a pseudo header
 */
export function onesComplementSum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** The Internet checksum (RFC 1071) of `bytes`: the value to store in the checksum field. */
export function internetChecksum(bytes: Uint8Array, start = 0): number {
  return ~onesComplementSum(bytes, start) & 0xffff;
}
