/** A policy for tasks: what a tenant "night" submits is batch, and a model called "retired" is nobody's. */
import { decided, Decision, Snapshot, version } from "./index";

export { oq_abi_version, oq_alloc } from "./index";

export function oq_policy_version(): i64 { return version("1.0.0"); }

export function oq_admit(at: i32, length: i32): i64 {
  return decided(at, length, (snapshot: Snapshot): Decision => {
    if (snapshot.task.modelRef == "retired") return Decision.deny('the model "retired" is served to nobody');
    return snapshot.tenant == "night" ? Decision.allowAs("batch") : Decision.allow();
  });
}
