/* The flows of a queue, one per tenant and priority: finish tags, weights, and which of them can be forgotten.

   A flow is found by its tenant's hash; tenants are compared and counted by the functions that the owner gives. A flow is
   idle when it has nothing that waits or runs; idle flows lie in a heap by finish tag until virtual time has passed it. */
#ifndef ORCHESTRATORD_QUEUE_FLOWS_H
#define ORCHESTRATORD_QUEUE_FLOWS_H

#include <stdint.h>

#include "memory.h"
#include "table.h"

/* What the structures have to know about ids and tenants. None of these fails or calls back. */
typedef struct {
    int (*same)(const void *one, const void *other);
    void (*hold)(void *name); /* one more reference */
    void (*drop)(void *name); /* one reference less */
} Names;

typedef struct {
    void *tenant; /* NULL in a free row; one reference is the row's */
    uint32_t hash;
    uint32_t priority;
    double weight; /* the one its latest item came with */
    double finish;
    uint32_t waiting;
    uint32_t running;
    uint32_t head; /* wfq: record of its waiting item that is dispatched first, or NONE */
    uint32_t tail; /* and of the one that is dispatched last */
    uint32_t idle; /* place in the heap, or NONE */
    uint32_t next; /* in a free row: the next free one */
} Flow;

typedef struct {
    Flow *rows;
    uint32_t *heap; /* idle flows, least finish tag first */
    Table index;
    uint32_t room;
    uint32_t fresh; /* rows from here on were never used */
    uint32_t free;
    uint32_t idle_count;
} Flows;

/* Returns 0, or -1 when there is no memory. */
int flows_init(Flows *flows, Memory *memory);

/* Gives everything back, the references to tenants included. */
void flows_free(Flows *flows, Memory *memory, const Names *names);

/* Makes room for more rows. Returns 0, or -1 when there is no memory; then nothing changed. */
int flows_widen(Flows *flows, Memory *memory);

/* Makes the next flows_new sure to succeed. Returns 0, or -1 when there is no memory; then nothing changed. */
static inline int
flows_reserve(Flows *flows, Memory *memory)
{
    if (flows->free == NONE && flows->fresh == flows->room && flows_widen(flows, memory) < 0) {
        return -1;
    }
    return table_reserve(&flows->index, memory);
}

/* Returns the number of a flow, or NONE. */
static inline uint32_t
flows_find(const Flows *flows, const Names *names, uint32_t hash, const void *tenant, uint32_t priority)
{
    uint32_t mixed = hash ^ (priority * UINT32_C(0x9e3779b9));
    for (uint32_t at = table_first(&flows->index, mixed); table_matches(&flows->index, at, mixed); at++) {
        const Flow *flow = &flows->rows[flows->index.entries[at].item];
        if (flow->priority == priority && (flow->tenant == tenant || names->same(flow->tenant, tenant))) {
            return flows->index.entries[at].item;
        }
    }
    return NONE;
}

/* Returns the number of a new flow with finish tag 0, for which room was reserved; holds the tenant. */
uint32_t flows_new(Flows *flows, const Names *names, uint32_t hash, void *tenant, uint32_t priority);

/* Takes an idle flow into the heap. */
void flows_rest(Flows *flows, uint32_t number);

/* Takes a flow out of the heap again. */
void flows_wake(Flows *flows, uint32_t number);

/* Forgets the idle flows whose finish tag virtual time has reached. */
void flows_forget(Flows *flows, const Names *names, double virtual_time);

#endif
