/* How an item gets a place in the middle of a lane: into a hole near by, and where there is none, holes are spread first.

   That is a packed-memory array (M. A. Bender, E. D. Demaine, M. Farach-Colton, "Cache-oblivious B-trees", FOCS 2000): of the
   windows around the place, each twice as wide as the one before, the first is evened out that has holes enough, and the wider
   a window, the more are enough. So what was evened out stays in order for long, and an insertion moves O(log^2 n) items,
   amortised. */
#include "lane.h"

#define SHARE 8 /* a lane that is evened out as a whole has a hole for each so many places */

/* Returns 1 when there is a hole, or the place beyond an end, `step` places from a place: up, or down. */
static inline int
is_free(const Lane *lane, uint32_t pos, int32_t step)
{
    uint32_t at = pos + (uint32_t)step;
    return at == lane->head - 1 || at == lane->tail || lane_is_hole(lane, at);
}

/* Moves the places from `pos` to a free one behind it up by one, and the item into `pos`. */
static void
push_up(Lane *lane, Slab *slab, uint32_t item, uint32_t pos, uint32_t free)
{
    if (free == lane->tail) {
        (void)lane_open_tail(lane);
    }
    else {
        lane_mark(lane, free, UINT64_C(1) << free % BLOCK, 0);
    }
    for (uint32_t to = free; to != pos; to--) {
        lane_put(lane, slab, to, lane_item(lane, to - 1))->pos = to;
    }
    lane_put(lane, slab, pos, item)->pos = pos;
}

/* Moves the places behind a free one, up to the one before `pos`, down by one, and the item to before `pos`. */
static void
push_down(Lane *lane, Slab *slab, uint32_t item, uint32_t pos, uint32_t free)
{
    if (free == lane->head - 1) {
        (void)lane_open_head(lane);
    }
    else {
        lane_mark(lane, free, UINT64_C(1) << free % BLOCK, 0);
    }
    for (uint32_t to = free; to + 1 != pos; to++) {
        lane_put(lane, slab, to, lane_item(lane, to + 1))->pos = to;
    }
    lane_put(lane, slab, pos - 1, item)->pos = pos - 1;
}

/* Puts an item before the one at a place. Returns 1, or 0 when no place near by is free. */
static int
squeeze_in(Lane *lane, Slab *slab, uint32_t item, uint32_t pos)
{
    for (int32_t step = 0; step <= (int32_t)NEAR; step++) {
        if (is_free(lane, pos, step)) {
            push_up(lane, slab, item, pos, pos + (uint32_t)step);
            return 1;
        }
        if (is_free(lane, pos, -step - 1)) {
            push_down(lane, slab, item, pos, pos - (uint32_t)step - 1);
            return 1;
        }
    }
    return 0;
}

/* Returns how many of `width` places are holes. */
static uint32_t
count_holes(const Lane *lane, uint32_t start, uint32_t width)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < width; at++) {
        count += (uint32_t)lane_is_hole(lane, start + at);
    }
    return count;
}

/* Packs the items of `width` places at their start; returns how many there are. Records and blocks do not know yet. */
static uint32_t
pack(Lane *lane, uint32_t start, uint32_t width)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < width; at++) {
        if (!lane_is_hole(lane, start + at)) {
            lane->ring[lane_index(lane, start + count++)] = lane_item(lane, start + at);
        }
    }
    return count;
}

/* Returns which of `width` places is the k-th of `count` items', at least 2, that are evenly spread from end to end. */
static inline uint32_t
even_place(uint32_t k, uint32_t count, uint32_t width)
{
    return (uint32_t)((uint64_t)k * (width - 1) / (count - 1));
}

/* Spreads `count` items, packed at the start, evenly over `width` places. */
static void
spread(Lane *lane, Slab *slab, uint32_t start, uint32_t count, uint32_t width)
{
    for (uint32_t k = count - 1; k > 0; k--) {
        uint32_t item = lane_item(lane, start + k);
        lane->ring[lane_index(lane, start + even_place(k, count, width))] = item;
    }
    uint32_t before = lane_item(lane, start);
    for (uint32_t at = 0, k = 0; at < width;) {
        uint64_t mask = 0, holes = 0;
        do {
            uint64_t bit = UINT64_C(1) << (start + at) % BLOCK;
            int is_hole = at != even_place(k, count, width);
            before = is_hole ? before : lane_item(lane, start + at);
            Record *record = lane_put(lane, slab, start + at, before); /* in holes too, which keeps searches in order */
            record->pos = is_hole ? record->pos : start + at;
            mask |= bit;
            holes |= is_hole ? bit : 0;
            k += !is_hole;
            at++;
        } while (at < width && (start + at) % BLOCK != 0);
        lane_mark(lane, start + at - 1, mask, holes);
    }
}

/* Evens the whole lane out, over more places where it has few holes. */
static void
even_all(Lane *lane, Slab *slab)
{
    uint32_t width = lane->tail - lane->head, items = lane_length(lane), least = items + items / (SHARE - 1);
    uint32_t count = pack(lane, lane->head, width);
    while (lane->tail - lane->head < least) {
        (void)lane_open_tail(lane);
    }
    spread(lane, slab, lane->head, count, width > least ? width : least);
}

/* Evens out the least window around a place that has holes enough for its width. */
static void
even_around(Lane *lane, Slab *slab, uint32_t pos)
{
    uint32_t below = pos - lane->head, above = lane->tail - pos, levels = 1;
    while (NEAR << levels < below + above) {
        levels++;
    }
    for (uint32_t level = 1; level < levels; level++) {
        uint32_t reach = NEAR << level, start = below < reach ? lane->head : pos - reach;
        uint32_t width = (above < reach ? lane->tail : pos + reach) - start;
        if ((uint64_t)count_holes(lane, start, width) * SHARE * levels >= (uint64_t)width * level) {
            spread(lane, slab, start, pack(lane, start, width), width);
            return;
        }
    }
    even_all(lane, slab);
}

void
lane_insert(Lane *lane, Slab *slab, uint32_t item)
{
    uint64_t arrival = slab_at(slab, item)->arrival;
    uint32_t pos = lane_seek_arrival(lane, slab, arrival);
    if (pos == lane->tail) {
        lane_append(lane, slab, item);
        return;
    }
    while (!squeeze_in(lane, slab, item, pos)) {
        even_around(lane, slab, pos);
        pos = lane_seek_arrival(lane, slab, arrival);
    }
    if (lane->ranked) {
        lane_count_aged(lane, slab);
    }
}
