/* Where the nodes of a tag tree come from, and that all of them are given back. */
#include <string.h>

#include "tags.h"

int
tags_init(Tags *tags, Memory *memory)
{
    memset(tags, 0, sizeof *tags);
    Leaf *leaf = memory_take(memory, sizeof *leaf);
    if (leaf == NULL) {
        return -1;
    }
    leaf->count = leaf->first = 0;
    tags->root = tags->leftmost = leaf;
    return 0;
}

/* Gives a subtree back whose root has `depth` levels of inner nodes below and including itself. */
static void
free_subtree(void *node, uint32_t depth, Memory *memory)
{
    if (depth == 0) {
        memory_give(memory, node, sizeof(Leaf));
        return;
    }
    Inner *inner = node;
    for (uint32_t at = 0; at < inner->count; at++) {
        free_subtree(inner->children[at], depth - 1, memory);
    }
    memory_give(memory, inner, sizeof(Inner));
}

void
tags_free(Tags *tags, Memory *memory)
{
    if (tags->root != NULL) {
        free_subtree(tags->root, tags->depth, memory);
    }
    memory_give(memory, tags->spare_leaf, sizeof(Leaf));
    while (tags->spare_inners > 0) {
        memory_give(memory, tags->spare_inner[--tags->spare_inners], sizeof(Inner));
    }
    memset(tags, 0, sizeof *tags);
}

int
tags_grow(Tags *tags, Memory *memory)
{
    if (tags->spare_leaf == NULL) {
        tags->spare_leaf = memory_take(memory, sizeof(Leaf));
        if (tags->spare_leaf == NULL) {
            return -1;
        }
    }
    while (tags->spare_inners <= tags->depth) {
        Inner *inner = tags->spare_inners < DEEPEST ? memory_take(memory, sizeof(Inner)) : NULL;
        if (inner == NULL) {
            return -1;
        }
        tags->spare_inner[tags->spare_inners++] = inner;
    }
    return 0;
}
