#include "lane.h"

#include <math.h>
#include <string.h>

#define SMALLEST 256u
#define LARGEST (UINT32_C(1) << 31)
#define REGION 64u /* blocks */

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
lane_furnish(Lane *lane, Memory *memory, uint32_t room)
{
    memset(lane, 0, sizeof *lane);
    lane->room = room;
    lane->bound = -INFINITY;
    lane->ring = memory_take(memory, room * sizeof *lane->ring);
    lane->tree = memory_take(memory, (block_count(room) + 1) * sizeof *lane->tree);
    lane->blocks = memory_take(memory, block_count(room) * sizeof *lane->blocks);
    lane->regions = memory_take(memory, region_count(room) * sizeof *lane->regions);
    if (lane->ring == NULL || lane->tree == NULL || lane->blocks == NULL || lane->regions == NULL) {
        lane_free(lane, memory);
        return -1;
    }
    memset(lane->tree, 0, (block_count(room) + 1) * sizeof *lane->tree);
    memset(lane->blocks, 0, block_count(room) * sizeof *lane->blocks);
    for (uint32_t at = 0; at < region_count(room); at++) {
        lane->regions[at] = INFINITY;
    }
    return 0;
}

int
lane_init(Lane *lane, Memory *memory)
{
    return lane_furnish(lane, memory, SMALLEST);
}

/* What an allocation that failed left NULL was never counted, so each array is given back by itself. */
void
lane_free(Lane *lane, Memory *memory)
{
    memory_give(memory, lane->ring, lane->room * sizeof *lane->ring);
    memory_give(memory, lane->tree, (block_count(lane->room) + 1) * sizeof *lane->tree);
    memory_give(memory, lane->blocks, block_count(lane->room) * sizeof *lane->blocks);
    memory_give(memory, lane->regions, region_count(lane->room) * sizeof *lane->regions);
    memset(lane, 0, sizeof *lane);
}

/* Counts `change` holes in the block of a place. */
static void
count_holes(Lane *lane, uint32_t pos, int change)
{
    uint32_t count = block_count(lane->room);
    for (uint32_t at = (pos & (lane->room - 1)) / BLOCK + 1; at <= count; at += at & -at) {
        lane->tree[at] += (uint32_t)change;
    }
    lane->holes += (uint32_t)change;
}

/* Makes the place of an item that left a hole. */
static void
make_hole(Lane *lane, uint32_t pos)
{
    lane_block(lane, pos)->holes |= UINT64_C(1) << (pos % BLOCK);
    count_holes(lane, pos, 1);
}

/* Makes a hole an ordinary place. */
static void
fill_hole(Lane *lane, uint32_t pos)
{
    lane_block(lane, pos)->holes &= ~(UINT64_C(1) << (pos % BLOCK));
    count_holes(lane, pos, -1);
}

/* Returns how many holes lie in the ring before the index of a place. */
static uint32_t
holes_before(const Lane *lane, uint32_t pos)
{
    uint32_t total = 0;
    for (uint32_t at = (pos & (lane->room - 1)) / BLOCK; at > 0; at &= at - 1) {
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
    uint32_t mask = lane->room - 1;
    uint32_t around = (pos & mask) < (lane->head & mask) ? lane->holes : 0;
    return places - (around + holes_before(lane, pos) - holes_before(lane, lane->head));
}

/* Writes an item to a place, and what its block has to know of it. */
static void
put(Lane *lane, Slab *slab, uint32_t pos, uint32_t item)
{
    Record *record = slab_at(slab, item);
    Block *block = lane_block(lane, pos);
    lane->ring[pos & (lane->room - 1)] = item;
    record->pos = pos;
    if (pos % BLOCK == 0) {
        block->first_arrival = record->arrival;
        block->first_key = record->key;
    }
    if (record->latest < INFINITY && !record->started) {
        double *region = &lane->regions[(pos & (lane->room - 1)) / (BLOCK * REGION)];
        block->latest = fmin(block->latest, record->latest);
        *region = fmin(*region, record->latest);
    }
}

void
lane_append(Lane *lane, Slab *slab, uint32_t item)
{
    uint32_t pos = lane->tail++;
    if (pos % BLOCK == 0 || pos == lane->head) {
        lane_block(lane, pos)->latest = INFINITY;
    }
    put(lane, slab, pos, item);
    if (lane->aged == pos && slab_at(slab, item)->key <= lane->bound) {
        lane->aged++;
    }
}

/* Moves the places from head up to, but without, `end` one down. */
static void
shift_down(Lane *lane, Slab *slab, uint32_t end)
{
    const Record *before = NULL;
    lane->head--;
    if (lane->head % BLOCK == BLOCK - 1) {
        lane_block(lane, lane->head)->latest = INFINITY;
    }
    for (uint32_t to = lane->head; to + 1 != end; to++) {
        if (!lane_is_hole(lane, to + 1)) {
            before = slab_at(slab, lane_item(lane, to + 1));
            put(lane, slab, to, lane_item(lane, to + 1));
            continue;
        }
        lane->ring[to & (lane->room - 1)] = lane_item(lane, to + 1);
        fill_hole(lane, to + 1);
        make_hole(lane, to);
        if (to % BLOCK == 0) { /* a search that stops at this hole must find its bounds in order */
            lane_block(lane, to)->first_arrival = before->arrival;
            lane_block(lane, to)->first_key = before->key;
        }
    }
}

void
lane_insert(Lane *lane, Slab *slab, uint32_t item)
{
    uint64_t arrival = slab_at(slab, item)->arrival;
    uint32_t pos = lane->head;
    while (pos != lane->tail
           && (lane_is_hole(lane, pos) || slab_at(slab, lane_item(lane, pos))->arrival < arrival)) {
        pos++;
    }
    if (pos == lane->tail) {
        lane_append(lane, slab, item);
        return;
    }
    shift_down(lane, slab, pos);
    put(lane, slab, pos - 1, item);
    double bound = lane->bound;
    lane->bound = INFINITY; /* have the search start afresh: places have moved */
    lane->aged = lane_seek_key(lane, slab, bound);
    lane->bound = bound;
}

void
lane_remove(Lane *lane, uint32_t pos)
{
    if (pos == lane->head) {
        lane->head++;
        while (lane_is_hole(lane, lane->head)) {
            fill_hole(lane, lane->head++);
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

/* Fills an empty lane with the items of another. */
static void
refill(Lane *lane, const Lane *from, Slab *slab)
{
    for (uint32_t pos = from->head; pos != from->tail; pos++) {
        if (!lane_is_hole(from, pos)) {
            lane_append(lane, slab, lane_item(from, pos));
        }
    }
}

int
lane_grow(Lane *lane, Slab *slab, Memory *memory)
{
    Lane grown;
    uint32_t room = lane->holes > lane->room / 2 ? lane->room : 2 * lane->room;
    if (room > LARGEST || lane_furnish(&grown, memory, room) < 0) {
        return -1;
    }
    refill(&grown, lane, slab);
    grown.aged = lane_seek_key(&grown, slab, lane->bound);
    lane_free(lane, memory);
    *lane = grown;
    return 0;
}

/* A search by arrival or by key: what lies before it is a prefix of the lane. */
typedef struct {
    int by_key;
    uint64_t arrival;
    double key;
} Bound;

/* Returns 1 when an item of this arrival and key lies within the bound. */
static inline int
is_within(const Bound *bound, uint64_t arrival, double key)
{
    return bound->by_key ? key <= bound->key : arrival <= bound->arrival;
}

/* Returns 1 when the block that is `at` blocks behind the head's begins within the bound. */
static int
block_is_within(const Lane *lane, const Slab *slab, const Bound *bound, uint32_t at)
{
    (void)slab;
    const Block *block = lane_block(lane, (lane->head & ~(BLOCK - 1)) + at * BLOCK);
    return is_within(bound, block->first_arrival, block->first_key);
}

/* Returns 1 when the first item from a place on, in the same block, is within the bound. */
static int
item_is_within(const Lane *lane, const Slab *slab, const Bound *bound, uint32_t pos)
{
    do {
        if (!lane_is_hole(lane, pos)) {
            const Record *record = slab_at(slab, lane_item(lane, pos));
            return is_within(bound, record->arrival, record->key);
        }
    } while (++pos != lane->tail && pos % BLOCK != 0);
    return 0;
}

/* Returns the first number from `low` on, up to `high`, that is not within: by strides that double from a guess on, since
   arrivals are spread evenly enough for the guess to be close, and then by halves. */
static inline uint32_t
first_beyond(int (*within)(const Lane *, const Slab *, const Bound *, uint32_t), const Lane *lane,
             const Slab *slab, const Bound *bound, uint32_t low, uint32_t high, uint32_t guess)
{
    uint32_t width = high - low, from = guess - low, to = from, stride = 1;
    if (width > 0 && within(lane, slab, bound, guess)) {
        for (to = from + 1; to < width && within(lane, slab, bound, low + to); stride *= 2) {
            from = to;
            to = width - to > stride ? to + stride : width;
        }
        from++;
    }
    else {
        for (; from > 0 && !within(lane, slab, bound, low + from - 1); stride *= 2) {
            to = from - 1;
            from = from > stride ? from - stride : 0;
        }
    }
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (within(lane, slab, bound, low + middle)) {
            from = middle + 1;
        }
        else {
            to = middle;
        }
    }
    return low + from;
}

/* Returns a number below `width` in proportion to where the bound lies between two values. */
static inline uint32_t
guess_within(const Bound *bound, double first, double last, uint32_t width)
{
    double wanted = bound->by_key ? bound->key : (double)bound->arrival;
    double share = last > first ? (wanted - first) / (last - first) : 0.0;
    share = share > 0.0 ? (share < 1.0 ? share : 1.0) : 0.0;
    return width > 0 ? (uint32_t)(share * (width - 1)) : 0;
}

/* Returns an item's or block's value in the search's terms. */
static inline double
value_of(const Bound *bound, uint64_t arrival, double key)
{
    return bound->by_key ? key : (double)arrival;
}

/* Returns the first place beyond the bound: a search over blocks, then one inside the last that begins within it. */
static uint32_t
seek(const Lane *lane, const Slab *slab, const Bound *bound)
{
    if (lane->head == lane->tail) {
        return lane->tail;
    }
    uint32_t start = lane->head & ~(BLOCK - 1), blocks = (lane->tail - start + BLOCK - 1) / BLOCK;
    const Record *oldest = slab_at(slab, lane_item(lane, lane->head));
    const Record *newest = slab_at(slab, lane_item(lane, lane->tail - 1));
    double first = value_of(bound, oldest->arrival, oldest->key), last = value_of(bound, newest->arrival, newest->key);
    uint32_t guess = guess_within(bound, first, last, blocks - 1);
    uint32_t block = first_beyond(block_is_within, lane, slab, bound, 1, blocks, 1 + guess) - 1;
    uint32_t low = block == 0 ? lane->head : start + block * BLOCK, high = start + (block + 1) * BLOCK;
    if (block + 1 == blocks) {
        high = lane->tail;
    }
    else {
        const Block *next = lane_block(lane, high);
        last = value_of(bound, next->first_arrival, next->first_key);
    }
    if (block > 0) {
        first = value_of(bound, lane_block(lane, low)->first_arrival, lane_block(lane, low)->first_key);
    }
    guess = low + guess_within(bound, first, last, high - low);
    return first_beyond(item_is_within, lane, slab, bound, low, high, guess);
}

uint32_t
lane_seek_arrival(const Lane *lane, const Slab *slab, uint64_t arrival)
{
    return seek(lane, slab, &(Bound){0, arrival, 0.0});
}

uint32_t
lane_seek_key(Lane *lane, const Slab *slab, double bound)
{
    if (bound < lane->bound) {
        return seek(lane, slab, &(Bound){1, 0, bound});
    }
    uint32_t pos = lane->aged;
    while (pos != lane->tail && (lane_is_hole(lane, pos) || slab_at(slab, lane_item(lane, pos))->key <= bound)) {
        pos++;
    }
    lane->bound = bound;
    lane->aged = pos;
    return pos;
}
