/** Builds simulators. */
export class BuildError extends Error {}
export interface BuildRequest { readonly top: string; readonly params?: Readonly<Record<string, number>>; readonly trace?: "none"|"fst"|"vcd"; readonly isDebug?: boolean }
export function buildSimulator(_r: BuildRequest): Promise<string> { return Promise.reject(new BuildError("no")); }
