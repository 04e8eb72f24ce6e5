#include "queue.h"

#include <math.h>
#include <string.h>

#define FLOW_BITS (UINT32_MAX >> 2)

int
queue_init(Queue *queue)
{
    slab_init(&queue->slab);
    queue->last_ms = -INFINITY;
    if (table_init(&queue->ids, &queue->memory) < 0 || flows_init(&queue->flows, &queue->memory) < 0) {
        return -1;
    }
    for (int priority = INTERACTIVE; priority <= BATCH; priority++) {
        if (lane_init(&queue->lanes[priority], &queue->memory, queue->order == STRICT) < 0) {
            return -1;
        }
        if (queue->order == WFQ && tags_init(&queue->tags[priority], &queue->memory) < 0) {
            return -1;
        }
    }
    return 0;
}

void
queue_free(Queue *queue)
{
    for (int priority = INTERACTIVE; priority <= BATCH; priority++) {
        if (queue->lanes[priority].ring != NULL) {
            lane_free(&queue->lanes[priority], &queue->memory);
        }
        tags_free(&queue->tags[priority], &queue->memory);
    }
    flows_free(&queue->flows, &queue->memory, &queue->names);
    table_free(&queue->ids, &queue->memory);
    slab_free(&queue->slab, &queue->memory);
}

int
queue_reserve(Queue *queue, uint32_t priority, int inside)
{
    Memory *memory = &queue->memory;
    if (slab_reserve(&queue->slab, memory) < 0 || table_reserve(&queue->ids, memory) < 0
        || flows_reserve(&queue->flows, memory) < 0
        || lane_reserve(&queue->lanes[priority], &queue->slab, memory, inside) < 0) {
        return -1;
    }
    return queue->order == WFQ ? tags_reserve(&queue->tags[priority], memory) : 0;
}

/* Returns how many batch items, from their head on, compete by arrival. */
static inline uint32_t
aged(Queue *queue, double now)
{
    Lane *batch = &queue->lanes[BATCH];
    double bound = now - queue->age;
    if (batch->head == batch->tail || slab_at(&queue->slab, lane_item(batch, batch->head))->key > bound) {
        return 0;
    }
    return lane_rank(batch, lane_seek_key(batch, &queue->slab, bound));
}

/* Returns a record's key. */
static inline Key
key_of(const Record *record)
{
    return (Key){record->key, record->arrival};
}

/* Returns 1 when one record is dispatched before the other under wfq. */
static inline int
comes_first(const Record *one, const Record *other)
{
    return one->key < other->key || (one->key == other->key && one->arrival < other->arrival);
}

uint32_t
queue_next(Queue *queue, double now, int hold_batch)
{
    Lane *interactive = &queue->lanes[INTERACTIVE], *batch = &queue->lanes[BATCH];
    if (interactive->head == interactive->tail || batch->head == batch->tail) {
        uint32_t priority = interactive->head == interactive->tail ? BATCH : INTERACTIVE;
        if (queue->lanes[priority].head == queue->lanes[priority].tail) {
            return NONE;
        }
        return queue->order == WFQ ? tags_first(&queue->tags[priority])
                                   : lane_item(&queue->lanes[priority], queue->lanes[priority].head);
    }
    if (queue->order == WFQ) {
        uint32_t one = tags_first(&queue->tags[INTERACTIVE]), other = tags_first(&queue->tags[BATCH]);
        int first = hold_batch || comes_first(slab_at(&queue->slab, one), slab_at(&queue->slab, other));
        return first ? one : other;
    }
    uint32_t one = lane_item(interactive, interactive->head), other = lane_item(batch, batch->head);
    const Record *oldest = slab_at(&queue->slab, other);
    /* OC-CORE-1053: a batch item that waited its bound competes by arrival; until then interactive goes first. */
    int overtakes = oldest->key <= now - queue->age && oldest->arrival < slab_at(&queue->slab, one)->arrival;
    return overtakes ? other : one;
}

uint32_t
queue_position(Queue *queue, uint32_t item, double now)
{
    const Record *record = slab_at(&queue->slab, item);
    uint32_t priority = record->priority;
    if (queue->order == WFQ) {
        return tags_rank_of(&queue->tags[priority], &queue->slab, item)
               + tags_rank(&queue->tags[!priority], &queue->slab, key_of(record));
    }
    Lane *interactive = &queue->lanes[INTERACTIVE], *batch = &queue->lanes[BATCH];
    uint32_t before = lane_rank(&queue->lanes[priority], record->pos);
    if (priority == INTERACTIVE) {
        uint32_t merged = aged(queue, now);
        if (merged > 0) {
            uint32_t earlier = lane_rank(batch, lane_seek_arrival(batch, &queue->slab, record->arrival));
            merged = earlier < merged ? earlier : merged;
        }
        return before + merged;
    }
    if (record->key <= now - queue->age) {
        return before + lane_rank(interactive, lane_seek_arrival(interactive, &queue->slab, record->arrival));
    }
    return before + lane_length(interactive);
}

/* Returns the start tag of a new item, were `victim` (or NONE) evicted first. */
static double
start_tag(const Queue *queue, const Item *new, uint32_t victim)
{
    double start = queue->virtual_time;
    if (new->flow == NONE) {
        return start;
    }
    const Flow *flow = &queue->flows.rows[new->flow];
    double finish = flow->finish;
    uint32_t last = flow->tail;
    if (victim != NONE && last == victim) {
        const Record *record = slab_at(&queue->slab, victim);
        finish -= record->cost / flow->weight;
        last = flow->head == victim ? NONE : record->prev;
    }
    start = finish > start ? finish : start;
    if (last != NONE && slab_at(&queue->slab, last)->key > start) {
        start = slab_at(&queue->slab, last)->key;
    }
    return start;
}

uint32_t
queue_position_of_new(Queue *queue, Item *new, uint32_t victim, double now)
{
    uint32_t interactive = lane_length(&queue->lanes[INTERACTIVE]), ahead = queue_length(queue);
    const Record *gone = victim == NONE ? NULL : slab_at(&queue->slab, victim);
    if (queue->order == WFQ) {
        new->key = start_tag(queue, new, victim);
        Key key = {new->key, UINT64_MAX};
        ahead = tags_rank_of_new(&queue->tags[new->priority], &queue->slab, key.tag)
                + tags_rank(&queue->tags[!new->priority], &queue->slab, key);
        return ahead - (gone != NULL && gone->key <= key.tag);
    }
    if (new->priority == INTERACTIVE) {
        ahead = interactive + aged(queue, now);
        int counted = gone != NULL
                      && (gone->priority == INTERACTIVE || gone->key <= now - queue->age);
        return ahead - counted;
    }
    return ahead - (gone != NULL);
}

/* Returns the lane that loses a place to a new item of a priority, or NULL. OC-CORE-1002 */
static Lane *
losing_lane(const Queue *queue, uint32_t priority, int *newest)
{
    const Lane *interactive = &queue->lanes[INTERACTIVE], *batch = &queue->lanes[BATCH];
    *newest = queue->policy == SHED_LOW_PRIORITY;
    if (queue->policy == REJECT || (queue->policy == SHED_LOW_PRIORITY && priority == BATCH)) {
        return NULL;
    }
    if (lane_evictable(batch, &queue->slab, 0) != batch->tail) {
        return (Lane *)batch;
    }
    int steps_in = queue->policy == DROP_LRU && priority == INTERACTIVE;
    return steps_in && lane_evictable(interactive, &queue->slab, 0) != interactive->tail ? (Lane *)interactive
                                                                                         : NULL;
}

uint32_t
queue_loser(const Queue *queue, uint32_t priority)
{
    int newest;
    const Lane *lane = losing_lane(queue, priority, &newest);
    return lane == NULL ? NONE : lane_item(lane, lane_evictable(lane, &queue->slab, newest));
}

uint32_t
queue_victim(Queue *queue, uint32_t priority, double now)
{
    int newest;
    Lane *lane = losing_lane(queue, priority, &newest);
    if (lane == NULL) {
        return NONE;
    }
    uint32_t pos = lane_doomed(lane, &queue->slab, now, newest);
    return lane_item(lane, pos != lane->tail ? pos : lane_evictable(lane, &queue->slab, newest));
}

/* Returns the number of an item's flow, which is made if it has to be. */
static uint32_t
flow_of(Queue *queue, const Item *item)
{
    uint32_t number = item->flow;
    queue->version++;
    if (number == NONE) {
        number = flows_new(&queue->flows, &queue->names, item->tenant_hash, item->tenant, item->priority);
    }
    if (queue->flows.rows[number].idle != NONE) {
        flows_wake(&queue->flows, number);
    }
    return number;
}

/* Returns the number of a new record with the item's values, known by its id and counted in its flow. */
static uint32_t
record_of(Queue *queue, const Item *item, uint32_t flow, double key, uint64_t arrival)
{
    uint32_t number = slab_new(&queue->slab);
    Record *record = slab_at(&queue->slab, number);
    record->id = item->id;
    record->payload = item->payload;
    record->key = key;
    record->latest = item->latest;
    record->cost = item->cost;
    record->arrival = arrival;
    record->flow = flow & FLOW_BITS;
    record->priority = item->priority & 1;
    record->started = item->started & 1;
    table_insert(&queue->ids, item->id_hash, number);
    queue->flows.rows[flow].waiting++;
    return number;
}

/* Returns the waiting item of a flow before which a record is dispatched, or NONE; sought from both ends, near which it is. */
static uint32_t
next_in_flow(const Queue *queue, const Flow *flow, const Record *record)
{
    uint32_t from_head = flow->head, from_tail = flow->tail, behind = NONE;
    while (from_tail != NONE && !comes_first(slab_at(&queue->slab, from_tail), record)) {
        if (comes_first(record, slab_at(&queue->slab, from_head))) {
            return from_head;
        }
        behind = from_tail;
        from_tail = slab_at(&queue->slab, from_tail)->prev; /* not beyond the head, which was seen to come first */
        from_head = slab_at(&queue->slab, from_head)->next;
    }
    return behind;
}

/* Adds a record to its flow's waiting items, which lie in the order of dispatch. */
static void
enter_flow(Queue *queue, uint32_t number)
{
    Record *record = slab_at(&queue->slab, number);
    Flow *flow = queue_flow(queue, record);
    uint32_t next = next_in_flow(queue, flow, record), prev = flow->tail;
    if (next != NONE) {
        prev = next == flow->head ? NONE : slab_at(&queue->slab, next)->prev;
    }
    record->next = next;
    record->prev = prev;
    *(prev == NONE ? &flow->head : &slab_at(&queue->slab, prev)->next) = number;
    *(next == NONE ? &flow->tail : &slab_at(&queue->slab, next)->prev) = number;
}

void
queue_add(Queue *queue, const Item *new, double now)
{
    queue->last_ms = now > queue->last_ms ? now : queue->last_ms;
    double key = queue->order == WFQ ? new->key : queue->last_ms;
    uint32_t flow = flow_of(queue, new);
    queue->flows.rows[flow].weight = new->weight;
    uint32_t number = record_of(queue, new, flow, key, queue->next_arrival++);
    lane_append(&queue->lanes[new->priority], &queue->slab, number);
    if (queue->order == WFQ) {
        queue->flows.rows[flow].finish = key + new->cost / new->weight;
        enter_flow(queue, number);
        tags_insert_new(&queue->tags[new->priority], &queue->slab, number);
    }
}

void
queue_put_back(Queue *queue, const Item *item)
{
    uint32_t flow = flow_of(queue, item);
    uint32_t number = record_of(queue, item, flow, item->key, item->arrival);
    lane_insert(&queue->lanes[item->priority], &queue->slab, number);
    if (queue->order == WFQ) {
        queue->flows.rows[flow].running--;
        queue->running--;
        enter_flow(queue, number);
        tags_insert(&queue->tags[item->priority], &queue->slab, number);
    }
}

void
queue_restore(Queue *queue, const Item *item)
{
    uint32_t flow = flow_of(queue, item);
    uint32_t number = record_of(queue, item, flow, item->key, item->arrival);
    lane_append(&queue->lanes[item->priority], &queue->slab, number);
    if (queue->order == WFQ) {
        tags_insert(&queue->tags[item->priority], &queue->slab, number);
    }
}

void
queue_link(Queue *queue, uint32_t *spare)
{
    for (uint32_t priority = INTERACTIVE; priority <= BATCH && queue->order == WFQ; priority++) {
        const uint32_t *end = tags_list(&queue->tags[priority], spare);
        for (const uint32_t *item = spare; item != end; item++) {
            enter_flow(queue, *item);
        }
    }
}

/* Takes a record out of its flow's waiting items. The new head keeps a `prev` that means nothing: to write it would fetch a
   record that is not needed yet. */
static inline void
leave_flow(Queue *queue, uint32_t number)
{
    const Record *record = slab_at(&queue->slab, number);
    Flow *flow = queue_flow(queue, record);
    int is_head = flow->head == number;
    *(is_head ? &flow->head : &slab_at(&queue->slab, record->prev)->next) = record->next;
    if (record->next == NONE) {
        flow->tail = is_head ? NONE : record->prev;
    }
    else if (!is_head) {
        slab_at(&queue->slab, record->next)->prev = record->prev;
    }
}

/* What leaving means for tags and virtual time; `is_last` of the flow's waiting items. */
static void
account(Queue *queue, const Record *record, int is_last, Reason reason, double used)
{
    Flow *flow = queue_flow(queue, record);
    if (reason == DISPATCHED) {
        double finish = record->key + record->cost / flow->weight;
        queue->virtual_time = fmax(queue->virtual_time, record->key);
        queue->largest_finish = fmax(queue->largest_finish, finish);
        flow->running++;
        queue->running++;
    }
    else if (record->started) {
        flow->finish += (used - record->cost) / flow->weight;
    }
    else if (is_last) {
        flow->finish -= record->cost / flow->weight;
    }
}

/* Has a flow that nothing keeps busy wait to be forgotten. */
static inline void
rest_if_idle(Queue *queue, uint32_t flow)
{
    if (queue->flows.rows[flow].waiting == 0 && queue->flows.rows[flow].running == 0) {
        flows_rest(&queue->flows, flow);
    }
}

Record
queue_take(Queue *queue, uint32_t item, uint32_t hash, Reason reason, double used)
{
    Record record = *slab_at(&queue->slab, item);
    queue->version++;
    table_remove(&queue->ids, hash, item);
    lane_remove(&queue->lanes[record.priority], record.pos);
    if (queue->order == WFQ) {
        leave_flow(queue, item);
        tags_remove(&queue->tags[record.priority], &queue->slab, &queue->memory, item);
        account(queue, &record, record.next == NONE, reason, used);
    }
    queue_flow(queue, &record)->waiting--;
    rest_if_idle(queue, record.flow);
    slab_drop(&queue->slab, item);
    return record;
}

/* Puts a record into the other flow of its tenant, which is made if it has to be. Returns the number of the one it was in. */
static uint32_t
change_flow(Queue *queue, uint32_t number, uint32_t tenant_hash)
{
    Record *record = slab_at(&queue->slab, number);
    uint32_t old = record->flow;
    Item item = {.tenant = queue->flows.rows[old].tenant, .tenant_hash = tenant_hash, .priority = !record->priority};
    queue_identify(queue, &item);
    uint32_t new = flow_of(queue, &item);
    record->flow = new & FLOW_BITS;
    record->priority = !record->priority;
    queue->flows.rows[old].waiting--;
    queue->flows.rows[new].waiting++;
    return old;
}

void
queue_reprioritise(Queue *queue, uint32_t item, uint32_t tenant_hash, double weight)
{
    Record *record = slab_at(&queue->slab, item);
    lane_remove(&queue->lanes[record->priority], record->pos);
    if (queue->order == WFQ) {
        int is_last = record->next == NONE;
        leave_flow(queue, item);
        tags_remove(&queue->tags[record->priority], &queue->slab, &queue->memory, item);
        account(queue, record, is_last, CANCELLED, 0.0);
    }
    uint32_t old = change_flow(queue, item, tenant_hash);
    Flow *flow = queue_flow(queue, record);
    lane_insert(&queue->lanes[record->priority], &queue->slab, item);
    flow->weight = weight;
    if (queue->order == WFQ) {
        record->key = start_tag(queue, &(Item){.flow = record->flow}, NONE);
        flow->finish = record->key + record->cost / weight;
        enter_flow(queue, item);
        tags_insert(&queue->tags[record->priority], &queue->slab, item);
    }
    rest_if_idle(queue, old);
}

void
queue_settle(Queue *queue, uint32_t flow, double correction)
{
    queue->version++;
    queue->flows.rows[flow].finish += correction;
    queue->flows.rows[flow].running--;
    queue->running--;
    rest_if_idle(queue, flow);
}

void
queue_rest(Queue *queue)
{
    if (queue->running == 0 && queue_length(queue) == 0) {
        queue->virtual_time = fmax(queue->virtual_time, queue->largest_finish);
    }
    flows_forget(&queue->flows, &queue->names, queue->virtual_time);
}

/* Writes a lane's items from a place to another; returns where that ends. */
static uint32_t *
list_lane(const Lane *lane, uint32_t from, uint32_t to, uint32_t *out)
{
    for (uint32_t pos = from; pos != to; pos++) {
        if (!lane_is_hole(lane, pos)) {
            *out++ = lane_item(lane, pos);
        }
    }
    return out;
}

/* Merges two runs that lie in `spare` one behind the other into `out`, by arrival or by key. */
static void
merge(const Queue *queue, int by_key, const uint32_t *one, const uint32_t *other, const uint32_t *end,
      uint32_t *out)
{
    const uint32_t *middle = other;
    while (one != middle || other != end) {
        int first = other == end;
        if (one != middle && other != end) {
            const Record *a = slab_at(&queue->slab, *one), *b = slab_at(&queue->slab, *other);
            first = by_key ? comes_first(a, b) : a->arrival < b->arrival;
        }
        *out++ = first ? *one++ : *other++;
    }
}

void
queue_list(Queue *queue, double now, uint32_t *out, uint32_t *spare)
{
    if (queue->order == WFQ) {
        uint32_t *middle = tags_list(&queue->tags[INTERACTIVE], spare);
        merge(queue, 1, spare, middle, tags_list(&queue->tags[BATCH], middle), out);
        return;
    }
    const Lane *interactive = &queue->lanes[INTERACTIVE];
    Lane *batch = &queue->lanes[BATCH];
    uint32_t young = lane_seek_key(batch, &queue->slab, now - queue->age);
    uint32_t *middle = list_lane(interactive, interactive->head, interactive->tail, spare);
    uint32_t *end = list_lane(batch, batch->head, young, middle);
    merge(queue, 0, spare, middle, end, out);
    list_lane(batch, young, batch->tail, out + (end - spare));
}

void
queue_list_arrivals(const Queue *queue, uint32_t *out, uint32_t *spare)
{
    const Lane *interactive = &queue->lanes[INTERACTIVE], *batch = &queue->lanes[BATCH];
    uint32_t *middle = list_lane(interactive, interactive->head, interactive->tail, spare);
    merge(queue, 0, spare, middle, list_lane(batch, batch->head, batch->tail, middle), out);
}
