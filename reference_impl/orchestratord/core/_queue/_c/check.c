/* What has to hold of a queue between any two calls; compiled into debug builds only. */
#include "queue.h"

#ifdef ORCHESTRATORD_QUEUE_DEBUG

#include <math.h>

#define HOLDS(condition)   \
    do {                   \
        if (!(condition)) { \
            return #condition; \
        }                  \
    } while (0)

/* Each returns NULL, or what does not hold. A table: sorted, each entry at or behind its home without a gap. */
static const char *
check_table(const Table *table)
{
    uint32_t used = 0, last = 0;
    for (uint32_t at = 0; at < table->size + table->slack; at++) {
        const TableEntry *entry = &table->entries[at];
        if (entry->item == NONE) {
            HOLDS(entry->hash == UINT32_MAX);
            continue;
        }
        HOLDS(entry->hash >= last && table_home(table, entry->hash) <= at);
        HOLDS(table_home(table, entry->hash) == at || table->entries[at - 1].item != NONE);
        last = entry->hash;
        used++;
    }
    HOLDS(used == table->used);
    HOLDS(table->entries[table->size + table->slack - 1].item == NONE);
    return NULL;
}

/* A lane: ranks, holes, places, bounds of blocks and regions, the aged prefix. */
static const char *
check_lane(const Queue *queue, const Lane *lane, uint32_t priority)
{
    uint32_t holes = 0;
    uint64_t last = 0;
    for (uint32_t pos = lane->head; pos != lane->tail; pos++) {
        HOLDS(!lane->ranked || lane_rank(lane, pos) == pos - lane->head - holes);
        if (pos % BLOCK == 0) {
            HOLDS(pos == lane->head || lane_block(lane, pos)->first_arrival + 1 >= last);
        }
        if (lane_is_hole(lane, pos)) {
            HOLDS(pos != lane->head && pos != lane->tail - 1);
            holes++;
            continue;
        }
        const Record *record = slab_at(&queue->slab, lane_item(lane, pos));
        HOLDS(record->id != NULL && record->pos == pos && record->arrival + 1 > last);
        HOLDS(record->priority == priority && queue_flow(queue, record)->priority == priority);
        HOLDS(queue->order == WFQ || (record->key <= lane->bound) == ((int32_t)(pos - lane->aged) < 0));
        if (!record->started) {
            HOLDS(record->latest == INFINITY || lane_block(lane, pos)->latest <= record->latest);
            HOLDS(record->latest == INFINITY || *lane_region(lane, pos) <= record->latest);
        }
        last = record->arrival + 1;
    }
    HOLDS(holes == lane->holes);
    HOLDS(lane->tail - lane->head <= lane->room && lane->head - lane->origin < lane->room);
    return NULL;
}

/* Checks a subtree and counts its items; `low` and `high` bound its tags. */
static const char *
check_subtree(const Queue *queue, const void *node, uint32_t depth, double low, double high, uint32_t *size)
{
    if (depth == 0) {
        const Leaf *leaf = node;
        HOLDS(leaf->first + leaf->count <= FAN);
        for (uint32_t at = leaf->first; at < leaf->first + leaf->count; at++) {
            const Record *record = slab_at(&queue->slab, leaf->items[at]);
            HOLDS(record->key == leaf->tags[at] && low <= leaf->tags[at] && leaf->tags[at] <= high);
            if (at > leaf->first) {
                HOLDS(leaf->tags[at - 1] < record->key
                      || slab_at(&queue->slab, leaf->items[at - 1])->arrival < record->arrival);
            }
        }
        *size = leaf->count;
        return NULL;
    }
    const Inner *inner = node;
    *size = 0;
    HOLDS(inner->count > 0 && inner->count <= FAN);
    for (uint32_t at = 0; at < inner->count; at++) {
        uint32_t below = 0;
        double from = at == 0 ? low : inner->tags[at], to = at + 1 < inner->count ? inner->tags[at + 1] : high;
        const char *broken = check_subtree(queue, inner->children[at], depth - 1, from, to, &below);
        if (broken != NULL) {
            return broken;
        }
        HOLDS(below > 0 && below == inner->sizes[at]);
        *size += below;
    }
    return NULL;
}

/* A flow: its list, in the order of dispatch, and its place among the idle. */
static const char *
check_flow(const Queue *queue, uint32_t number)
{
    const Flow *flow = &queue->flows.rows[number];
    uint32_t count = 0, last = NONE;
    HOLDS((flow->waiting == 0 && flow->running == 0) == (flow->idle != NONE));
    HOLDS(flow->idle == NONE || queue->flows.heap[flow->idle] == number);
    HOLDS(flow->idle == NONE || flow->finish > queue->virtual_time);
    if (queue->order == STRICT) {
        return NULL;
    }
    for (uint32_t item = flow->head; item != NONE; item = slab_at(&queue->slab, item)->next) {
        const Record *record = slab_at(&queue->slab, item);
        HOLDS(record->flow == number && (item == flow->head || record->prev == last));
        if (last != NONE) {
            const Record *before = slab_at(&queue->slab, last);
            HOLDS(before->key < record->key || (before->key == record->key && before->arrival < record->arrival));
        }
        last = item;
        count++;
    }
    HOLDS(flow->tail == last && flow->waiting == count);
    return NULL;
}

/* All flows: their counts add up to those of the queue. */
static const char *
check_flows(const Queue *queue)
{
    uint32_t waiting = 0, running = 0;
    for (uint32_t number = 0; number < queue->flows.fresh; number++) {
        if (queue->flows.rows[number].tenant == NULL) {
            continue;
        }
        const char *broken = check_flow(queue, number);
        if (broken != NULL) {
            return broken;
        }
        waiting += queue->flows.rows[number].waiting;
        running += queue->flows.rows[number].running;
    }
    HOLDS(waiting == queue_length(queue) && running == queue->running);
    return NULL;
}

const char *
queue_check(const Queue *queue)
{
    const char *broken = check_table(&queue->ids);
    if (broken == NULL) {
        broken = check_table(&queue->flows.index);
    }
    if (broken == NULL) {
        broken = check_flows(queue);
    }
    for (uint32_t priority = INTERACTIVE; priority <= BATCH && broken == NULL; priority++) {
        const Tags *tags = &queue->tags[priority];
        broken = check_lane(queue, &queue->lanes[priority], priority);
        if (broken == NULL && queue->order == WFQ) {
            uint32_t size = 0;
            broken = check_subtree(queue, tags->root, tags->depth, -INFINITY, INFINITY, &size);
            HOLDS(size == tags->length && size == lane_length(&queue->lanes[priority]));
        }
    }
    HOLDS(queue->ids.used == queue_length(queue));
    return broken;
}

#endif
