/** What a policy imports where its entry of the configuration grants it; nothing else of the package imports. */

// @ts-ignore: a decorator of AssemblyScript
@external("orchqueue", "log")
declare function logRaw(level: i32, at: usize, length: i32): void;

export enum Level { Debug, Info, Warning, Error }

/** A line in the server's log, under the correlation id of the call. Needs `grants: [log]`. */
export function log(level: Level, text: string): void {
  const bytes = String.UTF8.encode(text);
  logRaw(level, changetype<usize>(bytes), bytes.byteLength);
}
