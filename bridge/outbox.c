/*
 * An outbox is a list of blocks. A frame goes into the last one if it fits, so that what is waiting
 * is written at once. A link that was idle begins with a small block, and moves it to a large one
 * when more comes before it is written; a frame that fits in neither has a block of its own.
 *
 * What has been written and is kept stands in a list of its own, in order before what waits: to
 * write it again is to put the two lists together. There the octets of small blocks move together,
 * or each would hold a page until it is acknowledged. Urgent frames have a block apart.
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

#include "bridge/outbox_state.h"
#include "codecs/octets.h"

#define BLOCK_OVERHEAD (sizeof(struct outbox_block) + OUTBOX_HEADROOM)
#define SMALL_CAPACITY (4080u - BLOCK_OVERHEAD) /* with malloc's own word a page */
/* A payload of 64 KiB fits with its header, META and references. */
#define LARGE_CAPACITY (OUTBOX_COALESCE_MAX + 4096u)
#define POOL_SMALL_MAX 256u /* 1 MiB */
#define POOL_LARGE_MAX 32u  /* 2 MiB */

#define GATHER_MAX 1024u /* octets of a written block that move to the one before it */

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
    block->n_frames = 0;
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
    uint8_t *octets = (uint8_t *)(block + 1) + OUTBOX_HEADROOM;
    block->capacity += (size_t)(block->octets - octets); /* what was cut off its front */
    block->octets = octets;
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
    large->before = small->before;
    large->n_frames = small->n_frames;
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
    block->before = outbox->n_frames;
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
    block->n_frames = 1;
    outbox->n_frames++;
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
    tail->n_frames++;
    outbox->size += size;
    outbox->n_frames++;
    return VIA_OK;
}

enum via_status outbox_add_frames(struct outbox *outbox, size_t size, uint32_t n_frames,
                                  uint8_t **placep)
{
    enum via_status status = outbox_add(outbox, size, NULL, 0, placep);
    if (status != VIA_OK)
        return status;
    outbox->tail->n_frames += n_frames - 1;
    outbox->n_frames += n_frames - 1;
    return VIA_OK;
}

enum via_status outbox_add_urgent(struct outbox *outbox, size_t size, uint8_t **placep)
{
    struct outbox_block *block = outbox->urgent;
    if (block != NULL && size > block->capacity - block->size) {
        struct outbox_block *larger = make_block(2 * (block->size + size));
        if (larger == NULL)
            return VIA_NO_MEMORY;
        memcpy(larger->octets, block->octets, block->size);
        larger->size = block->size;
        larger->done = block->done;
        give_back(block);
        block = larger;
    } else if (block == NULL) {
        block = outbox_block_create(size);
        if (block == NULL)
            return VIA_NO_MEMORY;
    }
    outbox->urgent = block;
    *placep = block->octets + block->size;
    block->size += size;
    outbox->size += size;
    return VIA_OK;
}

size_t outbox_size(const struct outbox *outbox)
{
    return outbox->size;
}

uint8_t *outbox_urgent_end(struct outbox *outbox, size_t size)
{
    struct outbox_block *block = outbox->urgent;
    if (block == NULL || block->done > 0 || block->size < size)
        return NULL;
    return block->octets + block->size - size;
}

static bool may_write(const struct outbox *outbox)
{
    return !outbox->held && (outbox->window == 0 || outbox->kept_size < outbox->window);
}

struct outbox_block *outbox_head(struct outbox *outbox)
{
    bool is_begun = outbox->head != NULL && outbox->head->done > 0;
    if (outbox->urgent != NULL && (!is_begun || outbox->urgent->done > 0))
        return outbox->urgent;
    if (!is_begun && !may_write(outbox))
        return NULL;
    if (outbox->head == NULL && outbox->refill != NULL)
        outbox->refill(outbox->refill_user, outbox);
    return outbox->head;
}

static void drop_urgent(struct outbox *outbox)
{
    if (outbox->urgent == NULL)
        return;
    outbox->size -= outbox->urgent->size - outbox->urgent->done;
    give_back(outbox->urgent);
    outbox->urgent = NULL;
}

static void unlink_head(struct outbox *outbox)
{
    struct outbox_block *head = outbox->head;
    outbox->size -= head->size - head->done;
    outbox->head = head->next;
    if (outbox->head == NULL)
        outbox->tail = NULL;
    head->next = NULL;
}

static void keep_block(struct outbox *outbox, struct outbox_block *block)
{
    struct outbox_block *last = outbox->kept_tail;
    outbox->kept_size += block->size;
    if (last != NULL && block->size <= GATHER_MAX && block->size <= last->capacity - last->size) {
        memcpy(last->octets + last->size, block->octets, block->size);
        last->size += block->size;
        last->done = last->size;
        last->n_frames += block->n_frames;
        give_back(block);
        return;
    }
    if (last == NULL)
        outbox->kept = block;
    else
        last->next = block;
    outbox->kept_tail = block;
}

/* What outbox_head() gave to be written. */
static struct outbox_block *begin_writing(struct outbox *outbox)
{
    struct outbox_block *block = outbox->urgent;
    bool is_begun = outbox->head != NULL && outbox->head->done > 0;
    if (block == NULL || (is_begun && block->done == 0))
        block = outbox->head;
    assert(block != NULL);
    if (block != outbox->urgent)
        outbox->n_given = block->before + block->n_frames;
    return block;
}

void outbox_failed(struct outbox *outbox)
{
    (void)begin_writing(outbox);
}

void outbox_wrote(struct outbox *outbox, size_t n)
{
    struct outbox_block *block = begin_writing(outbox);
    assert(n <= block->size - block->done);
    block->done += n;
    outbox->size -= n;
    if (block->done < block->size)
        return;
    if (block == outbox->urgent) {
        drop_urgent(outbox);
        return;
    }
    unlink_head(outbox);
    if (outbox->window > 0)
        keep_block(outbox, block);
    else
        give_back(block);
}

static void drop_kept(struct outbox *outbox)
{
    struct outbox_block *block = outbox->kept;
    outbox->kept = block->next;
    if (outbox->kept == NULL)
        outbox->kept_tail = NULL;
    outbox->kept_size -= block->size;
    give_back(block);
}

void outbox_clear(struct outbox *outbox)
{
    drop_urgent(outbox);
    while (outbox->head != NULL) {
        struct outbox_block *head = outbox->head;
        unlink_head(outbox);
        give_back(head);
    }
    while (outbox->kept != NULL)
        drop_kept(outbox);
    outbox->n_frames = 0;
    outbox->n_given = 0;
    outbox->held = false;
}

/* ---- what is kept ---- */

void outbox_keep(struct outbox *outbox, size_t window)
{
    outbox->window = window;
}

size_t outbox_kept(const struct outbox *outbox)
{
    return outbox->kept_size;
}

uint64_t outbox_count(const struct outbox *outbox)
{
    return outbox->n_frames;
}

static bool is_past(const struct outbox_block *block, uint64_t count)
{
    return block->before + block->n_frames <= count;
}

bool outbox_acknowledge(struct outbox *outbox, uint64_t count)
{
    if (count > outbox->n_given)
        return false;
    while (outbox->kept != NULL && is_past(outbox->kept, count))
        drop_kept(outbox);
    return true;
}

void outbox_hold(struct outbox *outbox)
{
    drop_urgent(outbox);
    outbox->held = true;
    if (outbox->head != NULL) {
        outbox->size += outbox->head->done;
        outbox->head->done = 0;
    }
}

/* It must have those that were let go, and cannot have one of which nothing was written. */
static bool can_have(const struct outbox *outbox, uint64_t count)
{
    const struct outbox_block *first = outbox->kept != NULL ? outbox->kept : outbox->head;
    uint64_t least = first == NULL ? outbox->n_frames : first->before;
    return count >= least && count <= outbox->n_given;
}

/* Cuts those of the first @count frames off @block's front that are in it. */
static void cut(struct outbox *outbox, struct outbox_block *block, uint64_t count)
{
    while (block->before < count) {
        uint32_t size = octets_get_u32(block->octets);
        assert(size <= block->size && block->n_frames > 0);
        block->octets += size;
        block->size -= size;
        block->capacity -= size;
        block->n_frames--;
        block->before++;
        outbox->size -= size;
    }
}

static void go_over(const struct outbox_block *block, void (*again)(void *user, uint8_t *frame),
                    void *user)
{
    for (size_t at = 0; at < block->size; at += octets_get_u32(block->octets + at))
        again(user, block->octets + at);
}

bool outbox_rewind(struct outbox *outbox, uint64_t count, void (*again)(void *user, uint8_t *frame),
                   void *user)
{
    if (!can_have(outbox, count))
        return false;
    (void)outbox_acknowledge(outbox, count);
    if (outbox->kept != NULL) {
        outbox->kept_tail->next = outbox->head;
        if (outbox->head == NULL)
            outbox->tail = outbox->kept_tail;
        outbox->head = outbox->kept;
        outbox->size += outbox->kept_size;
        outbox->kept = outbox->kept_tail = NULL;
        outbox->kept_size = 0;
    }
    while (outbox->head != NULL && is_past(outbox->head, count)) {
        struct outbox_block *head = outbox->head;
        unlink_head(outbox);
        give_back(head);
    }
    if (outbox->head != NULL)
        cut(outbox, outbox->head, count);
    for (struct outbox_block *block = outbox->head; block != NULL; block = block->next) {
        block->done = 0;
        if (again != NULL)
            go_over(block, again, user);
    }
    outbox->held = false;
    return true;
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
