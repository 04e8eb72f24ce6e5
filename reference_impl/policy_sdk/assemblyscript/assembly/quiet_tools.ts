/** A policy for tools: they read and write nothing, and what looks like a key of ours comes back to nobody. */
import { decided, Decision, Snapshot, version } from "./index";

export { oq_abi_version, oq_alloc, oq_tool_abi_version } from "./index";

export function oq_policy_version(): i64 { return version("1.0.0"); }

export function oq_tool_request(at: i32, length: i32): i64 {
  return decided(at, length, (snapshot: Snapshot): Decision => {
    const method = snapshot.request.method;
    if (method == "GET" || method == "HEAD") return Decision.allow();
    return Decision.deny("tools read, and write nothing");
  });
}

export function oq_tool_response(at: i32, length: i32): i64 {
  return decided(at, length, (snapshot: Snapshot): Decision => {
    const decision = Decision.allow();
    decision.redactWords(snapshot.response.body, "sk-");
    return decision;
  });
}
