/* One priority's items by arrival: a ring of record numbers with holes where items left early.

   Places ("positions") count up for ever, modulo 2^32. Neither end is ever a hole. What is counted is the holes, per block of
   64 places in a Fenwick tree: adding at the tail and taking from the head touch no tree, and without holes a rank is a
   subtraction. Per block it also knows the first arrival and its key, for searches, and a lower bound of the latest start
   times, for victims. A lane that nobody asks for ranks has no tree, and no stamps, which spare searches the records. */
#ifndef ORCHESTRATORD_QUEUE_LANE_H
#define ORCHESTRATORD_QUEUE_LANE_H

#include <stdint.h>

#include "slab.h"

#define BLOCK 64u
#define REGION 64u /* blocks */
#define NEAR 128u  /* places: an item goes into the middle of a lane by moving others into a hole no farther away */

typedef struct {
    uint64_t holes;         /* bit n: place n of the block is a hole between head and tail */
    uint64_t first_arrival; /* of the block's place 0; unknown in the head's block */
    double first_key;       /* likewise */
    double latest;          /* no item of the block that may be evicted has an earlier latest start */
} Block;

typedef struct {
    uint32_t *ring;
    uint32_t *stamps; /* low half of each number of arrival; a hole has one that keeps them in order */
    uint32_t *tree;   /* Fenwick tree of holes per block, from index 1 */
    Block *blocks;
    double *regions;  /* like Block.latest, over 64 blocks */
    uint32_t room;    /* places of the ring, a multiple of BLOCK */
    uint32_t origin;  /* place that lies first in the ring, a multiple of BLOCK; not behind head */
    uint32_t head;
    uint32_t tail;
    uint32_t holes;
    uint32_t aged;    /* first place whose key is beyond `bound`; ranked lanes only */
    double bound;
    int ranked;
} Lane;

static inline uint32_t
lane_length(const Lane *lane)
{
    return lane->tail - lane->head - lane->holes;
}

/* Returns where in the ring a place lies. */
static inline uint32_t
lane_index(const Lane *lane, uint32_t pos)
{
    uint32_t index = pos - lane->origin;
    return index < lane->room ? index : index - lane->room;
}

/* Returns the record number at a place that is no hole. */
static inline uint32_t
lane_item(const Lane *lane, uint32_t pos)
{
    return lane->ring[lane_index(lane, pos)];
}

static inline Block *
lane_block(const Lane *lane, uint32_t pos)
{
    return &lane->blocks[lane_index(lane, pos) / BLOCK];
}

static inline double *
lane_region(const Lane *lane, uint32_t pos)
{
    return &lane->regions[lane_index(lane, pos) / (BLOCK * REGION)];
}

static inline int
lane_is_hole(const Lane *lane, uint32_t pos)
{
    return lane->holes != 0 && (lane_block(lane, pos)->holes >> (pos % BLOCK) & 1);
}

/* Returns 0, or -1 when there is no memory. */
int lane_init(Lane *lane, Memory *memory, int ranked);
void lane_free(Lane *lane, Memory *memory);

/* Makes a ring of at least `least` places; items may move. Returns 0, or -1 when there is no memory; then nothing changed. */
int lane_grow(Lane *lane, Slab *slab, Memory *memory, uint32_t least);

/* Makes sure that the next item finds room, at either end or, if `inside`, in the middle. Returns 0, or -1 when there is no
   memory; then nothing changed. */
static inline int
lane_reserve(Lane *lane, Slab *slab, Memory *memory, int inside)
{
    uint32_t span = lane->tail - (lane->head & ~(BLOCK - 1)), needed = span + BLOCK + 1;
    if (inside && span > 2 * NEAR) {
        needed += span / 4;
    }
    return needed <= lane->room ? 0 : lane_grow(lane, slab, memory, needed);
}

/* Adds an item that arrived last, for which room was reserved. */
void lane_append(Lane *lane, Slab *slab, uint32_t item);

/* Adds an item where its arrival belongs, for which room inside was reserved; amortised O(log^2 n). */
void lane_insert(Lane *lane, Slab *slab, uint32_t item);

/* Takes out the item at a place that is no hole. */
void lane_remove(Lane *lane, uint32_t pos);

/* Returns how many items stand before a place from head to tail of a ranked lane. */
uint32_t lane_rank(const Lane *lane, uint32_t pos);

/* Returns the first place whose item has a larger number of arrival, or the tail; it may be a hole before that item. */
uint32_t lane_seek_arrival(const Lane *lane, const Slab *slab, uint64_t arrival);

/* Returns the first place whose item has a key beyond the bound, or the tail; remembers it when bounds grow. */
uint32_t lane_seek_key(Lane *lane, const Slab *slab, double bound);

/* Returns the place of the oldest (or newest) item that has never run, or the tail. */
uint32_t lane_evictable(const Lane *lane, const Slab *slab, int newest);

/* Returns the place of the oldest (or newest) such item with a latest start before `now`, or the tail. */
uint32_t lane_doomed(Lane *lane, const Slab *slab, double now, int newest);

/* For the other files of the lane: */

/* Says which places, of those that a mask names in a place's block, are holes. */
void lane_mark(Lane *lane, uint32_t pos, uint64_t mask, uint64_t holes);

/* Writes an item to a place, and what its block has to know of it. Returns its record, which does not know its place yet. */
Record *lane_put(Lane *lane, Slab *slab, uint32_t pos, uint32_t item);

/* Lets the lane begin one place earlier, or end one later, which is then to be filled. */
uint32_t lane_open_head(Lane *lane);
uint32_t lane_open_tail(Lane *lane);

/* Finds the end of the aged again after places have moved. */
void lane_count_aged(Lane *lane, const Slab *slab);

#endif
