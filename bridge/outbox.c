/*
 * An outbox is a list of blocks. A frame goes into the last one if it fits, so that what is waiting
 * is written at once. A link that was idle begins with a small block, and moves it to a large one
 * when more comes before it is written; a frame that fits in neither has a block of its own.
 *
 * Blocks of the two sizes come from a pool that all outboxes of the process share: an idle link
 * holds none, a busy one allocates nothing. The pool keeps a bounded number.
 */
#include "bridge/outbox.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_OVERHEAD (sizeof(struct outbox_block) + OUTBOX_HEADROOM)
#define SMALL_CAPACITY (4080u - BLOCK_OVERHEAD) /* with malloc's own word a page */
/* A payload of 64 KiB fits with its header, META and references. */
#define LARGE_CAPACITY (OUTBOX_COALESCE_MAX + 4096u)
#define POOL_SMALL_MAX 256u /* 1 MiB */
#define POOL_LARGE_MAX 32u  /* 2 MiB */

struct outbox {
    struct outbox_block *head, *tail; /* owned */
    size_t size;
    outbox_refill_fn refill; /* NULL for none */
    void *refill_user;       /* borrowed */
};

struct shelf {
    struct outbox_block *blocks; /* owned; the one used last comes first */
    size_t capacity;             /* of each */
    unsigned n, n_max;
};

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct shelf small_shelf = {.capacity = SMALL_CAPACITY, .n_max = POOL_SMALL_MAX};
static struct shelf large_shelf = {.capacity = LARGE_CAPACITY, .n_max = POOL_LARGE_MAX};

static struct outbox_block *make_block(size_t capacity)
{
    if (capacity > SIZE_MAX - BLOCK_OVERHEAD)
        return NULL;
    struct outbox_block *block = malloc(BLOCK_OVERHEAD + capacity);
    if (block == NULL)
        return NULL;
    *block = (struct outbox_block){.capacity = capacity};
    block->octets = (uint8_t *)(block + 1) + OUTBOX_HEADROOM;
    return block;
}

static struct outbox_block *take_block(struct shelf *shelf)
{
    pthread_mutex_lock(&pool_lock);
    struct outbox_block *block = shelf->blocks;
    if (block != NULL) {
        shelf->blocks = block->next;
        shelf->n--;
    }
    pthread_mutex_unlock(&pool_lock);
    if (block == NULL)
        return make_block(shelf->capacity);
    block->next = NULL;
    block->size = 0;
    block->done = 0;
    return block;
}

static bool put_on_shelf(struct shelf *shelf, struct outbox_block *block)
{
    pthread_mutex_lock(&pool_lock);
    bool has_room = shelf->n < shelf->n_max;
    if (has_room) {
        block->next = shelf->blocks;
        shelf->blocks = block;
        shelf->n++;
    }
    pthread_mutex_unlock(&pool_lock);
    return has_room;
}

/* Descriptors that no link has taken are closed. */
static void give_back(struct outbox_block *block)
{
    for (size_t i = 0; i < block->n_fds; i++)
        (void)close(block->fds[i]);
    free(block->fds);
    block->fds = NULL;
    block->n_fds = 0;
    if (block->capacity == SMALL_CAPACITY && put_on_shelf(&small_shelf, block))
        return;
    if (block->capacity == LARGE_CAPACITY && put_on_shelf(&large_shelf, block))
        return;
    free(block);
}

enum via_status outbox_create(struct outbox **outboxp)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (outbox == NULL)
        return VIA_NO_MEMORY;
    *outboxp = outbox;
    return VIA_OK;
}

struct outbox *outbox_destroy(struct outbox *outbox)
{
    if (outbox != NULL)
        outbox_clear(outbox);
    free(outbox);
    return NULL;
}

/* A block for @size octets; when memory is short one that holds just these. */
static struct outbox_block *find_block(const struct outbox *outbox, size_t size, size_t n_fds)
{
    bool is_alone = outbox->head == NULL || n_fds > 0;
    struct outbox_block *block = NULL;
    if (is_alone && size <= SMALL_CAPACITY)
        block = take_block(&small_shelf);
    else if (size <= LARGE_CAPACITY)
        block = take_block(&large_shelf);
    return block != NULL ? block : make_block(size);
}

/* The only block waits, small and not yet written: its octets move to a large one. */
static bool widen_head(struct outbox *outbox)
{
    struct outbox_block *small = outbox->head;
    struct outbox_block *large = take_block(&large_shelf);
    if (large == NULL)
        return false;
    memcpy(large->octets, small->octets, small->size);
    large->size = small->size;
    large->fds = small->fds;
    large->n_fds = small->n_fds;
    small->fds = NULL;
    small->n_fds = 0;
    outbox->head = large;
    outbox->tail = large;
    give_back(small);
    return true;
}

static bool does_tail_take(struct outbox *outbox, size_t size)
{
    const struct outbox_block *tail = outbox->tail;
    if (tail == NULL || tail->size >= OUTBOX_COALESCE_MAX ||
        size > OUTBOX_COALESCE_MAX - tail->size)
        return false;
    if (size <= tail->capacity - tail->size)
        return true;
    return tail == outbox->head && tail->done == 0 && tail->capacity == SMALL_CAPACITY &&
           widen_head(outbox);
}

static void link_block(struct outbox *outbox, struct outbox_block *block)
{
    if (outbox->tail == NULL)
        outbox->head = block;
    else
        outbox->tail->next = block;
    outbox->tail = block;
}

struct outbox_block *outbox_block_create(size_t size)
{
    struct outbox_block *block = NULL;
    if (size <= LARGE_CAPACITY)
        block = take_block(size <= SMALL_CAPACITY ? &small_shelf : &large_shelf);
    return block != NULL ? block : make_block(size);
}

struct outbox_block *outbox_block_destroy(struct outbox_block *block)
{
    if (block != NULL)
        give_back(block);
    return NULL;
}

void outbox_append_block(struct outbox *outbox, struct outbox_block *block)
{
    assert(block->size > 0 && block->done == 0 && block->next == NULL);
    outbox->size += block->size;
    link_block(outbox, block);
}

void outbox_set_refill(struct outbox *outbox, outbox_refill_fn refill, void *user)
{
    outbox->refill = refill;
    outbox->refill_user = user;
}

enum via_status outbox_add(struct outbox *outbox, size_t size, const int *fds, size_t n_fds,
                           uint8_t **placep)
{
    assert(n_fds <= OUTBOX_FDS_MAX);
    if (n_fds > 0 || !does_tail_take(outbox, size)) {
        int *kept = NULL;
        if (n_fds > 0) {
            kept = malloc(n_fds * sizeof *kept);
            if (kept == NULL)
                return VIA_NO_MEMORY;
            memcpy(kept, fds, n_fds * sizeof *kept);
        }
        struct outbox_block *block = find_block(outbox, size, n_fds);
        if (block == NULL) {
            free(kept);
            return VIA_NO_MEMORY;
        }
        block->fds = kept;
        block->n_fds = n_fds;
        link_block(outbox, block);
    }
    struct outbox_block *tail = outbox->tail;
    *placep = tail->octets + tail->size;
    tail->size += size;
    outbox->size += size;
    return VIA_OK;
}

size_t outbox_size(const struct outbox *outbox)
{
    return outbox->size;
}

struct outbox_block *outbox_head(struct outbox *outbox)
{
    if (outbox->head == NULL && outbox->refill != NULL)
        outbox->refill(outbox->refill_user, outbox);
    return outbox->head;
}

static void drop_head(struct outbox *outbox)
{
    struct outbox_block *head = outbox->head;
    outbox->size -= head->size - head->done;
    outbox->head = head->next;
    if (outbox->head == NULL)
        outbox->tail = NULL;
    give_back(head);
}

void outbox_wrote(struct outbox *outbox, size_t n)
{
    struct outbox_block *head = outbox->head;
    assert(head != NULL && n <= head->size - head->done);
    head->done += n;
    outbox->size -= n;
    if (head->done == head->size)
        drop_head(outbox);
}

void outbox_clear(struct outbox *outbox)
{
    while (outbox->head != NULL)
        drop_head(outbox);
}

/* ---- from process to process ---- */

static void block_fds_state(struct outbox_block *block, struct state *state)
{
    uint32_t n = (uint32_t)block->n_fds;
    state_count(state, &n, OUTBOX_FDS_MAX);
    if (state->loading && n > 0) {
        block->fds = malloc(n * sizeof *block->fds);
        if (block->fds == NULL) {
            state->status = VIA_NO_MEMORY;
            return;
        }
    }
    for (uint32_t i = 0; i < n && state_is_good(state); i++) {
        int fd = state->loading ? -1 : block->fds[i];
        state_fd(state, &fd);
        if (state->loading && state_require(state, fd >= 0, "a descriptor"))
            block->fds[block->n_fds++] = fd;
    }
}

static void load_block(struct outbox *outbox, struct state *state)
{
    const uint8_t *octets = NULL;
    size_t size = 0;
    state_run(state, &octets, &size);
    if (!state_require(state, size > 0, "an empty block"))
        return;
    struct outbox_block *block = outbox_block_create(size);
    if (block == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    memcpy(block->octets, octets, size);
    block->size = size;
    outbox_append_block(outbox, block);
    block_fds_state(block, state);
}

void outbox_state(struct outbox *outbox, struct state *state)
{
    uint32_t n = 0;
    for (struct outbox_block *block = outbox->head; block != NULL; block = block->next)
        n++;
    state_count(state, &n, UINT32_MAX);
    if (state->loading) {
        while (n-- > 0 && state_is_good(state))
            load_block(outbox, state);
        return;
    }
    for (struct outbox_block *block = outbox->head; block != NULL; block = block->next) {
        const uint8_t *octets = block->octets + block->done;
        size_t size = block->size - block->done;
        state_run(state, &octets, &size);
        block_fds_state(block, state);
    }
}

static void clear_shelf(struct shelf *shelf)
{
    pthread_mutex_lock(&pool_lock);
    struct outbox_block *blocks = shelf->blocks;
    shelf->blocks = NULL;
    shelf->n = 0;
    pthread_mutex_unlock(&pool_lock);
    while (blocks != NULL) {
        struct outbox_block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

void outbox_pool_drain(void)
{
    clear_shelf(&small_shelf);
    clear_shelf(&large_shelf);
}
