#include "slab.h"

#include <string.h>

#define LINE 64
#define CHUNK_BYTES (CHUNK_ROWS * sizeof(Record) + LINE)
#define MOST_CHUNKS (1u << (31 - CHUNK_BITS)) /* a flow's number and a place have 31 bits */

void
slab_init(Slab *slab)
{
    memset(slab, 0, sizeof *slab);
    slab->free = NONE;
}

void
slab_free(Slab *slab, Memory *memory)
{
    for (uint32_t at = 0; at < slab->chunk_count; at++) {
        memory_give(memory, slab->chunks[at].raw, CHUNK_BYTES);
    }
    memory_give(memory, slab->chunks, slab->chunk_room * sizeof(Chunk));
    slab_init(slab);
}

/* Makes room for one more chunk's name. Returns 0, or -1 when there is no memory. */
static int
widen(Slab *slab, Memory *memory)
{
    uint32_t room = slab->chunk_room ? 2 * slab->chunk_room : 4;
    Chunk *chunks = room > MOST_CHUNKS ? NULL : memory_take(memory, room * sizeof(Chunk));
    if (chunks == NULL) {
        return -1;
    }
    if (slab->chunk_count) {
        memcpy(chunks, slab->chunks, slab->chunk_count * sizeof(Chunk));
    }
    memory_give(memory, slab->chunks, slab->chunk_room * sizeof(Chunk));
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
    char *raw = memory_take(memory, CHUNK_BYTES);
    if (raw == NULL) {
        return -1;
    }
    Record *rows = (Record *)(((uintptr_t)raw + LINE - 1) & ~(uintptr_t)(LINE - 1));
    memset(rows, 0, CHUNK_ROWS * sizeof(Record));
    slab->chunks[slab->chunk_count++] = (Chunk){rows, raw};
    return 0;
}
