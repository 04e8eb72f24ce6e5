/* Memory of one queue: taken and given back through a tally, so that the queue knows its size.

   No structure below the Python types calls an allocator itself. A debug build can make the n-th request fail. */
#ifndef ORCHESTRATORD_QUEUE_MEMORY_H
#define ORCHESTRATORD_QUEUE_MEMORY_H

#include <stddef.h>

typedef struct {
    size_t bytes; /* taken and not yet given back */
#ifdef ORCHESTRATORD_QUEUE_DEBUG
    long fail_in; /* requests until one is refused; 0 refuses none */
#endif
} Memory;

/* Returns `size` bytes that the caller owns, or NULL. */
void *memory_take(Memory *memory, size_t size);

/* Gives `size` bytes back; NULL is allowed. */
void memory_give(Memory *memory, void *block, size_t size);

/* Returns 1 when a request made now has to fail; always 0 outside debug builds. */
static inline int
memory_refuses(Memory *memory)
{
#ifdef ORCHESTRATORD_QUEUE_DEBUG
    return memory->fail_in > 0 && --memory->fail_in == 0;
#else
    (void)memory;
    return 0;
#endif
}

#endif
