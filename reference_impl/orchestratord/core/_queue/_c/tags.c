#include "tags.h"

#include <string.h>

#define SPARSE (FAN / 4) /* a leaf below this joins a neighbour */
#define JOINED (FAN * 3 / 4)
#define NEWEST UINT64_MAX /* behind all arrivals */

/* Returns a record's key. */
static inline Key
key_of(const Slab *slab, uint32_t item)
{
    const Record *record = slab_at(slab, item);
    return (Key){record->key, record->arrival};
}

/* Returns how many of the tags, which are sorted, are not beyond a tag. For new items, which mostly lie near each other: there
   it is faster by conditional moves than by branches. */
static inline uint32_t
count_within(const double *tags, uint32_t count, double tag)
{
    const double *base = tags;
    for (; count > 1; count -= count / 2) {
        const double *upper = base + count / 2;
        base = upper[-1] <= tag ? upper : base;
    }
    return (uint32_t)(base - tags) + (count == 1 && *base <= tag);
}

/* Returns the last child whose key is not beyond `key`. */
static inline uint32_t
turn_for(const Inner *node, Key key)
{
    if (key.arrival == NEWEST) {
        return count_within(node->tags + 1, node->count - 1, key.tag);
    }
    uint32_t low = 0, high = node->count;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        double tag = node->tags[middle];
        if (key.tag < tag || (key.tag == tag && key.arrival < node->arrivals[middle])) {
            high = middle;
        }
        else {
            low = middle;
        }
    }
    return low;
}

/* Returns how many items lie below the children before `turn`; counted from the nearer end, which for new items is mostly
   the upper one. `total` lie below the node. */
static inline uint32_t
size_before(const Inner *node, uint32_t turn, uint32_t total)
{
    uint32_t before = 0, behind = 0;
    if (turn <= node->count / 2) {
        for (uint32_t at = 0; at < turn; at++) {
            before += node->sizes[at];
        }
        return before;
    }
    for (uint32_t at = turn; at < node->count; at++) {
        behind += node->sizes[at];
    }
    return total - behind;
}

/* Fills `way` with the path to the leaf in which the key belongs. */
static inline void
descend(const Tags *tags, Key key, Way *way)
{
    void *node = tags->root;
    uint32_t total = tags->length;
    way->rank = 0;
    for (uint32_t level = 0; level < tags->depth; level++) {
        Inner *inner = node;
        uint32_t turn = turn_for(inner, key);
        way->nodes[level] = inner;
        way->turns[level] = turn;
        way->rank += size_before(inner, turn, total);
        total = inner->sizes[turn];
        node = inner->children[turn];
    }
    way->leaf = node;
}

/* Returns how many entries of a leaf come before the key. */
static inline uint32_t
rank_in_leaf(const Leaf *leaf, const Slab *slab, Key key)
{
    const double *tags = leaf->tags + leaf->first;
    if (key.arrival == NEWEST) {
        return count_within(tags, leaf->count, key.tag);
    }
    uint32_t low = 0, high = leaf->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int before = tags[middle] < key.tag;
        if (tags[middle] == key.tag) {
            before = slab_at(slab, leaf->items[leaf->first + middle])->arrival < key.arrival;
        }
        if (before) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low;
}

/* Returns where in its leaf an item stands: its number is sought, since that touches no other record. */
static inline uint32_t
index_in_leaf(const Leaf *leaf, uint32_t item)
{
    const uint32_t *items = leaf->items + leaf->first;
    uint32_t at = 0;
    while (items[at] != item) {
        at++;
    }
    return at;
}

/* Sets the key of a child. */
static inline void
set_key(Inner *node, uint32_t at, Key key)
{
    node->tags[at] = key.tag;
    node->arrivals[at] = key.arrival;
}

/* Returns 1 when the way leads to the last leaf. */
static int
is_last(const Tags *tags, const Way *way)
{
    for (uint32_t level = 0; level < tags->depth; level++) {
        if (way->turns[level] + 1 != way->nodes[level]->count) {
            return 0;
        }
    }
    return 1;
}

/* Moves the upper part of a full leaf into the spare one; returns that. At the end of the tree hardly anything moves, so
   that a tree filled in order has full leaves. */
static Leaf *
split_leaf(Tags *tags, const Way *way, uint32_t at)
{
    Leaf *leaf = way->leaf, *upper = tags->spare_leaf;
    uint32_t kept = at >= FAN - 4 && is_last(tags, way) ? at : FAN / 2;
    tags->spare_leaf = NULL;
    upper->first = 0;
    upper->count = leaf->count - kept;
    memcpy(upper->tags, leaf->tags + kept, upper->count * sizeof *upper->tags);
    memcpy(upper->items, leaf->items + kept, upper->count * sizeof *upper->items);
    leaf->count = kept;
    return upper;
}

/* Moves the first entries of a full leaf to its left neighbour where that has room, which keeps leaves fuller than splits
   do. Returns 1 when it did; way and `at` then say where the new entry belongs. */
static int
spill_left(Tags *tags, const Slab *slab, Way *way, uint32_t *at)
{
    uint32_t turn = tags->depth > 0 ? way->turns[tags->depth - 1] : 0;
    if (turn == 0) {
        return 0;
    }
    Inner *parent = way->nodes[tags->depth - 1];
    Leaf *leaf = way->leaf, *left = parent->children[turn - 1];
    uint32_t held = left->count, moved = (FAN - held) / 2;
    if (held > JOINED) {
        return 0;
    }
    memmove(left->tags, left->tags + left->first, held * sizeof *left->tags);
    memmove(left->items, left->items + left->first, held * sizeof *left->items);
    memcpy(left->tags + held, leaf->tags, moved * sizeof *left->tags);
    memcpy(left->items + held, leaf->items, moved * sizeof *left->items);
    left->first = 0;
    left->count += moved;
    leaf->first = moved;
    leaf->count -= moved;
    parent->sizes[turn - 1] += moved;
    parent->sizes[turn] -= moved;
    set_key(parent, turn, key_of(slab, leaf->items[moved]));
    if (*at <= moved) { /* also what belongs between the two: the right one begins with its key */
        way->leaf = left;
        way->turns[tags->depth - 1]--;
        *at += held;
    }
    else {
        *at -= moved;
    }
    return 1;
}

/* Opens a gap in a leaf that is not full and fills it. */
static void
put_in_leaf(Leaf *leaf, uint32_t at, double tag, uint32_t item)
{
    if (leaf->first > 0 && (leaf->first + leaf->count == FAN || at < leaf->count / 2)) {
        double *tags = leaf->tags + leaf->first;
        uint32_t *items = leaf->items + leaf->first;
        memmove(tags - 1, tags, at * sizeof *tags);
        memmove(items - 1, items, at * sizeof *items);
        leaf->first--;
    }
    else {
        double *tags = leaf->tags + leaf->first + at;
        uint32_t *items = leaf->items + leaf->first + at;
        memmove(tags + 1, tags, (leaf->count - at) * sizeof *tags);
        memmove(items + 1, items, (leaf->count - at) * sizeof *items);
    }
    leaf->tags[leaf->first + at] = tag;
    leaf->items[leaf->first + at] = item;
    leaf->count++;
}

/* Opens a gap in an inner node that is not full and fills it. */
static void
put_in_inner(Inner *node, uint32_t at, Key key, void *child, uint32_t size)
{
    uint32_t moved = node->count - at;
    memmove(node->tags + at + 1, node->tags + at, moved * sizeof *node->tags);
    memmove(node->arrivals + at + 1, node->arrivals + at, moved * sizeof *node->arrivals);
    memmove(node->sizes + at + 1, node->sizes + at, moved * sizeof *node->sizes);
    memmove(node->children + at + 1, node->children + at, moved * sizeof *node->children);
    set_key(node, at, key);
    node->sizes[at] = size;
    node->children[at] = child;
    node->count++;
}

/* Returns how many items lie below an inner node. */
static uint32_t
size_of(const Inner *node)
{
    uint32_t size = 0;
    for (uint32_t at = 0; at < node->count; at++) {
        size += node->sizes[at];
    }
    return size;
}

/* Moves the upper half of a full inner node into a spare one; returns that. */
static Inner *
split_inner(Tags *tags, Inner *node)
{
    Inner *upper = tags->spare_inner[--tags->spare_inners];
    uint32_t kept = FAN / 2;
    upper->count = node->count - kept;
    memcpy(upper->tags, node->tags + kept, upper->count * sizeof *upper->tags);
    memcpy(upper->arrivals, node->arrivals + kept, upper->count * sizeof *upper->arrivals);
    memcpy(upper->sizes, node->sizes + kept, upper->count * sizeof *upper->sizes);
    memcpy(upper->children, node->children + kept, upper->count * sizeof *upper->children);
    node->count = kept;
    return upper;
}

/* Puts a new right neighbour of the node at the way's end of `level` into the tree, level by level upward. */
static void
add_neighbour(Tags *tags, Way *way, uint32_t level, Key key, void *child, uint32_t size)
{
    while (level > 0) {
        Inner *node = way->nodes[level - 1];
        uint32_t turn = way->turns[level - 1];
        node->sizes[turn] -= size;
        if (node->count < FAN) {
            put_in_inner(node, turn + 1, key, child, size);
            return;
        }
        Inner *upper = split_inner(tags, node);
        if (turn < node->count) {
            put_in_inner(node, turn + 1, key, child, size);
        }
        else {
            put_in_inner(upper, turn + 1 - node->count, key, child, size);
        }
        key = (Key){upper->tags[0], upper->arrivals[0]};
        child = upper;
        size = size_of(upper);
        level--;
    }
    Inner *root = tags->spare_inner[--tags->spare_inners];
    root->count = 0;
    put_in_inner(root, 0, (Key){0.0, 0}, tags->root, tags->length - size);
    put_in_inner(root, 1, key, child, size);
    tags->root = root;
    tags->depth++;
}

/* Adds a record at a place of the leaf to which the way leads. */
static void
insert_at(Tags *tags, const Slab *slab, uint32_t item, Way *way, uint32_t at)
{
    int splits = way->leaf->count == FAN && !spill_left(tags, slab, way, &at);
    Leaf *leaf = way->leaf, *upper = NULL;
    if (splits) {
        upper = split_leaf(tags, way, at);
        if (at >= leaf->count) {
            at -= leaf->count;
            leaf = upper;
        }
    }
    put_in_leaf(leaf, at, slab_at(slab, item)->key, item);
    tags->length++;
    tags->seen = 0;
    for (uint32_t level = 0; level < tags->depth; level++) {
        way->nodes[level]->sizes[way->turns[level]]++;
    }
    if (upper != NULL) {
        add_neighbour(tags, way, tags->depth, key_of(slab, upper->items[0]), upper, upper->count);
    }
}

void
tags_insert(Tags *tags, const Slab *slab, uint32_t item)
{
    Key key = key_of(slab, item);
    Way way;
    descend(tags, key, &way);
    insert_at(tags, slab, item, &way, rank_in_leaf(way.leaf, slab, key));
}

void
tags_insert_new(Tags *tags, const Slab *slab, uint32_t item)
{
    if (tags->seen && tags->tag == slab_at(slab, item)->key) {
        insert_at(tags, slab, item, &tags->way, tags->at);
    }
    else { /* an eviction came between */
        tags_insert(tags, slab, item);
    }
}

/* Takes a child out of an inner node. */
static void
cut_from_inner(Inner *node, uint32_t at)
{
    uint32_t moved = --node->count - at;
    memmove(node->tags + at, node->tags + at + 1, moved * sizeof *node->tags);
    memmove(node->arrivals + at, node->arrivals + at + 1, moved * sizeof *node->arrivals);
    memmove(node->sizes + at, node->sizes + at + 1, moved * sizeof *node->sizes);
    memmove(node->children + at, node->children + at + 1, moved * sizeof *node->children);
}

/* Joins the two leaves at `turn` and behind it when they are small. Returns 1 when it did; the second is given back. */
static int
join_leaves(Inner *parent, uint32_t turn, Memory *memory)
{
    Leaf *leaf = parent->children[turn], *behind = parent->children[turn + 1];
    if (leaf->count + behind->count > JOINED) {
        return 0;
    }
    memmove(leaf->tags, leaf->tags + leaf->first, leaf->count * sizeof *leaf->tags);
    memmove(leaf->items, leaf->items + leaf->first, leaf->count * sizeof *leaf->items);
    memcpy(leaf->tags + leaf->count, behind->tags + behind->first, behind->count * sizeof *leaf->tags);
    memcpy(leaf->items + leaf->count, behind->items + behind->first, behind->count * sizeof *leaf->items);
    leaf->first = 0;
    leaf->count += behind->count;
    parent->sizes[turn] += parent->sizes[turn + 1];
    cut_from_inner(parent, turn + 1);
    memory_give(memory, behind, sizeof(Leaf));
    return 1;
}

/* Joins the two inner nodes at `turn` and behind it when they are small. Returns 1 when it did. */
static int
join_inners(Inner *parent, uint32_t turn, Memory *memory)
{
    Inner *node = parent->children[turn], *behind = parent->children[turn + 1];
    if (node->count + behind->count > JOINED) {
        return 0;
    }
    set_key(behind, 0, (Key){parent->tags[turn + 1], parent->arrivals[turn + 1]});
    memcpy(node->tags + node->count, behind->tags, behind->count * sizeof *node->tags);
    memcpy(node->arrivals + node->count, behind->arrivals, behind->count * sizeof *node->arrivals);
    memcpy(node->sizes + node->count, behind->sizes, behind->count * sizeof *node->sizes);
    memcpy(node->children + node->count, behind->children, behind->count * sizeof *node->children);
    node->count += behind->count;
    parent->sizes[turn] += parent->sizes[turn + 1];
    cut_from_inner(parent, turn + 1);
    memory_give(memory, behind, sizeof(Inner));
    return 1;
}

/* Gives back the leaf at the way's end, which became empty while others did not, and the inner nodes that held only it. */
static void
drop_leaf(Tags *tags, Way *way, Memory *memory)
{
    uint32_t level = tags->depth;
    memory_give(memory, way->leaf, sizeof(Leaf));
    while (way->nodes[level - 1]->count == 1) {
        memory_give(memory, way->nodes[--level], sizeof(Inner));
    }
    cut_from_inner(way->nodes[level - 1], way->turns[level - 1]);
}

/* Joins sparse nodes along the way with a neighbour, from the leaf upward. */
static void
join_sparse(Tags *tags, Way *way, Memory *memory)
{
    for (uint32_t level = tags->depth; level > 0; level--) {
        Inner *parent = way->nodes[level - 1];
        uint32_t turn = way->turns[level - 1];
        int (*join)(Inner *, uint32_t, Memory *) = level == tags->depth ? join_leaves : join_inners;
        int joined = turn + 1 < parent->count && join(parent, turn, memory);
        if (!joined && (turn == 0 || !join(parent, turn - 1, memory))) {
            break;
        }
        if (parent->count >= SPARSE) {
            break;
        }
    }
}

/* Drops roots with a single child, and finds the first leaf again. */
static void
settle_root(Tags *tags, Memory *memory)
{
    while (tags->depth > 0 && ((Inner *)tags->root)->count == 1) {
        Inner *root = tags->root;
        tags->root = root->children[0];
        tags->depth--;
        memory_give(memory, root, sizeof(Inner));
    }
    void *node = tags->root;
    for (uint32_t level = 0; level < tags->depth; level++) {
        node = ((Inner *)node)->children[0];
    }
    tags->leftmost = node;
}

/* Takes entry `at` out of the leaf at the way's end. */
static void
cut_from_leaf(Leaf *leaf, uint32_t at)
{
    leaf->count--;
    if (at == 0) {
        leaf->first = leaf->count > 0 ? leaf->first + 1 : 0;
        return;
    }
    double *tags = leaf->tags + leaf->first + at;
    uint32_t *items = leaf->items + leaf->first + at;
    memmove(tags, tags + 1, (leaf->count - at) * sizeof *tags);
    memmove(items, items + 1, (leaf->count - at) * sizeof *items);
}

/* Fills `way` with the path to the first leaf. */
static void
descend_left(const Tags *tags, Way *way)
{
    void *node = tags->root;
    way->rank = 0;
    for (uint32_t level = 0; level < tags->depth; level++) {
        way->nodes[level] = node;
        way->turns[level] = 0;
        node = way->nodes[level]->children[0];
    }
    way->leaf = node;
}

void
tags_remove(Tags *tags, const Slab *slab, Memory *memory, uint32_t item)
{
    Way way;
    uint32_t at = 0;
    if (item == tags_first(tags)) {
        descend_left(tags, &way);
    }
    else {
        descend(tags, key_of(slab, item), &way);
        at = index_in_leaf(way.leaf, item);
    }
    cut_from_leaf(way.leaf, at);
    tags->length--;
    tags->seen = 0;
    for (uint32_t level = 0; level < tags->depth; level++) {
        way.nodes[level]->sizes[way.turns[level]]--;
    }
    if (tags->depth == 0 || (way.leaf->count != 0 && way.leaf->count != SPARSE)) {
        return;
    }
    if (way.leaf->count == SPARSE) {
        join_sparse(tags, &way, memory);
    }
    else if (tags->length > 0) {
        drop_leaf(tags, &way, memory);
    }
    settle_root(tags, memory);
}

/* Writes the items of a subtree with `depth` levels of inner nodes; returns where that ends. */
static uint32_t *
list_subtree(const void *node, uint32_t depth, uint32_t *out)
{
    if (depth == 0) {
        const Leaf *leaf = node;
        memcpy(out, leaf->items + leaf->first, leaf->count * sizeof *out);
        return out + leaf->count;
    }
    const Inner *inner = node;
    for (uint32_t at = 0; at < inner->count; at++) {
        out = list_subtree(inner->children[at], depth - 1, out);
    }
    return out;
}

uint32_t *
tags_list(const Tags *tags, uint32_t *out)
{
    return list_subtree(tags->root, tags->depth, out);
}

uint32_t
tags_rank(const Tags *tags, const Slab *slab, Key key)
{
    Way way;
    descend(tags, key, &way);
    return way.rank + rank_in_leaf(way.leaf, slab, key);
}

uint32_t
tags_rank_of_new(Tags *tags, const Slab *slab, double tag)
{
    Key key = {tag, NEWEST};
    descend(tags, key, &tags->way);
    tags->at = rank_in_leaf(tags->way.leaf, slab, key);
    tags->tag = tag;
    tags->seen = 1;
    return tags->way.rank + tags->at;
}

uint32_t
tags_rank_of(const Tags *tags, const Slab *slab, uint32_t item)
{
    Way way;
    descend(tags, key_of(slab, item), &way);
    return way.rank + index_in_leaf(way.leaf, item);
}
