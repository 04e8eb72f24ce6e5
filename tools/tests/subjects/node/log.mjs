// The log: one JSON object a line, on standard output.

export function log(level, event, fields) {
  const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const line = { ts: new Date().toISOString(), level, event, correlation_id: "none", ...known };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
