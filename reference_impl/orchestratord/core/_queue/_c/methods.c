/* The queue as a Python type. Whatever can run other code, or fail, is done before the queue changes or after it has. */
#include "types.h"

#define LARGE 4096u /* items that a cache of the second level holds with their records */

/* Sets DuplicateIdError. Returns NULL. */
static PyObject *
waits_already(QueueObject *self, PyObject *id)
{
    PyErr_Format(self->state->duplicate_id_error, "an item of id %R waits already", id);
    return NULL;
}

PyObject *
make_entry(QueueObject *self, uint32_t item)
{
    const Record *record = slab_at(&self->core.slab, item);
    const Flow *flow = queue_flow(&self->core, record);
    PyObject *fields[] = {Py_NewRef(record->id), Py_NewRef(record->payload), Py_NewRef(flow->tenant), NULL};
    fields[3] = fields[2];
    fields[2] = memory_refuses(&self->core.memory) ? PyErr_NoMemory() : PyLong_FromUnsignedLong(flow->priority);
    return make_tuple(self->state->entry, fields, 4);
}

/* Returns the position of the new item as an int, or NULL with an error; nothing else has changed. */
static PyObject *
position_of_new(QueueObject *self, Item *new, uint32_t victim, double now)
{
    Queue *core = &self->core;
    if (queue_reserve(core, new->priority, 0) < 0) {
        return PyErr_NoMemory();
    }
    queue_identify(core, new);
    uint32_t position = queue_position_of_new(core, new, victim, now);
    return memory_refuses(&core->memory) ? PyErr_NoMemory() : PyLong_FromUnsignedLong(position);
}

/* Returns 1 when an item of the new one's id waits. */
static inline int
is_there(const Queue *core, const Item *new)
{
    return queue_find(core, new->id_hash, new->id) != NONE;
}

/* Enters a new item that nothing can stop any more. */
static inline void
commit(Queue *core, const Item *new, double now)
{
    Py_INCREF(new->id);
    Py_INCREF(new->payload);
    queue_add(core, new, now);
}

/* Enqueues where there is room; returns the position, or NULL with an error. Whether the id is new is asked last: by then the
   entry of the index that tells it has come into the cache. */
static inline PyObject *
enqueue_last(QueueObject *self, Item *new, double now)
{
    PyObject *position = position_of_new(self, new, NONE, now);
    if (position == NULL) {
        return NULL;
    }
    if (is_there(&self->core, new)) {
        Py_DECREF(position);
        return waits_already(self, new->id);
    }
    commit(&self->core, new, now);
    return position;
}

/* Enqueues into a full queue; returns Placed or Refused, or NULL with an error. */
static PyObject *
enqueue_full(QueueObject *self, Item *new, double now)
{
    Queue *core = &self->core;
    for (;;) {
        uint32_t victim = queue_victim(core, new->priority, now);
        if (victim == NONE) {
            return Py_NewRef(self->refusal);
        }
        uint64_t version = core->version;
        PyObject *fields[] = {position_of_new(self, new, victim, now), NULL};
        fields[1] = fields[0] == NULL ? NULL : make_entry(self, victim);
        PyObject *placed = make_tuple(self->state->placed, fields, 2);
        if (placed == NULL) {
            return NULL;
        }
        if (version == core->version) {
            uint32_t hash = hash_of(slab_at(&core->slab, victim)->id);
            Record gone = queue_take(core, victim, hash, EVICTED, 0.0);
            commit(core, new, now);
            queue_rest(core);
            Py_DECREF(gone.id);
            Py_DECREF(gone.payload);
            return placed;
        }
        Py_DECREF(placed); /* making it ran code that changed the queue: the answer may be another one now */
        if (is_there(core, new)) {
            return waits_already(self, new->id);
        }
        if (queue_length(core) < core->capacity) {
            return enqueue_last(self, new, now);
        }
    }
}

/* Reads the arguments of enqueue. Returns 0, or -1 with an error. */
static inline int
read_item(QueueObject *self, PyObject *const *values, Item *new, double *now)
{
    PyObject *tenant = values[4] == NULL ? self->state->no_tenant : values[4];
    new->id = values[0];
    new->payload = values[1];
    new->tenant = tenant;
    new->started = 0;
    new->latest = INFINITY;
    new->cost = new->weight = 1.0;
    if (read_id(values[0], "an id") < 0) {
        return -1;
    }
    new->id_hash = hash_of(values[0]);
    table_prefetch(&self->core.ids, new->id_hash);
    if (read_priority(self->state, values[2], &new->priority) < 0
        || read_time(values[3], now) < 0 || read_id(tenant, "a tenant") < 0
        || (values[5] != NULL && read_cost(values[5], "a cost", &new->cost) < 0)
        || (values[6] != NULL && read_weight(values[6], &new->weight) < 0)
        || (values[7] != NULL && read_latest(values[7], &new->latest) < 0)) {
        return -1;
    }
    new->tenant_hash = hash_of(tenant);
    return 0;
}

/* enqueue(item_id, payload, priority, now_ms, tenant, cost, weight, latest_start_ms). Returns a new int, Placed or
   Refused, or NULL with an error. */
static PyObject *
queue_enqueue(QueueObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const Name names[] = {NAME_TENANT, NAME_COST, NAME_WEIGHT, NAME_LATEST_START_MS};
    PyObject *values[8];
    Item new;
    double now;
    if (bind_arguments(self->state, "enqueue", args, count, kwnames, 4, names, 4, values) < 0
        || read_item(self, values, &new, &now) < 0) {
        return NULL;
    }
    if (queue_length(&self->core) < self->core.capacity) {
        return enqueue_last(self, &new, now);
    }
    return is_there(&self->core, &new) ? waits_already(self, new.id) : enqueue_full(self, &new, now);
}

/* Returns the item that may be dispatched some turns from now, or NONE: a guess, only good for looking ahead. */
static inline uint32_t
item_ahead(const Queue *core, uint32_t priority, uint32_t turns)
{
    if (core->order == WFQ) {
        const Leaf *leaf = core->tags[priority].leftmost;
        return turns < leaf->count ? leaf->items[leaf->first + turns] : NONE;
    }
    const Lane *lane = &core->lanes[priority];
    return turns < lane->tail - lane->head ? lane_item(lane, lane->head + turns) : NONE;
}

/* Fetches into the cache what the next few dispatches will touch, if the queue is too large to lie there anyway. */
static inline void
look_ahead(const Queue *core, uint32_t priority)
{
    if (core->slab.fresh < LARGE) {
        return;
    }
    uint32_t far = item_ahead(core, priority, 11), near = item_ahead(core, priority, 7);
    if (far == NONE || near == NONE) {
        return;
    }
    __builtin_prefetch(slab_at(&core->slab, far));
    const Record *soon = slab_at(&core->slab, near);
    if (soon->id != NULL) {
        __builtin_prefetch(soon->id, 1);
        __builtin_prefetch(soon->payload, 1);
    }
    const Record *sooner = slab_at(&core->slab, item_ahead(core, priority, 3));
    if (sooner->id != NULL) {
        table_prefetch(&core->ids, hash_of(sooner->id));
    }
}

/* Moves an item out of the queue into its ticket. */
static void
fill_ticket(QueueObject *self, Ticket *ticket, uint32_t item)
{
    Queue *core = &self->core;
    const Flow *flow = queue_flow(core, slab_at(&core->slab, item));
    ticket->tenant = Py_NewRef(flow->tenant);
    ticket->priority = (int)flow->priority;
    look_ahead(core, flow->priority);
    Record record = queue_take(core, item, hash_of(slab_at(&core->slab, item)->id), DISPATCHED, 0.0);
    queue_rest(core);
    ticket->queue = (QueueObject *)Py_NewRef(self);
    ticket->epoch = self->epoch;
    ticket->id = record.id;
    ticket->payload = record.payload;
    ticket->arrival = record.arrival;
    ticket->key = record.key;
    ticket->latest = record.latest;
    ticket->cost = record.cost;
    ticket->started = record.started;
    PyObject_GC_Track(ticket);
}

/* Reads (now_ms, hold_batch=False). Returns 0, or -1 with an error. */
static int
read_turn(QueueObject *self, const char *method, PyObject *const *args, Py_ssize_t count, PyObject *kwnames,
          double *now, int *hold_batch)
{
    static const Name names[] = {NAME_HOLD_BATCH};
    PyObject *values[2];
    if (bind_arguments(self->state, method, args, count, kwnames, 1, names, 1, values) < 0
        || read_time(values[0], now) < 0) {
        return -1;
    }
    *hold_batch = values[1] == NULL ? 0 : PyObject_IsTrue(values[1]);
    return *hold_batch < 0 ? -1 : 0;
}

/* dequeue(now_ms, hold_batch). Returns a new Ticket, which takes over the references of the item, None, or NULL with an
   error. */
static PyObject *
queue_dequeue(QueueObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    double now;
    int hold_batch;
    if (read_turn(self, "dequeue", args, count, kwnames, &now, &hold_batch) < 0) {
        return NULL;
    }
    if (queue_length(&self->core) == 0) {
        Py_RETURN_NONE;
    }
    Ticket *ticket = memory_refuses(&self->core.memory) ? (Ticket *)PyErr_NoMemory() : ticket_new(self->state);
    if (ticket == NULL) {
        return NULL;
    }
    uint32_t item = queue_next(&self->core, now, hold_batch);
    if (item == NONE) { /* making the ticket ran code that emptied the queue */
        PyObject_GC_Track(ticket);
        Py_DECREF(ticket);
        Py_RETURN_NONE;
    }
    fill_ticket(self, ticket, item);
    return (PyObject *)ticket;
}

/* peek(now_ms, hold_batch). Returns a new Entry, None, or NULL with an error. */
static PyObject *
queue_peek(QueueObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    double now;
    int hold_batch;
    if (read_turn(self, "peek", args, count, kwnames, &now, &hold_batch) < 0) {
        return NULL;
    }
    uint32_t item = queue_next(&self->core, now, hold_batch);
    if (item == NONE) {
        Py_RETURN_NONE;
    }
    return make_entry(self, item);
}

/* Returns the ticket of an argument that this queue has to take back, or NULL with an error. */
static Ticket *
read_ticket(QueueObject *self, PyObject *value)
{
    if (!Py_IS_TYPE(value, self->state->ticket_type)) {
        PyErr_Format(PyExc_TypeError, "a ticket is what dequeue returned, not %.100s", Py_TYPE(value)->tp_name);
        return NULL;
    }
    Ticket *ticket = (Ticket *)value;
    if (ticket->queue != self || ticket->epoch != self->epoch) {
        PyErr_Format(self->state->ticket_error, "%R was settled or put back before, or is another queue's", value);
        return NULL;
    }
    return ticket;
}

/* Voids a ticket. */
static void
close_ticket(Ticket *ticket)
{
    Py_CLEAR(ticket->queue); /* never the last reference: the queue is being called */
}

/* put_back(ticket, started). Returns None, or NULL with an error; the ticket keeps its own references. */
static PyObject *
queue_put_back_ticket(QueueObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const Name names[] = {NAME_STARTED};
    PyObject *values[2];
    if (bind_arguments(self->state, "put_back", args, count, kwnames, 1, names, 1, values) < 0) {
        return NULL;
    }
    int started = values[1] == NULL ? 0 : PyObject_IsTrue(values[1]);
    Ticket *ticket = started < 0 ? NULL : read_ticket(self, values[0]);
    if (ticket == NULL) {
        return NULL;
    }
    Item item;
    item_of_ticket(ticket, &item);
    item.started |= (uint32_t)started;
    if (queue_find(&self->core, item.id_hash, item.id) != NONE) {
        return waits_already(self, item.id);
    }
    if (queue_reserve(&self->core, item.priority, 1) < 0) {
        return PyErr_NoMemory();
    }
    queue_identify(&self->core, &item);
    Py_INCREF(item.id);
    Py_INCREF(item.payload);
    queue_put_back(&self->core, &item);
    close_ticket(ticket);
    Py_RETURN_NONE;
}

/* settle(ticket, used). Returns None, or NULL with an error. */
static PyObject *
queue_settle_ticket(QueueObject *self, PyObject *const *args, Py_ssize_t count)
{
    double used;
    if (count != 2) {
        PyErr_Format(PyExc_TypeError, "settle() takes 2 positional arguments, %zd given", count);
        return NULL;
    }
    if (read_cost(args[1], "a used cost", &used) < 0) {
        return NULL;
    }
    Ticket *ticket = read_ticket(self, args[0]);
    if (ticket == NULL) {
        return NULL;
    }
    if (self->core.order == WFQ) {
        Item item;
        item_of_ticket(ticket, &item);
        queue_identify(&self->core, &item);
        double correction = (used - ticket->cost) / self->core.flows.rows[item.flow].weight;
        queue_settle(&self->core, item.flow, correction);
        queue_rest(&self->core);
    }
    close_ticket(ticket);
    Py_RETURN_NONE;
}

/* cancel(item_id, used). Returns a bool, or NULL with an error; drops the references of the item last. */
static PyObject *
queue_cancel(QueueObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const Name names[] = {NAME_USED};
    PyObject *values[2];
    double used = 0.0;
    if (bind_arguments(self->state, "cancel", args, count, kwnames, 1, names, 1, values) < 0
        || read_id(values[0], "an id") < 0
        || (values[1] != NULL && read_cost(values[1], "a used cost", &used) < 0)) {
        return NULL;
    }
    uint32_t hash = hash_of(values[0]), item = queue_find(&self->core, hash, values[0]);
    if (item == NONE) {
        Py_RETURN_FALSE;
    }
    Record gone = queue_take(&self->core, item, hash, CANCELLED, used);
    queue_rest(&self->core);
    Py_DECREF(gone.id);
    Py_DECREF(gone.payload);
    Py_RETURN_TRUE;
}

/* reprioritise(item_id, priority, weight). Returns a bool, or NULL with an error; then the queue is as it was. */
static PyObject *
queue_reprioritise_id(QueueObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const Name names[] = {NAME_WEIGHT};
    PyObject *values[3];
    uint32_t priority;
    double weight = 1.0;
    if (bind_arguments(self->state, "reprioritise", args, count, kwnames, 2, names, 1, values) < 0
        || read_id(values[0], "an id") < 0 || read_priority(self->state, values[1], &priority) < 0
        || (values[2] != NULL && read_weight(values[2], &weight) < 0)) {
        return NULL;
    }
    Queue *core = &self->core;
    uint32_t item = queue_find(core, hash_of(values[0]), values[0]);
    if (item == NONE || slab_at(&core->slab, item)->priority == priority) {
        return PyBool_FromLong(item != NONE);
    }
    if (queue_reserve(core, priority, 1) < 0) {
        return PyErr_NoMemory();
    }
    queue_reprioritise(core, item, hash_of(queue_flow(core, slab_at(&core->slab, item))->tenant), weight);
    queue_rest(core);
    Py_RETURN_TRUE;
}

/* position(item_id, now_ms). Returns a new int, None, or NULL with an error. */
static PyObject *
queue_position_of(QueueObject *self, PyObject *const *args, Py_ssize_t count)
{
    double now;
    if (count != 2) {
        PyErr_Format(PyExc_TypeError, "position() takes 2 positional arguments, %zd given", count);
        return NULL;
    }
    if (read_id(args[0], "an id") < 0 || read_time(args[1], &now) < 0) {
        return NULL;
    }
    uint32_t item = queue_find(&self->core, hash_of(args[0]), args[0]);
    if (item == NONE) {
        Py_RETURN_NONE;
    }
    return PyLong_FromUnsignedLong(queue_position(&self->core, item, now));
}

/* arrivals_ahead(priority, now_ms, tenant). Returns a new int, or NULL with an error. */
static PyObject *
queue_arrivals_ahead(QueueObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const Name names[] = {NAME_TENANT};
    PyObject *values[3];
    Item new = {.tenant = self->state->no_tenant};
    double now;
    if (bind_arguments(self->state, "arrivals_ahead", args, count, kwnames, 2, names, 1, values) < 0
        || read_priority(self->state, values[0], &new.priority) < 0 || read_time(values[1], &now) < 0
        || (values[2] != NULL && read_id(values[2], "a tenant") < 0)) {
        return NULL;
    }
    new.tenant = values[2] == NULL ? new.tenant : values[2];
    new.tenant_hash = hash_of(new.tenant);
    queue_identify(&self->core, &new);
    return PyLong_FromUnsignedLong(queue_position_of_new(&self->core, &new, NONE, now));
}

/* would_refuse(priority). Returns a bool, or NULL with an error. */
static PyObject *
queue_would_refuse(QueueObject *self, PyObject *value)
{
    uint32_t priority;
    if (read_priority(self->state, value, &priority) < 0) {
        return NULL;
    }
    const Queue *core = &self->core;
    return PyBool_FromLong(queue_length(core) >= core->capacity && queue_loser(core, priority) == NONE);
}

/* length(priority). Returns a new int, or NULL with an error. */
static PyObject *
queue_length_of(QueueObject *self, PyObject *value)
{
    uint32_t priority;
    if (read_priority(self->state, value, &priority) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLong(lane_length(&self->core.lanes[priority]));
}

/* tenant_length(tenant). Returns a new int, or NULL with an error. */
static PyObject *
queue_tenant_length(QueueObject *self, PyObject *tenant)
{
    if (read_id(tenant, "a tenant") < 0) {
        return NULL;
    }
    const Flows *flows = &self->core.flows;
    unsigned long waiting = 0;
    for (uint32_t priority = INTERACTIVE; priority <= BATCH; priority++) {
        uint32_t number = flows_find(flows, &self->core.names, hash_of(tenant), tenant, priority);
        waiting += number == NONE ? 0 : flows->rows[number].waiting;
    }
    return PyLong_FromUnsignedLong(waiting);
}

/* Returns the bytes of the queue beside its objects, as a new int. */
static PyObject *
queue_sizeof(QueueObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromSize_t(sizeof *self + self->core.memory.bytes);
}

#ifdef ORCHESTRATORD_QUEUE_DEBUG
static PyObject *
queue_check_now(QueueObject *self, PyObject *unused)
{
    (void)unused;
    const char *broken = queue_check(&self->core);
    if (broken != NULL) {
        PyErr_Format(PyExc_AssertionError, "does not hold: %s", broken);
        return NULL;
    }
    Py_RETURN_NONE;
}

/* Debug builds: has the n-th request for memory fail. Returns how many were left of the time before. */
static PyObject *
queue_fail_in(QueueObject *self, PyObject *value)
{
    long requests = PyLong_AsLong(value);
    if (requests == -1 && PyErr_Occurred()) {
        return NULL;
    }
    long left = self->core.memory.fail_in;
    self->core.memory.fail_in = requests;
    return PyLong_FromLong(left);
}
#endif

#define FAST(function) ((PyCFunction)(void (*)(void))(function))

PyMethodDef queue_methods[] = {
    {"enqueue", FAST(queue_enqueue), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"dequeue", FAST(queue_dequeue), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"peek", FAST(queue_peek), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"put_back", FAST(queue_put_back_ticket), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"settle", FAST(queue_settle_ticket), METH_FASTCALL, NULL},
    {"cancel", FAST(queue_cancel), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"reprioritise", FAST(queue_reprioritise_id), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"position", FAST(queue_position_of), METH_FASTCALL, NULL},
    {"arrivals_ahead", FAST(queue_arrivals_ahead), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"set_bounds", (PyCFunction)queue_set_bounds, METH_VARARGS, NULL},
    {"would_refuse", (PyCFunction)queue_would_refuse, METH_O, NULL},
    {"length", (PyCFunction)queue_length_of, METH_O, NULL},
    {"tenant_length", (PyCFunction)queue_tenant_length, METH_O, NULL},
    {"ordered", (PyCFunction)queue_ordered, METH_O, NULL},
    {"snapshot", (PyCFunction)queue_snapshot, METH_NOARGS, NULL},
    {"restore", (PyCFunction)queue_restore_from, METH_O, NULL},
    {"__sizeof__", (PyCFunction)queue_sizeof, METH_NOARGS, NULL},
#ifdef ORCHESTRATORD_QUEUE_DEBUG
    {"_check", (PyCFunction)queue_check_now, METH_NOARGS, NULL},
    {"_fail_in", (PyCFunction)queue_fail_in, METH_O, NULL},
#endif
    {NULL, NULL, 0, NULL},
};
