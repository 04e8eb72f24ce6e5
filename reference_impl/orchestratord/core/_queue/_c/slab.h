/* The records of waiting items, one cache line each, in chunks that never move: a record's number is its name. */
#ifndef ORCHESTRATORD_QUEUE_SLAB_H
#define ORCHESTRATORD_QUEUE_SLAB_H

#include <stdint.h>

#include "memory.h"
#include "table.h"

#define CHUNK_BITS 7
#define CHUNK_ROWS (1u << CHUNK_BITS)

typedef struct {
    void *id;               /* NULL in a free record; owned by the caller of the core */
    void *payload;          /* owned by the caller of the core */
    double key;             /* strict: time of arrival, ms; wfq: start tag */
    double latest;          /* ms by which it has to start, or infinity */
    double cost;            /* estimated */
    uint64_t arrival;       /* number of arrival */
    uint32_t flow : 30;     /* its flow's number */
    uint32_t priority : 1;  /* and that flow's priority */
    uint32_t started : 1;   /* has run before: never evicted */
    uint32_t pos;           /* its place in the lane */
    uint32_t prev;          /* wfq: the flow's waiting item before it, unless it is the flow's head */
    uint32_t next;          /* wfq: the one behind it, or NONE; in a free record, the next free one */
} Record;

_Static_assert(sizeof(void *) != 8 || sizeof(Record) == 64, "a record fills one cache line");

typedef struct {
    Record **chunks; /* each aligned to a cache line; before it stands the block of memory that it lies in */
    uint32_t chunk_count;
    uint32_t chunk_room;
    uint32_t fresh; /* records from here on were never used */
    uint32_t free;  /* first of those that were used and are free */
} Slab;

/* Returns the record of a number that was handed out; the slab owns it. */
static inline Record *
slab_at(const Slab *slab, uint32_t item)
{
    return &slab->chunks[item >> CHUNK_BITS][item & (CHUNK_ROWS - 1)];
}

void slab_init(Slab *slab);
void slab_free(Slab *slab, Memory *memory);

/* Makes the next slab_new sure to succeed. Returns 0, or -1 when there is no memory; then nothing changed. */
int slab_grow(Slab *slab, Memory *memory);

static inline int
slab_reserve(Slab *slab, Memory *memory)
{
    if (slab->free != NONE || slab->fresh < slab->chunk_count << CHUNK_BITS) {
        return 0;
    }
    return slab_grow(slab, memory);
}

/* Returns the number of a record for which room was reserved. */
static inline uint32_t
slab_new(Slab *slab)
{
    uint32_t item = slab->free;
    if (item == NONE) {
        return slab->fresh++;
    }
    slab->free = slab_at(slab, item)->next;
    return item;
}

/* Takes a record back whose references the caller has taken over. */
static inline void
slab_drop(Slab *slab, uint32_t item)
{
    Record *record = slab_at(slab, item);
    record->id = NULL;
    record->next = slab->free;
    slab->free = item;
}

#endif
