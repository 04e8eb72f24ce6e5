/* What the Python types share: the module's state, the two object layouts, and how arguments are read. */
#ifndef ORCHESTRATORD_QUEUE_TYPES_H
#define ORCHESTRATORD_QUEUE_TYPES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>

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
    PyObject *interactive; /* the ints 0 and 1, which are mostly the same objects */
    PyObject *batch;
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

/* Within these bounds tags stay far from overflow, and sums of costs exact to the token. */
#define LARGEST_COST 1e15
#define LEAST_WEIGHT 1e-6
#define LARGEST_WEIGHT 1e6

/* Return 0, or -1 with an error that names the value. Those named "any" also take what is seldom given, and refuse. */
int refuse_id(PyObject *value, const char *what);
int read_any_priority(PyObject *value, uint32_t *priority);
int read_any_time(PyObject *value, double *ms);
int read_any_cost(PyObject *value, const char *what, double *cost);
int read_weight(PyObject *value, double *weight);
int read_latest(PyObject *value, double *latest);

static inline int
read_id(PyObject *value, const char *what)
{
    return PyUnicode_CheckExact(value) ? 0 : refuse_id(value, what);
}

static inline int
read_priority(const State *state, PyObject *value, uint32_t *priority)
{
    *priority = value == state->batch;
    return *priority || value == state->interactive ? 0 : read_any_priority(value, priority);
}

static inline int
read_time(PyObject *value, double *ms)
{
    *ms = PyFloat_CheckExact(value) ? PyFloat_AS_DOUBLE(value) : NAN;
    return isfinite(*ms) ? 0 : read_any_time(value, ms);
}

static inline int
read_cost(PyObject *value, const char *what, double *cost)
{
    *cost = PyFloat_CheckExact(value) ? PyFloat_AS_DOUBLE(value) : NAN;
    return *cost >= 0.0 && *cost <= LARGEST_COST ? 0 : read_any_cost(value, what, cost);
}

/* Puts arguments where they belong: `fixed` by position, then those of `names`, by position or by name; one that is absent
   stays NULL. Returns 0, or -1 with a TypeError. */
int bind_any(State *state, const char *method, PyObject *const *args, Py_ssize_t given, PyObject *kwnames, int fixed,
             const Name *names, int optional, PyObject **out);

/* The same, without a call for calls by position alone. */
static inline int
bind_arguments(State *state, const char *method, PyObject *const *args, Py_ssize_t given, PyObject *kwnames,
               int fixed, const Name *names, int optional, PyObject **out)
{
    if (kwnames != NULL || given < fixed || given > fixed + optional) {
        return bind_any(state, method, args, given, kwnames, fixed, names, optional, out);
    }
    for (int at = 0; at < fixed + optional; at++) {
        out[at] = at < fixed || at < given ? args[at] : NULL;
    }
    return 0;
}

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

/* set_bounds(capacity, policy, age_ms), in lifetime.c. Returns None, or NULL with an error and nothing changed. */
PyObject *queue_set_bounds(QueueObject *self, PyObject *args);

/* Drops the references of all waiting items. */
void drop_items(Queue *core);

/* Sets a queue up whose order, policy, capacity, age and names stand. Returns 0, or -1 with an error. */
int start_core(Queue *core);

#endif
