#include "table.h"

#include <string.h>

#define SMALLEST 16
#define SMALLEST_SLACK 16
#define LARGEST (UINT32_C(1) << 31)

/* Returns an array of empty entries that the caller owns, or NULL. */
static TableEntry *
empty_entries(Memory *memory, uint32_t count)
{
    TableEntry *entries = memory_take(memory, count * sizeof(TableEntry));
    if (entries != NULL) {
        memset(entries, 0xff, count * sizeof(TableEntry));
    }
    return entries;
}

/* Copies all entries in order into `to`. Returns 0, or -1 when its slack does not suffice. */
static int
spread(const Table *from, Table *to)
{
    uint32_t next = 0, total = to->size + to->slack;
    for (uint32_t at = 0; at < from->size + from->slack; at++) {
        if (from->entries[at].item == NONE) {
            continue;
        }
        uint32_t home = table_home(to, from->entries[at].hash);
        next = next > home ? next : home;
        if (next >= total - 2) {
            return -1;
        }
        to->entries[next++] = from->entries[at];
        to->used++;
    }
    return 0;
}

int
table_init(Table *table, Memory *memory)
{
    table->size = SMALLEST;
    table->slack = SMALLEST_SLACK;
    table->used = 0;
    table->entries = empty_entries(memory, SMALLEST + SMALLEST_SLACK);
    return table->entries == NULL ? -1 : 0;
}

void
table_free(Table *table, Memory *memory)
{
    memory_give(memory, table->entries, (table->size + table->slack) * sizeof(TableEntry));
    table->entries = NULL;
}

int
table_grow(Table *table, Memory *memory)
{
    uint32_t size = table->size, slack = table->slack;
    if (table->used >= size - size / 4) {
        size += size / 8;
    }
    else {
        slack *= 2;
    }
    for (; size < LARGEST && slack < LARGEST; slack *= 2) {
        Table grown = {empty_entries(memory, size + slack), size, slack, 0};
        if (grown.entries == NULL) {
            return -1;
        }
        if (spread(table, &grown) == 0) {
            table_free(table, memory);
            *table = grown;
            return 0;
        }
        table_free(&grown, memory);
    }
    return -1;
}

void
table_insert(Table *table, uint32_t hash, uint32_t item)
{
    TableEntry *entries = table->entries;
    uint32_t at = table_first(table, hash), empty = at;
    while (entries[empty].item != NONE) {
        empty++;
    }
    for (; empty > at; empty--) {
        entries[empty] = entries[empty - 1];
    }
    entries[at].hash = hash;
    entries[at].item = item;
    table->used++;
}

void
table_remove(Table *table, uint32_t hash, uint32_t item)
{
    TableEntry *entries = table->entries;
    uint32_t at = table_first(table, hash);
    while (entries[at].item != item) {
        at++;
    }
    while (entries[at + 1].item != NONE && table_home(table, entries[at + 1].hash) <= at) {
        entries[at] = entries[at + 1];
        at++;
    }
    entries[at].hash = UINT32_MAX;
    entries[at].item = NONE;
    table->used--;
}
