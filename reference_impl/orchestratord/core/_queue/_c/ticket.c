/* The ticket of a dispatched item: what it was, for the caller, and where it stood, for the queue. */
#include "types.h"

#include <structmember.h>

Ticket *
ticket_new(State *state)
{
    Ticket *ticket;
    if (state->spare_count > 0) {
        ticket = state->spare[--state->spare_count];
        (void)PyObject_Init((PyObject *)ticket, state->ticket_type);
    }
    else {
        ticket = PyObject_GC_New(Ticket, state->ticket_type);
        if (ticket == NULL) {
            return NULL;
        }
    }
    ticket->queue = NULL;
    ticket->id = ticket->payload = ticket->tenant = NULL;
    return ticket;
}

void
ticket_clear_spare(State *state)
{
    while (state->spare_count > 0) {
        PyObject_GC_Del(state->spare[--state->spare_count]);
    }
}

/* Shows the collector all that can be part of a cycle. */
static int
ticket_traverse(Ticket *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->queue);
    Py_VISIT(self->payload);
    return 0;
}

/* Drops all that can be part of a cycle. */
static int
ticket_clear(Ticket *self)
{
    Py_CLEAR(self->queue);
    Py_CLEAR(self->payload);
    return 0;
}

/* Frees a ticket, or keeps its memory for the next one. */
static void
ticket_dealloc(Ticket *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)ticket_clear(self);
    Py_CLEAR(self->id);
    Py_CLEAR(self->tenant);
    State *state = PyType_GetModuleState(type);
    if (state != NULL && state->ticket_type == type && state->spare_count < SPARE_TICKETS) {
        state->spare[state->spare_count++] = self;
    }
    else {
        PyObject_GC_Del(self);
    }
    Py_DECREF(type);
}

/* Returns a new str, or NULL with an error. */
static PyObject *
ticket_repr(Ticket *self)
{
    return PyUnicode_FromFormat("Ticket(id=%R, priority=%d, tenant=%R, arrival=%llu)", self->id, self->priority,
                                self->tenant, (unsigned long long)self->arrival);
}

void
item_of_ticket(const Ticket *ticket, Item *item)
{
    *item = (Item){
        .id = ticket->id,
        .payload = ticket->payload,
        .tenant = ticket->tenant,
        .id_hash = hash_of(ticket->id),
        .tenant_hash = hash_of(ticket->tenant),
        .priority = (uint32_t)ticket->priority,
        .started = (uint32_t)ticket->started,
        .key = ticket->key,
        .latest = ticket->latest,
        .cost = ticket->cost,
        .arrival = ticket->arrival,
    };
}

static PyMemberDef ticket_members[] = {
    {"id", T_OBJECT, offsetof(Ticket, id), READONLY, "The item's id."},
    {"payload", T_OBJECT, offsetof(Ticket, payload), READONLY, "What the caller gave with it."},
    {"priority", T_INT, offsetof(Ticket, priority), READONLY, "0 interactive, 1 batch."},
    {"tenant", T_OBJECT, offsetof(Ticket, tenant), READONLY, "Whose it is."},
    {"arrival", T_ULONGLONG, offsetof(Ticket, arrival), READONLY, "Its number of arrival."},
    {"key", T_DOUBLE, offsetof(Ticket, key), READONLY, "Arrival in ms (strict) or start tag (wfq)."},
    {"latest_start_ms", T_DOUBLE, offsetof(Ticket, latest), READONLY, "By when it had to start, ms, or inf."},
    {"cost", T_DOUBLE, offsetof(Ticket, cost), READONLY, "Its estimated cost."},
    {"started", T_BOOL, offsetof(Ticket, started), READONLY, "Whether it had run before this dispatch."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot ticket_slots[] = {
    {Py_tp_doc, "A dispatched item. It is settled or put back once, and then void."},
    {Py_tp_dealloc, ticket_dealloc},
    {Py_tp_traverse, ticket_traverse},
    {Py_tp_clear, ticket_clear},
    {Py_tp_repr, ticket_repr},
    {Py_tp_members, ticket_members},
    {0, NULL},
};

PyType_Spec ticket_spec = {
    .name = "orchestratord.core._queue._fast.Ticket",
    .basicsize = sizeof(Ticket),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = ticket_slots,
};
