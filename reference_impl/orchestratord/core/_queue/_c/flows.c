#include "flows.h"

#include <string.h>

#define SMALLEST 16u
#define LARGEST (UINT32_C(1) << 30) /* a record has as many bits for a flow's number */

int
flows_init(Flows *flows, Memory *memory)
{
    memset(flows, 0, sizeof *flows);
    flows->free = NONE;
    return table_init(&flows->index, memory);
}

void
flows_free(Flows *flows, Memory *memory, const Names *names)
{
    for (uint32_t number = 0; number < flows->fresh; number++) {
        if (flows->rows[number].tenant != NULL) {
            names->drop(flows->rows[number].tenant);
        }
    }
    memory_give(memory, flows->rows, flows->room * sizeof *flows->rows);
    memory_give(memory, flows->heap, flows->room * sizeof *flows->heap);
    table_free(&flows->index, memory);
    memset(flows, 0, sizeof *flows);
}

int
flows_widen(Flows *flows, Memory *memory)
{
    uint32_t room = flows->room ? 2 * flows->room : SMALLEST;
    Flow *rows = room > LARGEST ? NULL : memory_take(memory, room * sizeof *rows);
    if (rows == NULL) {
        return -1;
    }
    uint32_t *heap = memory_take(memory, room * sizeof *heap);
    if (heap == NULL) {
        memory_give(memory, rows, room * sizeof *rows);
        return -1;
    }
    if (flows->room) {
        memcpy(rows, flows->rows, flows->fresh * sizeof *rows);
        memcpy(heap, flows->heap, flows->idle_count * sizeof *heap);
    }
    memory_give(memory, flows->rows, flows->room * sizeof *rows);
    memory_give(memory, flows->heap, flows->room * sizeof *heap);
    flows->rows = rows;
    flows->heap = heap;
    flows->room = room;
    return 0;
}

uint32_t
flows_new(Flows *flows, const Names *names, uint32_t hash, void *tenant, uint32_t priority)
{
    uint32_t number = flows->free;
    if (number == NONE) {
        number = flows->fresh++;
    }
    else {
        flows->free = flows->rows[number].next;
    }
    names->hold(tenant);
    flows->rows[number] = (Flow){
        .tenant = tenant,
        .hash = hash ^ (priority * UINT32_C(0x9e3779b9)),
        .priority = priority,
        .weight = 1.0,
        .head = NONE,
        .tail = NONE,
        .idle = NONE,
    };
    table_insert(&flows->index, flows->rows[number].hash, number);
    return number;
}

/* Puts a flow into a place of the heap. */
static inline void
place(Flows *flows, uint32_t at, uint32_t number)
{
    flows->heap[at] = number;
    flows->rows[number].idle = at;
}

/* Returns the finish tag at a place of the heap. */
static inline double
finish_at(const Flows *flows, uint32_t at)
{
    return flows->rows[flows->heap[at]].finish;
}

/* Moves the flow at a place of the heap up until its parent is not larger. */
static void
sift_up(Flows *flows, uint32_t at)
{
    uint32_t number = flows->heap[at];
    while (at > 0 && finish_at(flows, (at - 1) / 2) > flows->rows[number].finish) {
        place(flows, at, flows->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(flows, at, number);
}

/* Moves the flow at a place of the heap down until no child is smaller. */
static void
sift_down(Flows *flows, uint32_t at)
{
    uint32_t number = flows->heap[at];
    for (uint32_t child = 2 * at + 1; child < flows->idle_count; child = 2 * at + 1) {
        if (child + 1 < flows->idle_count && finish_at(flows, child + 1) < finish_at(flows, child)) {
            child++;
        }
        if (finish_at(flows, child) >= flows->rows[number].finish) {
            break;
        }
        place(flows, at, flows->heap[child]);
        at = child;
    }
    place(flows, at, number);
}

void
flows_rest(Flows *flows, uint32_t number)
{
    flows->heap[flows->idle_count] = number;
    sift_up(flows, flows->idle_count++);
}

void
flows_wake(Flows *flows, uint32_t number)
{
    uint32_t at = flows->rows[number].idle, moved = flows->heap[--flows->idle_count];
    flows->rows[number].idle = NONE;
    if (moved == number) {
        return;
    }
    place(flows, at, moved);
    sift_up(flows, at);
    sift_down(flows, flows->rows[moved].idle);
}

void
flows_forget(Flows *flows, const Names *names, double virtual_time)
{
    while (flows->idle_count > 0 && finish_at(flows, 0) <= virtual_time) {
        uint32_t number = flows->heap[0];
        Flow *flow = &flows->rows[number];
        flows_wake(flows, number);
        table_remove(&flows->index, flow->hash, number);
        names->drop(flow->tenant);
        flow->tenant = NULL;
        flow->next = flows->free;
        flows->free = number;
    }
}
