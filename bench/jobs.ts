/**
 * What a worker process can measure. Jobs and results are plain data, so that they pass between processes.
 *
 * @module
 */
import type { RowSpec } from "./config.ts";
import { measureLatency } from "./latency.ts";
import type { LatencyChoice, LatencyResult } from "./latency.ts";
import { measure } from "./measure.ts";
import type { RowResult } from "./measure.ts";
import { requestResponse } from "./request-response.ts";
import type { RequestResponse } from "./request-response.ts";

/** One measurement. */
export type Job =
  | { readonly kind: "row"; readonly spec: RowSpec; readonly rtlDirectory?: string }
  | { readonly kind: "latency"; readonly choice: LatencyChoice }
  | { readonly kind: "transactions"; readonly choice: RequestResponse };

/** What each kind of job gives. */
export interface Results {
  readonly row: RowResult;
  readonly latency: readonly LatencyResult[];
  /** Cycles per transaction. */
  readonly transactions: number;
}

/** Does a job, here and now. */
export function perform(job: Job): Promise<Results[Job["kind"]]> {
  switch (job.kind) {
    case "row":
      return measure(job.spec, job.rtlDirectory === undefined ? {} : { rtlDirectory: job.rtlDirectory });
    case "latency":
      return measureLatency(job.choice);
    case "transactions":
      return requestResponse(job.choice);
  }
}

/** For progress and messages. */
export function jobName(job: Job): string {
  switch (job.kind) {
    case "row":
      return job.spec.id;
    case "latency":
      return `latency/${job.choice.dataWidth}/${job.choice.layout}/L${job.choice.latency}`;
    case "transactions": {
      const { dataWidth, layout, latency, turnaround } = job.choice;
      return `request-response/${dataWidth}/${layout}/L${latency}/T${turnaround}`;
    }
  }
}
