/**
 * For tests of what goes wrong.
 *
 * @module
 */
import { expect } from "chai";
import { SimulationError } from "../../src/core/index.ts";

/** What a promise is rejected with. */
export async function failure(promise: PromiseLike<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
  }
  throw new Error("expected a failure");
}

/** The simulation error that a promise is rejected with. */
export async function simulationFailure(promise: PromiseLike<unknown>): Promise<SimulationError> {
  const error = await failure(promise);
  expect(error).to.be.instanceOf(SimulationError);
  if (!(error instanceof SimulationError)) throw error;
  return error;
}
