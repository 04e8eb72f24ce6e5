/* The queue as a whole: iteration in dispatch order, snapshot and restore. */
#include "types.h"

#include <string.h>

/* A waiting item with references of its own, which stay good whatever runs. */
typedef struct {
    Record record;
    PyObject *tenant;
    uint32_t priority;
} Held;

/* Drops the references of held items, and their array. */
static void
let_go(Held *held, uint32_t count)
{
    for (uint32_t at = 0; at < count; at++) {
        Py_DECREF(held[at].record.id);
        Py_DECREF(held[at].record.payload);
        Py_DECREF(held[at].tenant);
    }
    PyMem_Free(held);
}

/* Returns all waiting items, in dispatch order or by arrival, for let_go; or NULL with an error. */
static Held *
hold_all(QueueObject *self, int by_arrival, double now, uint32_t *count)
{
    Queue *core = &self->core;
    uint32_t waiting = *count = queue_length(core);
    uint32_t *numbers = memory_refuses(&core->memory) ? NULL : PyMem_Malloc((2 * (size_t)waiting + 1) * sizeof *numbers);
    Held *held = memory_refuses(&core->memory) ? NULL : PyMem_Malloc(((size_t)waiting + 1) * sizeof *held);
    if (numbers == NULL || held == NULL) {
        PyMem_Free(numbers);
        PyMem_Free(held);
        PyErr_NoMemory();
        return NULL;
    }
    if (by_arrival) {
        queue_list_arrivals(core, numbers, numbers + waiting);
    }
    else {
        queue_list(core, now, numbers, numbers + waiting);
    }
    for (uint32_t at = 0; at < waiting; at++) {
        const Record *record = slab_at(&core->slab, numbers[at]);
        const Flow *flow = queue_flow(core, record);
        held[at].record = *record;
        held[at].tenant = Py_NewRef(flow->tenant);
        held[at].priority = flow->priority;
        Py_INCREF(record->id);
        Py_INCREF(record->payload);
    }
    PyMem_Free(numbers);
    return held;
}

/* Returns a new Entry, or NULL with an error. */
static PyObject *
entry_of(State *state, const Held *held)
{
    PyObject *fields[] = {Py_NewRef(held->record.id), Py_NewRef(held->record.payload),
                          PyLong_FromUnsignedLong(held->priority), Py_NewRef(held->tenant)};
    return make_tuple(state->entry, fields, 4);
}

/* Returns a new SavedItem, or NULL with an error. */
static PyObject *
saved_item_of(State *state, const Held *held)
{
    const Record *record = &held->record;
    PyObject *fields[] = {
        Py_NewRef(record->id),
        Py_NewRef(record->payload),
        PyLong_FromUnsignedLong(held->priority),
        Py_NewRef(held->tenant),
        PyLong_FromUnsignedLongLong(record->arrival),
        PyFloat_FromDouble(record->key),
        PyFloat_FromDouble(record->latest),
        PyFloat_FromDouble(record->cost),
        PyBool_FromLong(record->started),
    };
    return make_tuple(state->saved_item, fields, 9);
}

/* Returns a tuple of all waiting items as `make` makes them, or NULL with an error. */
static PyObject *
tuple_of_items(QueueObject *self, int by_arrival, double now, PyObject *(*make)(State *, const Held *))
{
    uint32_t count;
    Held *held = hold_all(self, by_arrival, now, &count);
    if (held == NULL) {
        return NULL;
    }
    PyObject *items = PyTuple_New(count);
    for (uint32_t at = 0; at < count && items != NULL; at++) {
        PyObject *item = make(self->state, &held[at]);
        if (item == NULL) {
            Py_CLEAR(items);
            break;
        }
        PyTuple_SET_ITEM(items, at, item);
    }
    let_go(held, count);
    return items;
}

/* ordered(now_ms). Returns a new iterator over new Entries, or NULL with an error. */
PyObject *
queue_ordered(QueueObject *self, PyObject *value)
{
    double now;
    if (read_time(value, &now) < 0) {
        return NULL;
    }
    PyObject *items = tuple_of_items(self, 0, now, entry_of);
    if (items == NULL) {
        return NULL;
    }
    PyObject *iterator = PyObject_GetIter(items);
    Py_DECREF(items);
    return iterator;
}

/* Returns a new SavedFlow, or NULL with an error. */
static PyObject *
saved_flow_of(State *state, const Flow *flow)
{
    PyObject *fields[] = {Py_NewRef(flow->tenant), PyLong_FromUnsignedLong(flow->priority),
                          PyFloat_FromDouble(flow->weight), PyFloat_FromDouble(flow->finish)};
    return make_tuple(state->saved_flow, fields, 4);
}

/* Returns a tuple of the flows of order wfq, by tenant and priority, or NULL with an error. */
static PyObject *
saved_flows(QueueObject *self)
{
    const Flows *flows = &self->core.flows;
    PyObject *list = PyList_New(0);
    for (uint32_t number = 0; list != NULL && self->core.order == WFQ && number < flows->fresh; number++) {
        if (flows->rows[number].tenant == NULL) {
            continue;
        }
        Flow flow = flows->rows[number];
        PyObject *saved = saved_flow_of(self->state, &flow);
        if (saved == NULL || PyList_Append(list, saved) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(saved);
    }
    if (list == NULL || PyList_Sort(list) < 0) {
        Py_XDECREF(list);
        return NULL;
    }
    PyObject *tuple = PyList_AsTuple(list);
    Py_DECREF(list);
    return tuple;
}

/* snapshot(). Returns a new Snapshot, or NULL with an error. */
PyObject *
queue_snapshot(QueueObject *self, PyObject *unused)
{
    (void)unused;
    const Queue *core = &self->core;
    for (;;) {
        uint64_t version = core->version;
        PyObject *fields[] = {
            PyUnicode_FromString(core->order == WFQ ? "wfq" : "strict"),
            PyLong_FromUnsignedLongLong(core->next_arrival),
            PyFloat_FromDouble(core->last_ms),
            PyFloat_FromDouble(core->virtual_time),
            PyFloat_FromDouble(core->largest_finish),
            NULL,
            NULL,
        };
        fields[5] = saved_flows(self);
        fields[6] = fields[5] == NULL ? NULL : tuple_of_items(self, 1, 0.0, saved_item_of);
        PyObject *snapshot = make_tuple(self->state->snapshot, fields, 7);
        if (snapshot == NULL || version == core->version) {
            return snapshot;
        }
        Py_DECREF(snapshot); /* making it ran code that changed the queue */
    }
}

/* Sets SnapshotError. Returns -1. */
static int
unfit(State *state, const char *why)
{
    PyErr_Format(state->snapshot_error, "this is no snapshot of such a queue: %s", why);
    return -1;
}

#define LARGEST_TAG 1e300

/* Reads a tag or a time. Returns 0, or -1 with an error. */
static int
read_finite(State *state, PyObject *value, double *number)
{
    *number = PyFloat_AsDouble(value);
    if (*number == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    return fabs(*number) <= LARGEST_TAG ? 0 : unfit(state, "a number is out of range");
}

/* Adds a saved flow to the new queue. Returns 0, or -1 with an error. */
static int
restore_flow(State *state, Queue *core, PyObject *saved)
{
    Item item = {0};
    double finish;
    if (!PyTuple_Check(saved) || PyTuple_GET_SIZE(saved) != 4) {
        return unfit(state, "a flow has four fields");
    }
    item.tenant = PyTuple_GET_ITEM(saved, 0);
    if (read_id(item.tenant, "a tenant") < 0 || read_priority(state, PyTuple_GET_ITEM(saved, 1), &item.priority) < 0
        || read_weight(PyTuple_GET_ITEM(saved, 2), &item.weight) < 0
        || read_finite(state, PyTuple_GET_ITEM(saved, 3), &finish) < 0) {
        return -1;
    }
    item.tenant_hash = hash_of(item.tenant);
    queue_identify(core, &item);
    if (item.flow != NONE) {
        return unfit(state, "a flow is there twice");
    }
    if (flows_reserve(&core->flows, &core->memory) < 0) {
        return no_memory();
    }
    item.flow = flows_new(&core->flows, &core->names, item.tenant_hash, item.tenant, item.priority);
    core->flows.rows[item.flow].weight = item.weight;
    core->flows.rows[item.flow].finish = finish;
    flows_rest(&core->flows, item.flow);
    return 0;
}

/* Reads a saved item. Returns 0, or -1 with an error. */
static int
read_saved(State *state, PyObject *saved, Item *item)
{
    if (!PyTuple_Check(saved) || PyTuple_GET_SIZE(saved) != 9) {
        return unfit(state, "an item has nine fields");
    }
    PyObject **values = &PyTuple_GET_ITEM(saved, 0);
    *item = (Item){.id = values[0], .payload = values[1], .tenant = values[3], .weight = 1.0};
    int started = PyObject_IsTrue(values[8]);
    if (started < 0 || read_id(values[0], "an id") < 0 || read_priority(state, values[2], &item->priority) < 0
        || read_id(values[3], "a tenant") < 0 || read_finite(state, values[5], &item->key) < 0
        || read_latest(values[6], &item->latest) < 0 || read_cost(values[7], "a cost", &item->cost) < 0) {
        return -1;
    }
    item->arrival = PyLong_AsUnsignedLongLong(values[4]);
    if (item->arrival == UINT64_MAX && PyErr_Occurred()) {
        return -1;
    }
    item->started = (uint32_t)started;
    item->id_hash = hash_of(item->id);
    item->tenant_hash = hash_of(item->tenant);
    return 0;
}

/* What the item before the next one says about that. */
typedef struct {
    uint64_t next_arrival;
    double last_key;
} Progress;

/* Adds a saved item to the new queue. Returns 0, or -1 with an error. */
static int
restore_item(State *state, Queue *core, PyObject *saved, Progress *progress)
{
    Item item;
    if (read_saved(state, saved, &item) < 0) {
        return -1;
    }
    queue_identify(core, &item);
    if (core->order == WFQ && item.flow == NONE) {
        return unfit(state, "the flow of an item is not there");
    }
    int falls = core->order == STRICT && item.key < progress->last_key;
    if (falls || item.arrival < progress->next_arrival || item.arrival >= core->next_arrival) {
        return unfit(state, "the items do not lie in the order of arrival");
    }
    if (queue_find(core, item.id_hash, item.id) != NONE) {
        PyErr_Format(state->duplicate_id_error, "an item of id %R waits already", item.id);
        return -1;
    }
    if (queue_reserve(core, item.priority, 0) < 0) {
        return no_memory();
    }
    Py_INCREF(item.id);
    Py_INCREF(item.payload);
    queue_restore(core, &item);
    progress->next_arrival = item.arrival + 1;
    progress->last_key = item.key;
    return 0;
}

/* Reads the counters of a snapshot. Returns 0, or -1 with an error. */
static int
restore_counters(State *state, Queue *core, PyObject **values)
{
    const char *order = core->order == WFQ ? "wfq" : "strict";
    if (!PyUnicode_Check(values[0]) || PyUnicode_CompareWithASCIIString(values[0], order) != 0) {
        return unfit(state, "it has another order");
    }
    core->next_arrival = PyLong_AsUnsignedLongLong(values[1]);
    if (core->next_arrival == UINT64_MAX && PyErr_Occurred()) {
        return -1;
    }
    core->last_ms = PyFloat_AsDouble(values[2]);
    if (core->last_ms == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    if (isnan(core->last_ms) || core->last_ms == INFINITY) {
        return unfit(state, "the latest arrival is no time");
    }
    return read_finite(state, values[3], &core->virtual_time) < 0 ? -1
                                                                  : read_finite(state, values[4], &core->largest_finish);
}

/* Has the flows of the new queue know their items. Returns 0, or -1 with an error. */
static int
link_items(Queue *core)
{
    size_t room = queue_length(core) + (size_t)1;
    uint32_t *spare = memory_refuses(&core->memory) ? NULL : PyMem_Malloc(room * sizeof *spare);
    if (spare == NULL) {
        return no_memory();
    }
    queue_link(core, spare);
    PyMem_Free(spare);
    return 0;
}

/* Fills the new queue from a snapshot. Returns 0, or -1 with an error. */
static int
restore_all(State *state, Queue *core, PyObject **values)
{
    if (restore_counters(state, core, values) < 0) {
        return -1;
    }
    if (!PyTuple_Check(values[5]) || !PyTuple_Check(values[6])) {
        return unfit(state, "flows and items are tuples");
    }
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(values[5]); at++) {
        if (restore_flow(state, core, PyTuple_GET_ITEM(values[5], at)) < 0) {
            return -1;
        }
    }
    Progress progress = {0, -INFINITY};
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(values[6]); at++) {
        if (restore_item(state, core, PyTuple_GET_ITEM(values[6], at), &progress) < 0) {
            return -1;
        }
    }
    return link_items(core);
}

/* restore(snapshot). Returns None, or NULL with an error; then the queue is as it was. */
PyObject *
queue_restore_from(QueueObject *self, PyObject *snapshot)
{
    if (!PyTuple_Check(snapshot) || PyTuple_GET_SIZE(snapshot) != 7) {
        (void)unfit(self->state, "it has seven fields");
        return NULL;
    }
    Queue core;
    memset(&core, 0, sizeof core);
    core.order = self->core.order;
    core.policy = self->core.policy;
    core.capacity = self->core.capacity;
    core.age = self->core.age;
    core.names = self->core.names;
#ifdef ORCHESTRATORD_QUEUE_DEBUG
    core.memory.fail_in = self->core.memory.fail_in;
#endif
    if (start_core(&core) < 0) {
        return NULL;
    }
    int failed = restore_all(self->state, &core, &PyTuple_GET_ITEM(snapshot, 0)) < 0;
    Queue old = core;
    if (!failed) {
        queue_rest(&core);
        core.version = self->core.version + 1;
        old = self->core;
        self->core = core;
        self->epoch++;
    }
    drop_items(&old);
    queue_free(&old);
    return failed ? NULL : Py_NewRef(Py_None);
}
