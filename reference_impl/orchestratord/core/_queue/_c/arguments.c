/* How arguments are read: types, ranges, and messages that name the value. */
#include "types.h"

int
no_memory(void)
{
    PyErr_NoMemory();
    return -1;
}

int
refuse_id(PyObject *value, const char *what)
{
    PyErr_Format(PyExc_TypeError, "%s is a str, not %.100s", what, Py_TYPE(value)->tp_name);
    return -1;
}

/* Reads a number. Returns 0, or -1 with a TypeError or OverflowError. */
static inline int
read_number(PyObject *value, double *number)
{
    if (PyFloat_CheckExact(value)) {
        *number = PyFloat_AS_DOUBLE(value);
        return 0;
    }
    *number = PyFloat_AsDouble(value);
    return *number == -1.0 && PyErr_Occurred() ? -1 : 0;
}

int
read_any_priority(PyObject *value, uint32_t *priority)
{
    int overflow;
    long number = PyLong_AsLongAndOverflow(value, &overflow);
    if (number == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (overflow || (number != INTERACTIVE && number != BATCH)) {
        PyErr_Format(PyExc_ValueError, "a priority is 0 or 1, not %R", value);
        return -1;
    }
    *priority = (uint32_t)number;
    return 0;
}

int
read_any_time(PyObject *value, double *ms)
{
    if (read_number(value, ms) < 0) {
        return -1;
    }
    if (!isfinite(*ms)) {
        PyErr_Format(PyExc_ValueError, "a time is a finite number of milliseconds, not %R", value);
        return -1;
    }
    return 0;
}

int
read_any_cost(PyObject *value, const char *what, double *cost)
{
    if (read_number(value, cost) < 0) {
        return -1;
    }
    if (!(*cost >= 0.0 && *cost <= LARGEST_COST)) {
        PyErr_Format(PyExc_ValueError, "%s is 0 to 1e15, not %R", what, value);
        return -1;
    }
    return 0;
}

int
read_weight(PyObject *value, double *weight)
{
    if (read_number(value, weight) < 0) {
        return -1;
    }
    if (!(*weight >= LEAST_WEIGHT && *weight <= LARGEST_WEIGHT)) {
        PyErr_Format(PyExc_ValueError, "a weight is 1e-6 to 1e6, not %R", value);
        return -1;
    }
    return 0;
}

int
read_latest(PyObject *value, double *latest)
{
    if (value == Py_None) {
        *latest = INFINITY;
        return 0;
    }
    if (read_number(value, latest) < 0) {
        return -1;
    }
    if (isnan(*latest)) {
        PyErr_Format(PyExc_ValueError, "a latest start is a time in milliseconds or None, not %R", value);
        return -1;
    }
    return 0;
}

/* Returns which of the names a keyword is, or -1 with a TypeError. */
static int
find_name(State *state, const char *method, PyObject *keyword, const Name *names, int optional)
{
    for (int at = 0; at < optional; at++) {
        if (keyword == state->names[names[at]]) {
            return at;
        }
    }
    for (int at = 0; at < optional; at++) {
        if (PyUnicode_Compare(keyword, state->names[names[at]]) == 0) {
            return at;
        }
    }
    PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", method, keyword);
    return -1;
}

int
bind_any(State *state, const char *method, PyObject *const *args, Py_ssize_t given, PyObject *kwnames, int fixed,
         const Name *names, int optional, PyObject **out)
{
    if (given < fixed || given > fixed + optional) {
        PyErr_Format(PyExc_TypeError, "%s() takes from %d to %d positional arguments, %zd given", method, fixed,
                     fixed + optional, given);
        return -1;
    }
    for (int at = 0; at < fixed + optional; at++) {
        out[at] = at < given ? args[at] : NULL;
    }
    Py_ssize_t keywords = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t at = 0; at < keywords; at++) {
        PyObject *keyword = PyTuple_GET_ITEM(kwnames, at);
        int name = find_name(state, method, keyword, names, optional);
        if (name < 0) {
            return -1;
        }
        if (out[fixed + name] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got two values for '%U'", method, keyword);
            return -1;
        }
        out[fixed + name] = args[given + at];
    }
    return 0;
}

PyObject *
make_tuple(PyObject *type, PyObject **fields, int count)
{
    PyObject *made = NULL;
    int complete = 1;
    for (int at = 0; at < count; at++) {
        complete = complete && fields[at] != NULL;
    }
    if (complete) {
        made = PyObject_Vectorcall(type, fields, (size_t)count, NULL);
    }
    for (int at = 0; at < count; at++) {
        Py_XDECREF(fields[at]);
    }
    return made;
}
