/* Policies for OrchQueue in C: the ABI 1.0 of policy modules, and helpers that read snapshots and write decisions.
 *
 * Include this in one file, define OQ_POLICY_VERSION before, and one of
 *
 *     oq_decision oq_on_admit(const oq_snapshot *s);
 *
 * or, with OQ_HOOK_TOOL defined, both of
 *
 *     oq_decision oq_on_tool_request(const oq_snapshot *s);
 *     oq_decision oq_on_tool_response(const oq_snapshot *s);
 *
 * Nothing is imported unless OQ_GRANT_LOG is defined. Needs the C library's functions on memory and strings.
 */
#ifndef ORCHQUEUE_POLICY_H
#define ORCHQUEUE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OQ_ABI_MAJOR 1
#define OQ_ABI_MINOR 0
#define OQ_TOOL_ABI_MAJOR 1
#define OQ_TOOL_ABI_MINOR 0

#ifndef OQ_POLICY_VERSION
#error "define OQ_POLICY_VERSION, the version of your policy, before this header"
#endif

#define OQ_EXPORT(name) __attribute__((export_name(name)))
#define OQ_LONGEST_REASON 256
#define OQ_MOST_REDACTED 64
#define OQ_LONGEST_REDACTED 256
#define OQ_LONGEST_ID 128

/* A part of a text; not ended by a zero. `at` is NULL where there is none. */
typedef struct {
    const char *at;
    size_t length;
} oq_text;

/* What a decision rests on: the whole snapshot, and the correlation id that it came with. */
typedef struct {
    oq_text json;
    oq_text correlation_id;
} oq_snapshot;

/* A decision; make one with the helpers below. Texts must live until the hook has returned. */
typedef struct {
    bool denied;
    const char *reason;
    const char *priority;
    oq_text redact[OQ_MOST_REDACTED];
    size_t redactions;
} oq_decision;

/* ---- Reading JSON ---------------------------------------------------------------------------------------- */

static inline bool oq_is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* The end of the string that begins at its quote. */
static inline const char *oq_string_end(const char *at, const char *end) {
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\') at++;
    return at < end ? at + 1 : end;
}

/* The end of the value that begins here. */
static inline const char *oq_value_end(const char *at, const char *end) {
    int depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = oq_string_end(at, end);
            if (depth == 0) return at;
            continue;
        }
        if (depth == 0 && (*at == ',' || *at == '}' || *at == ']' || oq_is_blank(*at))) return at;
        if (*at == '{' || *at == '[') depth++;
        if ((*at == '}' || *at == ']') && --depth == 0) return at + 1;
        at++;
    }
    return end;
}

static inline const char *oq_skip(const char *at, const char *end) {
    while (at < end && (oq_is_blank(*at) || *at == ',' || *at == ':')) at++;
    return at;
}

/* The value of a member of an object, as it stands there; none where the object lacks it. */
static inline oq_text oq_member(oq_text object, const char *name) {
    oq_text none = {NULL, 0};
    size_t size = strlen(name);
    if (object.at == NULL || object.length == 0 || *object.at != '{') return none;
    const char *end = object.at + object.length, *at = oq_skip(object.at + 1, end);
    while (at < end && *at == '"') {
        const char *key = at + 1;
        at = oq_string_end(at, end);
        bool found = (size_t)(at - key) == size + 1 && memcmp(key, name, size) == 0;
        const char *value = oq_skip(at, end);
        at = oq_value_end(value, end);
        if (found) return (oq_text){value, (size_t)(at - value)};
        at = oq_skip(at, end);
    }
    return none;
}

/* What stands between the quotes of a string, with its escapes; none where the value is no string. */
static inline oq_text oq_string(oq_text value) {
    if (value.at == NULL || value.length < 2 || *value.at != '"') return (oq_text){NULL, 0};
    return (oq_text){value.at + 1, value.length - 2};
}

static inline bool oq_equals(oq_text text, const char *other) {
    return text.at != NULL && text.length == strlen(other) && memcmp(text.at, other, text.length) == 0;
}

/* The number of a value; `otherwise` where it is none. Fractions are cut off. */
static inline int64_t oq_number(oq_text value, int64_t otherwise) {
    if (value.at == NULL || value.length == 0) return otherwise;
    size_t i = *value.at == '-' ? 1 : 0;
    int64_t number = 0;
    if (i == value.length || value.at[i] < '0' || value.at[i] > '9') return otherwise;
    for (; i < value.length && value.at[i] >= '0' && value.at[i] <= '9'; i++) {
        if (number > (INT64_MAX - 9) / 10) return otherwise;
        number = number * 10 + (value.at[i] - '0');
    }
    return *value.at == '-' ? -number : number;
}

/* Where a text begins in another; NULL where it does not stand there. */
static inline const char *oq_find(oq_text in, const char *wanted) {
    size_t size = strlen(wanted);
    for (size_t i = 0; in.at != NULL && size > 0 && i + size <= in.length; i++)
        if (memcmp(in.at + i, wanted, size) == 0) return in.at + i;
    return NULL;
}

/* ---- Typed views of the snapshots -------------------------------------------------------------------------- */

static inline oq_text oq_task(const oq_snapshot *s, const char *name) {
    return oq_member(oq_member(s->json, "task"), name);
}
static inline oq_text oq_tenant(const oq_snapshot *s) { return oq_string(oq_member(s->json, "tenant")); }
static inline oq_text oq_key_id(const oq_snapshot *s) { return oq_string(oq_member(s->json, "key_id")); }
static inline oq_text oq_priority(const oq_snapshot *s) { return oq_string(oq_task(s, "priority")); }
static inline oq_text oq_model_ref(const oq_snapshot *s) { return oq_string(oq_task(s, "model_ref")); }
static inline int64_t oq_max_tokens(const oq_snapshot *s) { return oq_number(oq_task(s, "max_tokens"), 0); }
static inline int64_t oq_now_ms(const oq_snapshot *s) { return oq_number(oq_member(s->json, "now_ms"), 0); }
static inline oq_text oq_tool(const oq_snapshot *s) { return oq_string(oq_member(s->json, "tool")); }
static inline oq_text oq_request(const oq_snapshot *s, const char *name) {
    return oq_member(oq_member(s->json, "request"), name);
}
static inline oq_text oq_response(const oq_snapshot *s, const char *name) {
    return oq_member(oq_member(s->json, "response"), name);
}

/* ---- Making decisions ---------------------------------------------------------------------------------------- */

static inline oq_decision oq_allow(void) { return (oq_decision){0}; }

static inline oq_decision oq_deny(const char *reason) {
    return (oq_decision){.denied = true, .reason = reason};
}

/* Allow a task with another priority: "interactive" or "batch". */
static inline oq_decision oq_allow_as(const char *priority) { return (oq_decision){.priority = priority}; }

/* Have a text taken out of the body; as it stands in the snapshot, escapes and all. False when there is no room. */
static inline bool oq_redact(oq_decision *decision, oq_text text) {
    if (text.at == NULL || text.length == 0 || text.length > OQ_LONGEST_REDACTED) return false;
    if (decision->redactions == OQ_MOST_REDACTED) return false;
    decision->redact[decision->redactions++] = text;
    return true;
}

/* A hook on redaction: have every run of letters, digits, `-` and `_` taken out that begins with `prefix`. */
static inline void oq_redact_words(oq_decision *decision, oq_text body, const char *prefix) {
    const char *end = body.at + body.length, *at;
    while (body.at != NULL && (at = oq_find(body, prefix)) != NULL) {
        const char *stop = at;
        while (stop < end && (*stop == '-' || *stop == '_' || (*stop >= '0' && *stop <= '9') ||
                              (*stop >= 'A' && *stop <= 'Z') || (*stop >= 'a' && *stop <= 'z')))
            stop++;
        if (stop == at) stop += strlen(prefix);
        oq_redact(decision, (oq_text){at, (size_t)(stop - at)});
        body = (oq_text){stop, (size_t)(end - stop)};
    }
}

#ifdef OQ_GRANT_LOG
__attribute__((import_module("orchqueue"), import_name("log"))) void oq_log_raw(int32_t level, const char *text,
                                                                                size_t length);
enum { OQ_DEBUG, OQ_INFO, OQ_WARNING, OQ_ERROR };

/* A line in the server's log, under the correlation id of the call. Needs `grants: [log]`. */
static inline void oq_log(int level, const char *text) { oq_log_raw(level, text, strlen(text)); }
#endif

/* ---- The ABI itself ------------------------------------------------------------------------------------------ */

static inline int64_t oq_packed(const char *at, size_t length) {
    return (int64_t)((uint64_t)(uintptr_t)at << 32 | (uint32_t)length);
}

OQ_EXPORT("oq_abi_version") int32_t oq_abi_version(void) { return OQ_ABI_MAJOR << 16 | OQ_ABI_MINOR; }
OQ_EXPORT("oq_policy_version") int64_t oq_policy_version(void) {
    return oq_packed(OQ_POLICY_VERSION, sizeof OQ_POLICY_VERSION - 1);
}
OQ_EXPORT("oq_alloc") void *oq_alloc(size_t size) { return malloc(size ? size : 1); }

static char oq_out[65536];

static inline size_t oq_put(size_t at, const char *text, size_t length) {
    if (at + length > sizeof oq_out) __builtin_trap();
    memcpy(oq_out + at, text, length);
    return at + length;
}

/* A text as a JSON string; one of ours is escaped, one of a snapshot is already. */
static inline size_t oq_put_string(size_t at, const char *text, size_t length, bool escaped) {
    at = oq_put(at, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        if (!escaped && (text[i] == '"' || text[i] == '\\')) at = oq_put(at, "\\", 1);
        at = oq_put(at, !escaped && (unsigned char)text[i] < 0x20 ? " " : text + i, 1);
    }
    return oq_put(at, "\"", 1);
}

/* Write a decision, with the correlation id of its snapshot. */
static inline int64_t oq_told(const oq_snapshot *s, const oq_decision *d) {
    static const char allow[] = "{\"decision\":\"allow\"", deny[] = "{\"decision\":\"deny\",\"reason\":";
    size_t at = d->denied ? oq_put(0, deny, sizeof deny - 1) : oq_put(0, allow, sizeof allow - 1);
    if (d->denied) at = oq_put_string(at, d->reason, strnlen(d->reason, OQ_LONGEST_REASON), false);
    if (!d->denied && d->priority != NULL) {
        at = oq_put(at, ",\"priority\":", 12);
        at = oq_put_string(at, d->priority, strlen(d->priority), false);
    }
    for (size_t i = 0; !d->denied && i < d->redactions; i++) {
        at = i == 0 ? oq_put(at, ",\"redact\":[", 11) : oq_put(at, ",", 1);
        at = oq_put_string(at, d->redact[i].at, d->redact[i].length, true);
    }
    if (!d->denied && d->redactions > 0) at = oq_put(at, "]", 1);
    if (s->correlation_id.at != NULL) {
        at = oq_put(at, ",\"correlation_id\":", 18);
        at = oq_put_string(at, s->correlation_id.at, s->correlation_id.length, true);
    }
    return oq_packed(oq_out, oq_put(at, "}", 1));
}

static inline int64_t oq_decided(const char *at, size_t length, oq_decision (*hook)(const oq_snapshot *)) {
    oq_snapshot s = {.json = {at, length}};
    s.correlation_id = oq_string(oq_member(s.json, "correlation_id"));
    oq_decision decision = hook(&s);
    return oq_told(&s, &decision);
}

#ifdef OQ_HOOK_TOOL
oq_decision oq_on_tool_request(const oq_snapshot *s);
oq_decision oq_on_tool_response(const oq_snapshot *s);
OQ_EXPORT("oq_tool_abi_version") int32_t oq_tool_abi_version(void) {
    return OQ_TOOL_ABI_MAJOR << 16 | OQ_TOOL_ABI_MINOR;
}
OQ_EXPORT("oq_tool_request") int64_t oq_tool_request(const char *at, size_t length) {
    return oq_decided(at, length, oq_on_tool_request);
}
OQ_EXPORT("oq_tool_response") int64_t oq_tool_response(const char *at, size_t length) {
    return oq_decided(at, length, oq_on_tool_response);
}
#else
oq_decision oq_on_admit(const oq_snapshot *s);
OQ_EXPORT("oq_admit") int64_t oq_admit(const char *at, size_t length) {
    return oq_decided(at, length, oq_on_admit);
}
#endif

#endif
