#include "lane.h"

#include <math.h>
#include <string.h>

#define SMALLEST 256u
#define LARGEST (UINT32_C(1) << 31) /* an index is found among twice as many places */

/* Returns how many blocks a ring has. */
static inline uint32_t
block_count(uint32_t room)
{
    return room / BLOCK;
}

/* Returns how many regions a ring has. */
static inline uint32_t
region_count(uint32_t room)
{
    return (block_count(room) + REGION - 1) / REGION;
}

/* Gives an empty lane arrays for `room` places. Returns 0, or -1 when there is no memory. */
static int
furnish(Lane *lane, Memory *memory, uint32_t room, int ranked)
{
    memset(lane, 0, sizeof *lane);
    lane->room = room;
    lane->bound = -INFINITY;
    lane->ranked = ranked;
    lane->ring = memory_take(memory, room * sizeof *lane->ring);
    lane->blocks = memory_take(memory, block_count(room) * sizeof *lane->blocks);
    lane->regions = memory_take(memory, region_count(room) * sizeof *lane->regions);
    if (ranked) {
        lane->stamps = memory_take(memory, room * sizeof *lane->stamps);
        lane->tree = memory_take(memory, (block_count(room) + 1) * sizeof *lane->tree);
    }
    if (lane->ring == NULL || lane->blocks == NULL || lane->regions == NULL
        || (ranked && (lane->stamps == NULL || lane->tree == NULL))) {
        lane_free(lane, memory);
        return -1;
    }
    memset(lane->blocks, 0, block_count(room) * sizeof *lane->blocks);
    for (uint32_t at = 0; at < region_count(room); at++) {
        lane->regions[at] = INFINITY;
    }
    if (ranked) {
        memset(lane->tree, 0, (block_count(room) + 1) * sizeof *lane->tree);
    }
    return 0;
}

int
lane_init(Lane *lane, Memory *memory, int ranked)
{
    return furnish(lane, memory, SMALLEST, ranked);
}

/* What an allocation that failed left NULL was never counted, so each array is given back by itself. */
void
lane_free(Lane *lane, Memory *memory)
{
    memory_give(memory, lane->ring, lane->room * sizeof *lane->ring);
    memory_give(memory, lane->stamps, lane->room * sizeof *lane->stamps);
    memory_give(memory, lane->tree, (block_count(lane->room) + 1) * sizeof *lane->tree);
    memory_give(memory, lane->blocks, block_count(lane->room) * sizeof *lane->blocks);
    memory_give(memory, lane->regions, region_count(lane->room) * sizeof *lane->regions);
    memset(lane, 0, sizeof *lane);
}

/* Counts `change` holes in the block of a place. */
static inline void
count_holes(Lane *lane, uint32_t pos, int change)
{
    lane->holes += (uint32_t)change;
    if (!lane->ranked) {
        return;
    }
    uint32_t count = block_count(lane->room);
    for (uint32_t at = lane_index(lane, pos) / BLOCK + 1; at <= count; at += at & -at) {
        lane->tree[at] += (uint32_t)change;
    }
}

void
lane_mark(Lane *lane, uint32_t pos, uint64_t mask, uint64_t holes)
{
    Block *block = lane_block(lane, pos);
    int before = __builtin_popcountll(block->holes);
    block->holes = (block->holes & ~mask) | holes;
    int change = __builtin_popcountll(block->holes) - before;
    if (change != 0) {
        count_holes(lane, pos, change);
    }
}

/* Makes the place of an item that left a hole. */
static inline void
make_hole(Lane *lane, uint32_t pos)
{
    lane_block(lane, pos)->holes |= UINT64_C(1) << (pos % BLOCK);
    count_holes(lane, pos, 1);
}

/* Makes a hole an ordinary place. */
static inline void
fill_hole(Lane *lane, uint32_t pos)
{
    lane_block(lane, pos)->holes &= ~(UINT64_C(1) << (pos % BLOCK));
    count_holes(lane, pos, -1);
}

/* Returns how many holes lie in the ring before the index of a place. */
static inline uint32_t
holes_before(const Lane *lane, uint32_t pos)
{
    uint32_t total = 0;
    for (uint32_t at = lane_index(lane, pos) / BLOCK; at > 0; at &= at - 1) {
        total += lane->tree[at];
    }
    uint64_t below = (UINT64_C(1) << (pos % BLOCK)) - 1;
    return total + (uint32_t)__builtin_popcountll(lane_block(lane, pos)->holes & below);
}

uint32_t
lane_rank(const Lane *lane, uint32_t pos)
{
    uint32_t places = pos - lane->head;
    if (lane->holes == 0 || places == 0) {
        return places;
    }
    if (pos == lane->tail) {
        return places - lane->holes;
    }
    uint32_t around = lane_index(lane, pos) < lane_index(lane, lane->head) ? lane->holes : 0;
    return places - (around + holes_before(lane, pos) - holes_before(lane, lane->head));
}

Record *
lane_put(Lane *lane, Slab *slab, uint32_t pos, uint32_t item)
{
    Record *record = slab_at(slab, item);
    uint32_t index = lane_index(lane, pos);
    Block *block = &lane->blocks[index / BLOCK];
    lane->ring[index] = item;
    if (lane->ranked) {
        lane->stamps[index] = (uint32_t)record->arrival;
    }
    if (pos % BLOCK == 0) {
        block->first_arrival = record->arrival;
        block->first_key = record->key;
    }
    if (record->latest < INFINITY && !record->started) {
        double *region = lane_region(lane, pos);
        block->latest = fmin(block->latest, record->latest);
        *region = fmin(*region, record->latest);
    }
    return record;
}

uint32_t
lane_open_head(Lane *lane)
{
    if (lane->head == lane->origin) {
        lane->origin -= lane->room;
    }
    lane->head--;
    if (lane->head % BLOCK == BLOCK - 1) {
        lane_block(lane, lane->head)->latest = INFINITY;
    }
    return lane->head;
}

uint32_t
lane_open_tail(Lane *lane)
{
    uint32_t pos = lane->tail++;
    if (pos % BLOCK == 0 || pos == lane->head) {
        lane_block(lane, pos)->latest = INFINITY;
    }
    return pos;
}

void
lane_append(Lane *lane, Slab *slab, uint32_t item)
{
    uint32_t pos = lane_open_tail(lane);
    Record *record = lane_put(lane, slab, pos, item);
    record->pos = pos;
    if (lane->aged == pos && record->key <= lane->bound) {
        lane->aged++;
    }
}

void
lane_remove(Lane *lane, uint32_t pos)
{
    if (pos == lane->head) {
        lane->head++;
        while (lane_is_hole(lane, lane->head)) {
            fill_hole(lane, lane->head++);
        }
        if (lane->head - lane->origin >= lane->room) {
            lane->origin += lane->room;
        }
        if ((int32_t)(lane->aged - lane->head) < 0) {
            lane->aged = lane->head;
        }
    }
    else if (pos == lane->tail - 1) {
        lane->tail--;
        while (lane_is_hole(lane, lane->tail - 1)) {
            fill_hole(lane, --lane->tail);
        }
        if ((int32_t)(lane->tail - lane->aged) < 0) {
            lane->aged = lane->tail;
        }
    }
    else {
        make_hole(lane, pos);
    }
}

/* Fills an empty lane with the items of another, without the holes between them. */
static void
refill(Lane *lane, const Lane *from, Slab *slab)
{
    for (uint32_t pos = from->head; pos != from->tail; pos++) {
        if (!lane_is_hole(from, pos)) {
            lane_append(lane, slab, lane_item(from, pos));
        }
    }
}

/* Copies a lane to the larger arrays of an empty one, where each item keeps its place, so that no record is touched. */
static void
carry_over(Lane *lane, const Lane *from)
{
    uint32_t start = from->head & ~(BLOCK - 1), count = block_count(lane->room);
    for (uint32_t pos = start, to = 0; to < from->tail - start; pos += BLOCK, to += BLOCK) {
        uint32_t at = lane_index(from, pos);
        memcpy(lane->ring + to, from->ring + at, BLOCK * sizeof *lane->ring);
        lane->blocks[to / BLOCK] = from->blocks[at / BLOCK];
        lane->regions[to / (BLOCK * REGION)]
            = fmin(lane->regions[to / (BLOCK * REGION)], from->blocks[at / BLOCK].latest);
        if (lane->ranked) {
            memcpy(lane->stamps + to, from->stamps + at, BLOCK * sizeof *lane->stamps);
            lane->tree[to / BLOCK + 1] = (uint32_t)__builtin_popcountll(from->blocks[at / BLOCK].holes);
        }
    }
    for (uint32_t at = 1; lane->ranked && at <= count; at++) {
        uint32_t parent = at + (at & -at);
        if (parent <= count) {
            lane->tree[parent] += lane->tree[at];
        }
    }
    lane->origin = start;
    lane->head = from->head;
    lane->tail = from->tail;
    lane->holes = from->holes;
    lane->aged = from->aged;
}

int
lane_grow(Lane *lane, Slab *slab, Memory *memory, uint32_t least)
{
    Lane grown;
    int packs = lane->holes > lane->room / 2; /* then the same ring suffices */
    uint32_t room = lane->room + lane->room / 8;
    room = ((room > least ? room : least) + BLOCK - 1) & ~(BLOCK - 1);
    room = packs ? lane->room : room;
    if (room >= LARGEST || furnish(&grown, memory, room, lane->ranked) < 0) {
        return -1;
    }
    grown.bound = lane->bound;
    if (packs) {
        refill(&grown, lane, slab);
    }
    else {
        carry_over(&grown, lane);
    }
    lane_free(lane, memory);
    *lane = grown;
    return 0;
}
