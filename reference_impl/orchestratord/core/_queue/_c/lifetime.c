/* The queue type's making and end: construction, what the garbage collector sees, attributes. */
#include "types.h"

#include <string.h>

static const char *const order_names[] = {"strict", "wfq", NULL};
static const char *const policy_names[] = {"reject", "drop-lru", "shed-low-priority", NULL};

/* Returns 1 when two strings are equal; cannot fail for such as these. */
static int
same_name(const void *one, const void *other)
{
    return PyUnicode_Compare((PyObject *)one, (PyObject *)other) == 0;
}

/* Takes a reference to a string. */
static void
hold_name(void *name)
{
    Py_INCREF((PyObject *)name);
}

/* Gives a reference to a string back. */
static void
drop_name(void *name)
{
    Py_DECREF((PyObject *)name);
}

/* Returns the index of a name, or -1 with a ValueError. */
static int
choose(PyObject *value, const char *const *names, const char *what)
{
    for (int at = 0; names[at] != NULL && PyUnicode_Check(value); at++) {
        if (PyUnicode_CompareWithASCIIString(value, names[at]) == 0) {
            return at;
        }
    }
    PyErr_Format(PyExc_ValueError, "there is no %s %R", what, value);
    return -1;
}

/* Reads the capacity. Returns 0, or -1 with an error. */
static int
read_capacity(PyObject *value, uint32_t *capacity)
{
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (number == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (overflow || number < 1 || number > 1 << 30) {
        PyErr_Format(PyExc_ValueError, "a queue holds 1 to %d items, not %R", 1 << 30, value);
        return -1;
    }
    *capacity = (uint32_t)number;
    return 0;
}

/* Reads the bound of ageing. Returns 0, or -1 with an error. */
static int
read_age(PyObject *value, double *age)
{
    *age = PyFloat_AsDouble(value);
    if (*age == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    if (isnan(*age) || *age < 0.0) {
        PyErr_Format(PyExc_ValueError, "an age is a number of milliseconds that is not negative, not %R", value);
        return -1;
    }
    return 0;
}

int
start_core(Queue *core)
{
    if (queue_init(core) == 0) {
        return 0;
    }
    queue_free(core);
    return no_memory();
}

/* Returns a new empty queue, or NULL with an error. */
static PyObject *
queue_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"capacity", "policy", "age_ms", "order", NULL};
    PyObject *capacity, *policy, *age, *order = NULL;
    Queue core;
    memset(&core, 0, sizeof core);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOO|O:Queue", names, &capacity, &policy, &age, &order)) {
        return NULL;
    }
    int chosen_order = order == NULL ? STRICT : choose(order, order_names, "order");
    int chosen_policy = chosen_order < 0 ? -1 : choose(policy, policy_names, "policy");
    if (chosen_policy < 0 || read_capacity(capacity, &core.capacity) < 0 || read_age(age, &core.age) < 0) {
        return NULL;
    }
    core.order = (Order)chosen_order;
    core.policy = (Policy)chosen_policy;
    core.names = (Names){same_name, hold_name, drop_name};
    QueueObject *self = (QueueObject *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->state = PyType_GetModuleState(type);
    self->policy_name = Py_NewRef(policy);
    self->core = core;
    PyObject *fields[] = {Py_NewRef(policy)};
    self->refusal = make_tuple(self->state->refused, fields, 1);
    if (self->refusal == NULL || start_core(&self->core) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

PyObject *
queue_set_bounds(QueueObject *self, PyObject *args)
{
    PyObject *capacity, *policy, *age;
    uint32_t new_capacity;
    double new_age;
    if (!PyArg_ParseTuple(args, "OOO:set_bounds", &capacity, &policy, &age)) {
        return NULL;
    }
    int chosen = choose(policy, policy_names, "policy");
    if (chosen < 0 || read_capacity(capacity, &new_capacity) < 0 || read_age(age, &new_age) < 0) {
        return NULL;
    }
    PyObject *fields[] = {Py_NewRef(policy)};
    PyObject *refusal = make_tuple(self->state->refused, fields, 1);
    if (refusal == NULL) {
        return NULL;
    }
    self->core.capacity = new_capacity;
    self->core.policy = (Policy)chosen;
    self->core.age = new_age;
    self->core.version++; /* whoever looked for a loser meanwhile has to look again */
    Py_XSETREF(self->policy_name, Py_NewRef(policy));
    Py_XSETREF(self->refusal, refusal);
    Py_RETURN_NONE;
}

/* Shows the collector all that can be part of a cycle: ids and tenants are strings and cannot. */
static int
queue_traverse(QueueObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->refusal);
    for (uint32_t item = 0; item < self->core.slab.fresh; item++) {
        const Record *record = slab_at(&self->core.slab, item);
        if (record->id != NULL) {
            Py_VISIT(record->payload);
        }
    }
    return 0;
}

/* Payloads are replaced where they stand, so that the queue stays whole whatever their finalizers call. */
static int
queue_clear(QueueObject *self)
{
    for (uint32_t item = 0; item < self->core.slab.fresh; item++) {
        Record *record = slab_at(&self->core.slab, item);
        if (record->id != NULL) {
            PyObject *payload = record->payload;
            record->payload = Py_NewRef(Py_None);
            Py_DECREF(payload);
        }
    }
    Py_CLEAR(self->refusal);
    return 0;
}

void
drop_items(Queue *core)
{
    for (uint32_t item = 0; item < core->slab.fresh; item++) {
        Record *record = slab_at(&core->slab, item);
        if (record->id != NULL) {
            Py_DECREF(record->id);
            Py_DECREF(record->payload);
        }
    }
}

/* Frees the queue with all that waits in it. */
static void
queue_dealloc(QueueObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    drop_items(&self->core);
    if (self->core.names.drop != NULL) {
        queue_free(&self->core);
    }
    Py_XDECREF(self->refusal);
    Py_XDECREF(self->policy_name);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

/* Returns how many items wait. */
static Py_ssize_t
queue_len(QueueObject *self)
{
    return queue_length(&self->core);
}

/* Returns 1 when an item of the id waits. */
static int
queue_contains(QueueObject *self, PyObject *id)
{
    return PyUnicode_CheckExact(id) && queue_find(&self->core, hash_of(id), id) != NONE;
}

/* Returns a new int. */
static PyObject *
get_capacity(QueueObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLong(self->core.capacity);
}

/* Returns a new reference to the name. */
static PyObject *
get_policy(QueueObject *self, void *unused)
{
    (void)unused;
    return Py_NewRef(self->policy_name);
}

/* Returns a new str. */
static PyObject *
get_order(QueueObject *self, void *unused)
{
    (void)unused;
    return PyUnicode_FromString(order_names[self->core.order]);
}

/* Returns a new float. */
static PyObject *
get_age(QueueObject *self, void *unused)
{
    (void)unused;
    return PyFloat_FromDouble(self->core.age);
}

/* Returns a new float. */
static PyObject *
get_virtual_time(QueueObject *self, void *unused)
{
    (void)unused;
    return PyFloat_FromDouble(self->core.virtual_time);
}

static PyGetSetDef queue_attributes[] = {
    {"capacity", (getter)get_capacity, NULL, "How many items may wait.", NULL},
    {"policy", (getter)get_policy, NULL, "What a full queue does.", NULL},
    {"order", (getter)get_order, NULL, "In which order items are dispatched.", NULL},
    {"age_ms", (getter)get_age, NULL, "The wait after which a batch item competes by arrival, ms.", NULL},
    {"virtual_time", (getter)get_virtual_time, NULL, "V of start-time fair queueing; 0 under strict.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot queue_slots[] = {
    {Py_tp_doc, "The bounded queue of a pool; see AdmissionQueue for what each call answers."},
    {Py_tp_new, queue_new},
    {Py_tp_dealloc, queue_dealloc},
    {Py_tp_traverse, queue_traverse},
    {Py_tp_clear, queue_clear},
    {Py_tp_methods, queue_methods},
    {Py_tp_getset, queue_attributes},
    {Py_sq_length, queue_len},
    {Py_sq_contains, queue_contains},
    {0, NULL},
};

PyType_Spec queue_spec = {
    .name = "orchestratord.core._queue._fast.Queue",
    .basicsize = sizeof(QueueObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = queue_slots,
};
