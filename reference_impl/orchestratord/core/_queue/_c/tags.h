/* One priority's items by (start tag, number of arrival): a B+ tree that counts, for order `wfq`.

   A leaf holds tags and record numbers; where tags are equal the arrival is read from the record. Inner nodes hold the first
   key of each child and how many items lie below it, so that a rank is one way down. Nodes come from a reserve that is
   filled before anything changes; taking out needs none. */
#ifndef ORCHESTRATORD_QUEUE_TAGS_H
#define ORCHESTRATORD_QUEUE_TAGS_H

#include <stdint.h>

#include "slab.h"

#define FAN 64
#define DEEPEST 12

typedef struct {
    double tag;
    uint64_t arrival;
} Key;

typedef struct {
    uint32_t count;
    uint32_t first; /* entries lie from `first` to `first + count` */
    uint32_t items[FAN];
    double tags[FAN];
} Leaf;

typedef struct {
    uint32_t count;
    uint32_t sizes[FAN]; /* items below each child */
    double tags[FAN];    /* with its arrival, a key before which no item below a child comes; child 0 needs none */
    uint64_t arrivals[FAN];
    void *children[FAN];
} Inner;

/* The way from the root to a leaf. */
typedef struct {
    Inner *nodes[DEEPEST];
    uint32_t turns[DEEPEST]; /* which child was taken */
    Leaf *leaf;
    uint32_t rank; /* items before the leaf */
} Way;

typedef struct {
    void *root;     /* a Leaf when depth is 0 */
    Leaf *leftmost;
    uint32_t depth; /* levels of inner nodes */
    uint32_t length;
    Leaf *spare_leaf;
    Inner *spare_inner[DEEPEST + 1];
    uint32_t spare_inners;
    int seen; /* the tree has not changed since the way for a new item was asked for */
    Way way;
    uint32_t at;
    double tag;
} Tags;

/* Returns 0, or -1 when there is no memory. */
int tags_init(Tags *tags, Memory *memory);
void tags_free(Tags *tags, Memory *memory);

/* Makes the next insertion sure to succeed. Returns 0, or -1 when there is no memory; then nothing changed. */
int tags_grow(Tags *tags, Memory *memory);

static inline int
tags_reserve(Tags *tags, Memory *memory)
{
    if (tags->spare_leaf != NULL && tags->spare_inners > tags->depth) {
        return 0;
    }
    return tags_grow(tags, memory);
}

/* Returns the first item; there is one. */
static inline uint32_t
tags_first(const Tags *tags)
{
    return tags->leftmost->items[tags->leftmost->first];
}

/* Adds a record, for which room was reserved, by its key. */
void tags_insert(Tags *tags, const Slab *slab, uint32_t item);

/* The same for the latest arrival, whose rank was asked for just before. */
void tags_insert_new(Tags *tags, const Slab *slab, uint32_t item);

/* Takes a record out that is there. */
void tags_remove(Tags *tags, const Slab *slab, Memory *memory, uint32_t item);

/* Returns how many items come before a new one of a tag, and remembers the way. */
uint32_t tags_rank_of_new(Tags *tags, const Slab *slab, double tag);

/* Returns how many items come before a key that no item has. */
uint32_t tags_rank(const Tags *tags, const Slab *slab, Key key);

/* Writes all items in order from `out` on; returns where that ends. */
uint32_t *tags_list(const Tags *tags, uint32_t *out);

/* Returns how many items come before one that is there. */
uint32_t tags_rank_of(const Tags *tags, const Slab *slab, uint32_t item);

#endif
