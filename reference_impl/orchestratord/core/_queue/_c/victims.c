/* Who of a lane gives up a place: the oldest or newest that never ran, and before it one that would be too late anyway. */
#include <math.h>

#include "lane.h"

uint32_t
lane_evictable(const Lane *lane, const Slab *slab, int newest)
{
    uint32_t pos = newest ? lane->tail - 1 : lane->head;
    for (uint32_t left = lane->tail - lane->head; left > 0; left--) {
        if (!lane_is_hole(lane, pos) && !slab_at(slab, lane_item(lane, pos))->started) {
            return pos;
        }
        pos += newest ? -1u : 1u;
    }
    return lane->tail;
}

/* Returns the place in the block from `start` on that is wanted, or the tail; then the block's bound is made exact. */
static uint32_t
doomed_in_block(Lane *lane, const Slab *slab, uint32_t start, double now, int newest)
{
    double least = INFINITY;
    for (uint32_t step = 0; step < BLOCK; step++) {
        uint32_t pos = start + (newest ? BLOCK - 1 - step : step);
        if (pos - lane->head >= lane->tail - lane->head || lane_is_hole(lane, pos)) {
            continue;
        }
        const Record *record = slab_at(slab, lane_item(lane, pos));
        if (record->started) {
            continue;
        }
        if (record->latest < now) {
            return pos;
        }
        least = fmin(least, record->latest);
    }
    lane_block(lane, start)->latest = least;
    return lane->tail;
}

/* Makes the bound of the region exact in which the block from `start` on lies. */
static void
tighten_region(Lane *lane, uint32_t start)
{
    uint32_t first = lane->head & ~(BLOCK - 1), count = lane->room / BLOCK;
    uint32_t region = lane_index(lane, start) / (BLOCK * REGION), head = lane_index(lane, first) / BLOCK;
    double least = INFINITY;
    for (uint32_t at = region * REGION; at < (region + 1) * REGION && at < count; at++) {
        uint32_t beyond = at >= head ? at - head : at + count - head; /* blocks from the head's to this one */
        if (beyond * BLOCK < lane->tail - first) {
            least = fmin(least, lane->blocks[at].latest);
        }
    }
    lane->regions[region] = least;
}

/* Returns how many blocks from `start` on, in the direction, share its region. */
static uint32_t
blocks_to_region_end(const Lane *lane, uint32_t start, int newest)
{
    uint32_t at = lane_index(lane, start) / BLOCK, count = lane->room / BLOCK;
    uint32_t end = at - at % REGION + REGION;
    return newest ? at % REGION + 1 : (end < count ? end : count) - at;
}

uint32_t
lane_doomed(Lane *lane, const Slab *slab, double now, int newest)
{
    if (lane->head == lane->tail) {
        return lane->tail;
    }
    uint32_t first = lane->head & ~(BLOCK - 1);
    uint32_t left = (lane->tail - first + BLOCK - 1) / BLOCK;
    uint32_t start = newest ? (lane->tail - 1) & ~(BLOCK - 1) : first;
    while (left > 0) {
        uint32_t run = blocks_to_region_end(lane, start, newest), from = start;
        run = run < left ? run : left;
        int promising = *lane_region(lane, start) < now;
        for (uint32_t step = 0; step < run; step++, start += newest ? -BLOCK : BLOCK) {
            if (!promising || lane_block(lane, start)->latest >= now) {
                continue;
            }
            uint32_t pos = doomed_in_block(lane, slab, start, now, newest);
            if (pos != lane->tail) {
                return pos;
            }
        }
        if (promising) {
            tighten_region(lane, from);
        }
        left -= run;
    }
    return lane->tail;
}
