/* What the Python types share: the module's state, the two object layouts, and how arguments are read. */
#ifndef ORCHESTRATORD_QUEUE_TYPES_H
#define ORCHESTRATORD_QUEUE_TYPES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "queue.h"

#define SPARE_TICKETS 64

struct Ticket;

typedef enum { NAME_TENANT, NAME_COST, NAME_WEIGHT, NAME_LATEST_START_MS, NAME_HOLD_BATCH, NAME_USED, NAME_STARTED,
               NAME_COUNT } Name;

typedef struct {
    PyTypeObject *queue_type;
    PyTypeObject *ticket_type;
    PyObject *names[NAME_COUNT]; /* interned */
    PyObject *no_tenant;
    /* of the values and errors that both twins use */
    PyObject *entry;
    PyObject *placed;
    PyObject *refused;
    PyObject *saved_flow;
    PyObject *saved_item;
    PyObject *snapshot;
    PyObject *duplicate_id_error;
    PyObject *ticket_error;
    PyObject *snapshot_error;
    struct Ticket *spare[SPARE_TICKETS]; /* memory of tickets that are gone */
    int spare_count;
} State;

typedef struct {
    PyObject_HEAD
    State *state; /* of the module, which the type keeps alive */
    PyObject *policy_name;
    PyObject *refusal; /* the one Refused of this queue */
    uint64_t epoch;    /* counts restores, which void the tickets from before */
    Queue core;
} QueueObject;

typedef struct Ticket {
    PyObject_HEAD
    QueueObject *queue; /* NULL once settled or put back */
    PyObject *id;
    PyObject *payload;
    PyObject *tenant;
    uint64_t epoch;
    uint64_t arrival;
    double key;
    double latest;
    double cost;
    int priority;
    char started;
} Ticket;

extern PyType_Spec ticket_spec;
extern PyType_Spec queue_spec;
extern PyMethodDef queue_methods[];

/* Returns an empty ticket, or NULL with an error. May run the garbage collector, and so any code. */
Ticket *ticket_new(State *state);

/* Frees the memory that is kept for tickets. */
void ticket_clear_spare(State *state);

/* Returns a str's hash folded to 32 bits. */
static inline uint32_t
hash_of(PyObject *string)
{
    Py_hash_t hash = ((PyASCIIObject *)string)->hash;
    if (hash == -1) {
        hash = PyObject_Hash(string);
    }
    return (uint32_t)((uint64_t)hash ^ ((uint64_t)hash >> 32));
}

/* Return 0, or -1 with an error that names the value. */
int read_id(PyObject *value, const char *what);
int read_priority(PyObject *value, uint32_t *priority);
int read_time(PyObject *value, double *ms);
int read_cost(PyObject *value, const char *what, double *cost);
int read_weight(PyObject *value, double *weight);
int read_latest(PyObject *value, double *latest);

/* Puts arguments where they belong: `fixed` by position, then those of `names`, by position or by name; one that is absent
   stays NULL. Returns 0, or -1 with a TypeError. */
int bind_arguments(State *state, const char *method, PyObject *const *args, Py_ssize_t given, PyObject *kwnames,
                   int fixed, const Name *names, int optional, PyObject **out);

/* Returns a new instance of a NamedTuple, or NULL with an error. Steals the references, also when it fails; any may be NULL
   with an error set. May run any code. */
PyObject *make_tuple(PyObject *type, PyObject **fields, int count);

/* Returns a new Entry of a record, or NULL with an error. */
PyObject *make_entry(QueueObject *self, uint32_t item);

/* Fills an Item with what a ticket holds; borrowed. */
void item_of_ticket(const Ticket *ticket, Item *item);

/* Sets MemoryError and returns -1. */
int no_memory(void);

/* Methods of the queue that read or copy it as a whole, in views.c. */
PyObject *queue_ordered(QueueObject *self, PyObject *now);
PyObject *queue_snapshot(QueueObject *self, PyObject *unused);
PyObject *queue_restore_from(QueueObject *self, PyObject *snapshot);

/* Drops the references of all waiting items. */
void drop_items(Queue *core);

/* Sets a queue up whose order, policy, capacity, age and names stand. Returns 0, or -1 with an error. */
int start_core(Queue *core);

#endif
