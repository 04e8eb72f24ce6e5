/* A policy for tasks: during office hours (UTC) large batch tasks wait for the evening, and a tenant called
 * "reporting" is never interactive. */
#define OQ_POLICY_VERSION "1.0.0"
#include "orchqueue_policy.h"

enum { OPENS = 8, CLOSES = 18, LARGE = 2048 };

static bool in_office_hours(int64_t now_ms) {
    int64_t hour = now_ms / 3600000 % 24;
    return hour >= OPENS && hour < CLOSES;
}

oq_decision oq_on_admit(const oq_snapshot *s) {
    bool batch = oq_equals(oq_priority(s), "batch");
    if (batch && oq_max_tokens(s) > LARGE && in_office_hours(oq_now_ms(s)))
        return oq_deny("large batch tasks run from 18:00 to 8:00 UTC");
    if (!batch && oq_equals(oq_tenant(s), "reporting")) return oq_allow_as("batch");
    return oq_allow();
}
