/* A hash index: 32-bit hashes to 32-bit item numbers, open addressing in sorted order.

   An entry's home is hash * size >> 32, which grows with the hash, so all entries lie sorted by hash: a search ends at the
   first larger one, and growth is one pass in order. What the items are, and when two of them are equal, is the caller's
   to know: a search yields candidates. Behind the homes lies slack that takes what the last homes cannot. */
#ifndef ORCHESTRATORD_QUEUE_TABLE_H
#define ORCHESTRATORD_QUEUE_TABLE_H

#include <stdint.h>

#include "memory.h"

#define NONE UINT32_MAX

typedef struct {
    uint32_t hash; /* of an empty entry: the largest, so that searches end there */
    uint32_t item; /* of an empty entry: NONE */
} TableEntry;

typedef struct {
    TableEntry *entries;
    uint32_t size;  /* homes */
    uint32_t slack; /* entries behind the last home; the very last one is always empty */
    uint32_t used;
} Table;

/* Returns where an item of this hash would have its home. */
static inline uint32_t
table_home(const Table *table, uint32_t hash)
{
    return (uint32_t)(((uint64_t)hash * table->size) >> 32);
}

/* Has the entries come into the cache where an item of this hash is sought. */
static inline void
table_prefetch(const Table *table, uint32_t hash)
{
    __builtin_prefetch(&table->entries[table_home(table, hash)], 1);
}

/* Returns the first entry with this hash, or the one before which it belongs. */
static inline uint32_t
table_first(const Table *table, uint32_t hash)
{
    uint32_t at = table_home(table, hash);
    while (table->entries[at].hash < hash) {
        at++;
    }
    return at;
}

/* Returns 1 while entry `at` is a candidate for the hash; the next candidate is at + 1. */
static inline int
table_matches(const Table *table, uint32_t at, uint32_t hash)
{
    return table->entries[at].hash == hash && table->entries[at].item != NONE;
}

/* Returns 0, or -1 when there is no memory. */
int table_init(Table *table, Memory *memory);
void table_free(Table *table, Memory *memory);

/* Makes the next insertion sure to succeed. Returns 0, or -1 when there is no memory; then nothing changed. */
int table_grow(Table *table, Memory *memory);

static inline int
table_reserve(Table *table, Memory *memory)
{
    uint32_t total = table->size + table->slack;
    if (table->used < table->size - table->size / 4 && table->entries[total - 2].item == NONE) {
        return 0;
    }
    return table_grow(table, memory);
}

/* Adds an item for which room was reserved. */
void table_insert(Table *table, uint32_t hash, uint32_t item);

/* Takes an item out that is there. */
void table_remove(Table *table, uint32_t hash, uint32_t item);

#endif
