/* Where in a lane an arrival or a key belongs: among the blocks, then within one. */
#include <math.h>

#include "lane.h"

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

/* Returns an item's or block's value in the search's terms. */
static inline double
value_of(const Bound *bound, uint64_t arrival, double key)
{
    return bound->by_key ? key : (double)arrival;
}

/* Returns 1 when the block that is `at` blocks behind the head's begins within the bound. */
static inline int
block_is_within(const Lane *lane, const Bound *bound, uint32_t at)
{
    const Block *block = lane_block(lane, (lane->head & ~(BLOCK - 1)) + at * BLOCK);
    return is_within(bound, block->first_arrival, block->first_key);
}

/* Returns a number below `width` in proportion to where the bound lies between two values. */
static inline uint32_t
guess_within(const Bound *bound, double first, double last, uint32_t width)
{
    double wanted = value_of(bound, bound->arrival, bound->key);
    double share = last > first ? (wanted - first) / (last - first) : 0.0;
    share = share > 0.0 ? (share < 1.0 ? share : 1.0) : 0.0;
    return width > 0 ? (uint32_t)(share * (width - 1)) : 0;
}

/* Returns the last of the lane's blocks, counted from the head's, that begins within the bound; the head's always does.
   From a guess on by strides that double, since arrivals are spread evenly enough for the guess to be close; then by halves. */
static uint32_t
last_block_within(const Lane *lane, const Bound *bound, uint32_t count, uint32_t guess)
{
    uint32_t from = guess, to = count, stride = 1; /* `from` is within, `to` is not */
    if (guess == 0 || block_is_within(lane, bound, guess)) {
        while (to - from > stride) {
            if (!block_is_within(lane, bound, from + stride)) {
                to = from + stride;
                break;
            }
            from += stride;
            stride *= 2;
        }
    }
    else {
        to = guess;
        for (from = to - 1; from > 0 && !block_is_within(lane, bound, from); stride *= 2) {
            to = from;
            from = from > stride ? from - stride : 0;
        }
    }
    while (to - from > 1) {
        uint32_t middle = from + (to - from) / 2;
        *(block_is_within(lane, bound, middle) ? &from : &to) = middle;
    }
    return from;
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

/* Returns the first place from `low` on, up to `high` in the same block, that is beyond the bound, asking the records. */
static uint32_t
first_beyond(const Lane *lane, const Slab *slab, const Bound *bound, uint32_t low, uint32_t high)
{
    while (low != high) {
        uint32_t middle = low + (high - low) / 2;
        if (item_is_within(lane, slab, bound, middle)) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low;
}

/* The same for an arrival that is less than 2^32 behind `first`, as all stamps are. */
static inline uint32_t
first_beyond_stamp(const Lane *lane, uint64_t first, uint64_t arrival, uint32_t low, uint32_t high)
{
    const uint32_t *stamps = lane->stamps + lane_index(lane, low);
    uint32_t within = 0, reach = (uint32_t)(arrival - first);
    for (uint32_t at = 0; at < high - low; at++) {
        within += stamps[at] - (uint32_t)first <= reach;
    }
    return low + within;
}

/* Returns the first place beyond the bound: a search over blocks, then one inside the last that begins within it. */
static uint32_t
seek(const Lane *lane, const Slab *slab, const Bound *bound)
{
    if (lane->head == lane->tail) {
        return lane->tail;
    }
    uint32_t start = lane->head & ~(BLOCK - 1), count = (lane->tail - start + BLOCK - 1) / BLOCK;
    const Record *oldest = slab_at(slab, lane_item(lane, lane->head));
    const Record *newest = slab_at(slab, lane_item(lane, lane->tail - 1));
    if (!is_within(bound, oldest->arrival, oldest->key)) {
        return lane->head;
    }
    if (is_within(bound, newest->arrival, newest->key)) {
        return lane->tail;
    }
    double from = value_of(bound, oldest->arrival, oldest->key), to = value_of(bound, newest->arrival, newest->key);
    uint32_t at = last_block_within(lane, bound, count, guess_within(bound, from, to, count));
    uint32_t low = at == 0 ? lane->head : start + at * BLOCK, high = start + (at + 1) * BLOCK;
    uint64_t first = at == 0 ? oldest->arrival : lane_block(lane, low)->first_arrival;
    uint64_t end = at + 1 == count ? newest->arrival : lane_block(lane, high)->first_arrival;
    high = at + 1 == count ? lane->tail : high;
    if (lane->ranked && !bound->by_key && end - first <= UINT32_MAX) {
        return first_beyond_stamp(lane, first, bound->arrival, low, high);
    }
    return first_beyond(lane, slab, bound, low, high);
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

void
lane_count_aged(Lane *lane, const Slab *slab)
{
    double bound = lane->bound;
    lane->bound = INFINITY; /* has the search start afresh */
    lane->aged = lane_seek_key(lane, slab, bound);
    lane->bound = bound;
}
