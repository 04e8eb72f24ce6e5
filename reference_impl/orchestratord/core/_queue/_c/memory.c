/* The one place that knows which allocator a queue uses: Python's, so that tracemalloc sees it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "memory.h"

/* Returns `size` bytes that the caller owns, or NULL. */
void *
memory_take(Memory *memory, size_t size)
{
    if (memory_refuses(memory)) {
        return NULL;
    }
    void *block = PyMem_Malloc(size);
    if (block != NULL) {
        memory->bytes += size;
    }
    return block;
}

/* Gives `size` bytes back; NULL is allowed. */
void
memory_give(Memory *memory, void *block, size_t size)
{
    if (block != NULL) {
        memory->bytes -= size;
        PyMem_Free(block);
    }
}
