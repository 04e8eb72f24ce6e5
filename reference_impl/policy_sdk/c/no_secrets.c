/* A policy for tools: nothing is sent by POST, and what looks like a key of ours comes back to nobody. */
#define OQ_POLICY_VERSION "1.0.0"
#define OQ_HOOK_TOOL
#include "orchqueue_policy.h"

oq_decision oq_on_tool_request(const oq_snapshot *s) {
    if (oq_equals(oq_string(oq_request(s, "method")), "POST")) return oq_deny("tools read, and write nothing");
    return oq_allow();
}

oq_decision oq_on_tool_response(const oq_snapshot *s) {
    oq_decision decision = oq_allow();
    oq_redact_words(&decision, oq_string(oq_response(s, "body")), "sk-");
    return decision;
}
