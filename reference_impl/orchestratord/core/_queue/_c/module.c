/* The extension module: its state, which holds the types and what it shares with the twin. No state is static. */
#include "types.h"

static const char *const keyword_names[NAME_COUNT] = {
    "tenant", "cost", "weight", "latest_start_ms", "hold_batch", "used", "started",
};

typedef struct {
    const char *module;
    const char *name;
    size_t offset;
} Import;

static const Import imports[] = {
    {"orchestratord.core._queue._values", "Entry", offsetof(State, entry)},
    {"orchestratord.core._queue._values", "Placed", offsetof(State, placed)},
    {"orchestratord.core._queue._values", "Refused", offsetof(State, refused)},
    {"orchestratord.core._queue._values", "SavedFlow", offsetof(State, saved_flow)},
    {"orchestratord.core._queue._values", "SavedItem", offsetof(State, saved_item)},
    {"orchestratord.core._queue._values", "Snapshot", offsetof(State, snapshot)},
    {"orchestratord.core._queue._errors", "DuplicateIdError", offsetof(State, duplicate_id_error)},
    {"orchestratord.core._queue._errors", "TicketError", offsetof(State, ticket_error)},
    {"orchestratord.core._queue._errors", "SnapshotError", offsetof(State, snapshot_error)},
};

#define IMPORT_COUNT (sizeof imports / sizeof *imports)

/* Returns where the state keeps an import. */
static inline PyObject **
imported(State *state, size_t at)
{
    return (PyObject **)((char *)state + imports[at].offset);
}

/* Fills the state's imports. Returns 0, or -1 with an error. */
static int
import_shared(State *state)
{
    for (size_t at = 0; at < IMPORT_COUNT; at++) {
        PyObject *module = PyImport_ImportModule(imports[at].module);
        if (module == NULL) {
            return -1;
        }
        *imported(state, at) = PyObject_GetAttrString(module, imports[at].name);
        Py_DECREF(module);
        if (*imported(state, at) == NULL) {
            return -1;
        }
    }
    return 0;
}

/* Makes a type of the module and adds it. Returns a new reference, or NULL with an error. */
static PyTypeObject *
add_type(PyObject *module, PyType_Spec *spec)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    if (type != NULL && PyModule_AddType(module, type) < 0) {
        Py_CLEAR(type);
    }
    return type;
}

/* Fills the state of a new module. Returns 0, or -1 with an error. */
static int
module_exec(PyObject *module)
{
    State *state = PyModule_GetState(module);
    for (int name = 0; name < NAME_COUNT; name++) {
        state->names[name] = PyUnicode_InternFromString(keyword_names[name]);
        if (state->names[name] == NULL) {
            return -1;
        }
    }
    state->no_tenant = PyUnicode_InternFromString("");
    state->interactive = PyLong_FromLong(INTERACTIVE);
    state->batch = PyLong_FromLong(BATCH);
    if (state->no_tenant == NULL || state->interactive == NULL || state->batch == NULL || import_shared(state) < 0) {
        return -1;
    }
    state->ticket_type = add_type(module, &ticket_spec);
    state->queue_type = state->ticket_type == NULL ? NULL : add_type(module, &queue_spec);
    return state->queue_type == NULL ? -1 : 0;
}

/* Shows the collector what the state holds. */
static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->queue_type);
    Py_VISIT(state->ticket_type);
    for (size_t at = 0; at < IMPORT_COUNT; at++) {
        Py_VISIT(*imported(state, at));
    }
    return 0;
}

/* Drops what the state holds. */
static int
module_clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    ticket_clear_spare(state);
    Py_CLEAR(state->queue_type);
    Py_CLEAR(state->ticket_type); /* from here on no ticket's memory is kept */
    for (size_t at = 0; at < IMPORT_COUNT; at++) {
        Py_CLEAR(*imported(state, at));
    }
    for (int name = 0; name < NAME_COUNT; name++) {
        Py_CLEAR(state->names[name]);
    }
    Py_CLEAR(state->no_tenant);
    Py_CLEAR(state->interactive);
    Py_CLEAR(state->batch);
    return 0;
}

/* Ends the module. */
static void
module_free(void *module)
{
    (void)module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_fast",
    .m_doc = "The admission queue in C.",
    .m_size = sizeof(State),
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

/* Returns the module's definition, for the import system to make modules from. */
PyMODINIT_FUNC
PyInit__fast(void)
{
    return PyModuleDef_Init(&module_definition);
}
