/* The queue itself: ids, lanes, tags and flows joined under an order and a policy. It knows no Python object.

   Ids, tenants and payloads are pointers; references to ids and payloads belong to whoever calls. Whatever can fail is done
   in queue_reserve; what comes after it cannot. Semantics and the source of the formulas: the interface in __init__.py. */
#ifndef ORCHESTRATORD_QUEUE_QUEUE_H
#define ORCHESTRATORD_QUEUE_QUEUE_H

#include <stdint.h>

#include "flows.h"
#include "lane.h"
#include "slab.h"
#include "tags.h"

enum { INTERACTIVE, BATCH };
typedef enum { STRICT, WFQ } Order;
typedef enum { REJECT, DROP_LRU, SHED_LOW_PRIORITY } Policy;

/* Why an item leaves. */
typedef enum { DISPATCHED, CANCELLED, EVICTED } Reason;

typedef struct {
    Memory memory;
    Slab slab;
    Table ids;
    Lane lanes[2];
    Tags tags[2]; /* wfq only */
    Flows flows;
    Names names;
    Order order;
    Policy policy;
    uint32_t capacity;
    uint32_t running; /* wfq only: dispatched and not yet settled */
    double age;
    double last_ms; /* latest arrival */
    uint64_t version; /* counts changes */
    double virtual_time;
    double largest_finish; /* of the dispatched */
    uint64_t next_arrival;
} Queue;

/* An item that comes, or comes back. */
typedef struct {
    void *id;
    void *payload;
    void *tenant;
    uint32_t id_hash;
    uint32_t tenant_hash;
    uint32_t priority;
    uint32_t started;
    uint32_t flow; /* set by queue_identify; NONE when there is none yet */
    double key;    /* set for one that comes back; queue_position_of_new sets the start tag under wfq */
    double latest;
    double cost;
    double weight;
    uint64_t arrival; /* set for one that comes back */
} Item;

/* Returns 0, or -1 when there is no memory; order, policy, capacity, age and names are set before. */
int queue_init(Queue *queue);

/* Gives all memory back. The references of waiting items have been taken over before. */
void queue_free(Queue *queue);

static inline uint32_t
queue_length(const Queue *queue)
{
    return lane_length(&queue->lanes[INTERACTIVE]) + lane_length(&queue->lanes[BATCH]);
}

/* Returns the waiting item of an id, or NONE. */
static inline uint32_t
queue_find(const Queue *queue, uint32_t hash, const void *id)
{
    for (uint32_t at = table_first(&queue->ids, hash); table_matches(&queue->ids, at, hash); at++) {
        const void *other = slab_at(&queue->slab, queue->ids.entries[at].item)->id;
        if (other == id || queue->names.same(other, id)) {
            return queue->ids.entries[at].item;
        }
    }
    return NONE;
}

static inline Flow *
queue_flow(const Queue *queue, const Record *record)
{
    return &queue->flows.rows[record->flow];
}

/* Makes sure that one more item of a priority can come, as the last arrival or, if `inside`, before others; the same item
   from the other priority, too. Returns 0, or -1 when there is no memory; then nothing changed. */
int queue_reserve(Queue *queue, uint32_t priority, int inside);

/* Returns the item that would be dispatched, or NONE. With `hold_batch`, under wfq, no batch item while another waits. */
uint32_t queue_next(Queue *queue, double now, int hold_batch);

/* Returns how many items would be dispatched before one that waits. */
uint32_t queue_position(Queue *queue, uint32_t item, double now);

/* Finds the flow of an item. Good until queue_rest. */
static inline void
queue_identify(const Queue *queue, Item *item)
{
    item->flow = flows_find(&queue->flows, &queue->names, item->tenant_hash, item->tenant, item->priority);
}

/* Returns how many would be dispatched before a new item, were `victim` (or NONE) evicted first; sets its start tag. */
uint32_t queue_position_of_new(Queue *queue, Item *new, uint32_t victim, double now);

/* Returns who gives up a place for a new item of a priority when the queue is full, or NONE, which refuses the new one. */
uint32_t queue_victim(Queue *queue, uint32_t priority, double now);

/* Returns the waiting item that would lose a place to a new one of a priority, deadlines aside, or NONE. */
uint32_t queue_loser(const Queue *queue, uint32_t priority);

/* Adds a new item, whose position was asked for, as the last arrival; room was reserved. */
void queue_add(Queue *queue, const Item *new, double now);

/* Adds an item with the key and arrival that it had, counted as running under wfq until now; room was reserved. */
void queue_put_back(Queue *queue, const Item *item);

/* Adds an item with its key and arrival, which is the largest so far; room was reserved. Flows do not know it until
   queue_link. */
void queue_restore(Queue *queue, const Item *item);

/* After the last queue_restore: has the flows know their items. `spare` has room for all items. */
void queue_link(Queue *queue, uint32_t *spare);

/* Moves a waiting item to the other priority, for which room was reserved, with its arrival: under strict to the place that
   this gives it; under wfq it leaves its flow as if cancelled and enters the other with a new start tag. */
void queue_reprioritise(Queue *queue, uint32_t item, uint32_t tenant_hash, double weight);

/* Takes an item out. Its references, in the record that is returned, are now the caller's; its flow may be gone.
   `used` is the cost that a cancelled item which had run has caused. */
Record queue_take(Queue *queue, uint32_t item, uint32_t hash, Reason reason, double used);

/* Ends a dispatched item of a flow: its finish tag moves by `correction`. */
void queue_settle(Queue *queue, uint32_t flow, double correction);

/* Ends the busy period if nothing waits or runs, and forgets idle flows. After every call that took something out. */
void queue_rest(Queue *queue);

/* Writes all waiting items in dispatch order to `out`, which has room for them; `spare` has as much. */
void queue_list(Queue *queue, double now, uint32_t *out, uint32_t *spare);

/* The same in order of arrival. */
void queue_list_arrivals(const Queue *queue, uint32_t *out, uint32_t *spare);

#ifdef ORCHESTRATORD_QUEUE_DEBUG
/* Returns NULL, or what about the queue is not as it has to be. */
const char *queue_check(const Queue *queue);
#endif

#endif
