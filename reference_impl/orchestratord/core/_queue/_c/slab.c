#include "slab.h"

#include <string.h>

#define LINE 64
#define CHUNK_BYTES (CHUNK_ROWS * sizeof(Record) + sizeof(void *) + LINE)
#define MOST_CHUNKS (1u << (31 - CHUNK_BITS))

void
slab_init(Slab *slab)
{
    memset(slab, 0, sizeof *slab);
    slab->free = NONE;
}

/* Returns where the memory block of a chunk is kept. */
static inline void **
block_of(Record *chunk)
{
    return (void **)chunk - 1;
}

void
slab_free(Slab *slab, Memory *memory)
{
    for (uint32_t at = 0; at < slab->chunk_count; at++) {
        memory_give(memory, *block_of(slab->chunks[at]), CHUNK_BYTES);
    }
    memory_give(memory, slab->chunks, slab->chunk_room * sizeof *slab->chunks);
    slab_init(slab);
}

/* Makes room for one more chunk's name. Returns 0, or -1 when there is no memory. */
static int
widen(Slab *slab, Memory *memory)
{
    uint32_t room = slab->chunk_room ? 2 * slab->chunk_room : 4;
    Record **chunks = room > MOST_CHUNKS ? NULL : memory_take(memory, room * sizeof *chunks);
    if (chunks == NULL) {
        return -1;
    }
    if (slab->chunk_count) {
        memcpy(chunks, slab->chunks, slab->chunk_count * sizeof *chunks);
    }
    memory_give(memory, slab->chunks, slab->chunk_room * sizeof *chunks);
    slab->chunks = chunks;
    slab->chunk_room = room;
    return 0;
}

int
slab_grow(Slab *slab, Memory *memory)
{
    if (slab->chunk_count == slab->chunk_room && widen(slab, memory) < 0) {
        return -1;
    }
    char *block = memory_take(memory, CHUNK_BYTES);
    if (block == NULL) {
        return -1;
    }
    uintptr_t start = (uintptr_t)block + sizeof(void *);
    Record *chunk = (Record *)((start + LINE - 1) & ~(uintptr_t)(LINE - 1));
    memset(chunk, 0, CHUNK_ROWS * sizeof(Record));
    *block_of(chunk) = block;
    slab->chunks[slab->chunk_count++] = chunk;
    return 0;
}
