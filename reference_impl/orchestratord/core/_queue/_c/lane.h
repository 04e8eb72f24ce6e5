/* One priority's items by arrival: a ring of record numbers with holes where items left early.

   Places ("positions") count up for ever, modulo 2^32; a place lies in the ring at place & mask. Neither end is ever a hole.
   What is counted is the holes, per block of 64 places in a Fenwick tree: adding at the tail and taking from the head touch
   no tree, and without holes a rank is a subtraction. Per block it also knows the first arrival and its key, for searches,
   and a lower bound of the latest start times, for victims. */
#ifndef ORCHESTRATORD_QUEUE_LANE_H
#define ORCHESTRATORD_QUEUE_LANE_H

#include <stdint.h>

#include "slab.h"

#define BLOCK 64u

typedef struct {
    uint64_t holes;         /* bit n: place n of the block is a hole between head and tail */
    uint64_t first_arrival; /* of the block's place 0; unknown in the head's block */
    double first_key;       /* likewise */
    double latest;          /* no item of the block that may be evicted has an earlier latest start */
} Block;

typedef struct {
    uint32_t *ring;
    uint32_t *tree;  /* Fenwick tree of holes per block, from index 1 */
    Block *blocks;
    double *regions; /* like Block.latest, over 64 blocks */
    uint32_t room;   /* places of the ring, a power of two */
    uint32_t head;
    uint32_t tail;
    uint32_t holes;
    uint32_t aged;   /* first place whose key is beyond `bound` */
    double bound;
} Lane;

static inline uint32_t
lane_length(const Lane *lane)
{
    return lane->tail - lane->head - lane->holes;
}

/* Returns the record number at a place that is no hole. */
static inline uint32_t
lane_item(const Lane *lane, uint32_t pos)
{
    return lane->ring[pos & (lane->room - 1)];
}

static inline Block *
lane_block(const Lane *lane, uint32_t pos)
{
    return &lane->blocks[(pos & (lane->room - 1)) / BLOCK];
}

static inline int
lane_is_hole(const Lane *lane, uint32_t pos)
{
    return lane->holes != 0 && (lane_block(lane, pos)->holes >> (pos % BLOCK) & 1);
}

/* Returns 0, or -1 when there is no memory. */
int lane_init(Lane *lane, Memory *memory);
void lane_free(Lane *lane, Memory *memory);

/* Makes room at both ends; places may change. Returns 0, or -1 when there is no memory; then nothing changed. */
int lane_grow(Lane *lane, Slab *slab, Memory *memory);

static inline int
lane_reserve(Lane *lane, Slab *slab, Memory *memory)
{
    if (lane->tail - (lane->head & ~(BLOCK - 1)) + BLOCK < lane->room) {
        return 0;
    }
    return lane_grow(lane, slab, memory);
}

/* Adds an item that arrived last, for which room was reserved. */
void lane_append(Lane *lane, Slab *slab, uint32_t item);

/* Adds an item where its arrival belongs; O(places before it). Room was reserved. */
void lane_insert(Lane *lane, Slab *slab, uint32_t item);

/* Takes out the item at a place that is no hole. */
void lane_remove(Lane *lane, uint32_t pos);

/* Returns how many items stand before a place from head to tail. */
uint32_t lane_rank(const Lane *lane, uint32_t pos);

/* Returns the first place whose item has a larger number of arrival, or the tail. */
uint32_t lane_seek_arrival(const Lane *lane, const Slab *slab, uint64_t arrival);

/* Returns the first place whose item has a key beyond the bound, or the tail; remembers it when bounds grow. */
uint32_t lane_seek_key(Lane *lane, const Slab *slab, double bound);

/* Returns the place of the oldest (or newest) item that has never run, or the tail. */
uint32_t lane_evictable(const Lane *lane, const Slab *slab, int newest);

/* Returns the place of the oldest (or newest) such item with a latest start before `now`, or the tail. */
uint32_t lane_doomed(Lane *lane, const Slab *slab, double now, int newest);

#endif
