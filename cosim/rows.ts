/**
 * All rows of `make cosim`, in the order of the table. A new row is added here and nowhere else.
 *
 * @module
 */
import type { Row } from "./row.ts";
import { FAILURE_VFIO_ROWS } from "./rows/failure-vfio.ts";
import { FIRMWARE_VFIO_ROWS } from "./rows/firmware-vfio.ts";
import { LINUX_ROWS } from "./rows/linux.ts";

export const ROWS: readonly Row[] = [...LINUX_ROWS, ...FIRMWARE_VFIO_ROWS, ...FAILURE_VFIO_ROWS];
