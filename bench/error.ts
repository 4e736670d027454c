/** The device did something else than expected, or a row makes no sense. */
export class BenchError extends Error {
  readonly code = "BENCH";
}
