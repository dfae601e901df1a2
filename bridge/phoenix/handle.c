/*
 * The table is made of blocks that are never freed, so a place is found without a lock, whatever
 * number a program comes with; whether it is the handle's, its guard tells. A place that had a
 * handle is the last to be used again, and then under another number: HANDLES_MAX and the number of
 * uses share an int's bits.
 *
 * Locks: the table's, then a place's guard; never two guards, as a place is a mutex's today and a
 * condition's tomorrow.
 *
 * In a child of fork() all handles are there, nothing is locked and nobody waits, as none of the
 * threads is there that might have done so.
 */
#include "bridge/phoenix/handle.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#define INDEX_BITS 20
#define INDEX_MASK ((1u << INDEX_BITS) - 1)
#define USES_MASK 0x7ffu /* the rest of a positive int */
#define BLOCK_SIZE 256u  /* places */
#define N_BLOCKS ((HANDLES_MAX + 1) / BLOCK_SIZE)

_Static_assert(HANDLES_MAX == INDEX_MASK, "every place but the first has a number");

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static struct place *_Atomic blocks[N_BLOCKS]; /* owned, for ever */
static unsigned int n_places = 1;              /* those that were ever used; 0 is no handle */
static struct place *first_free, *last_free;   /* a queue */

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static struct place *place_at(unsigned int index)
{
    struct place *block = atomic_load_explicit(&blocks[index / BLOCK_SIZE], memory_order_acquire);
    return block == NULL ? NULL : &block[index % BLOCK_SIZE];
}

/* ---- free places ---- */

static void free_place_locked(struct place *place)
{
    place->next = NULL;
    if (first_free == NULL)
        first_free = place;
    else
        last_free->next = place;
    last_free = place;
}

static void free_place(struct place *place)
{
    (void)pthread_mutex_lock(&table);
    free_place_locked(place);
    (void)pthread_mutex_unlock(&table);
}

static struct place *new_place_locked(void)
{
    if (n_places > HANDLES_MAX)
        return NULL;
    const unsigned int index = n_places;
    if (place_at(index) == NULL) {
        struct place *block = calloc(BLOCK_SIZE, sizeof *block);
        if (block == NULL)
            return NULL;
        const unsigned int first = index - index % BLOCK_SIZE;
        for (unsigned int i = 0; i < BLOCK_SIZE; i++) {
            (void)pthread_mutex_init(&block[i].guard, NULL);
            (void)pthread_cond_init(&block[i].changed, NULL);
            block[i].index = first + i;
        }
        atomic_store_explicit(&blocks[index / BLOCK_SIZE], block, memory_order_release);
    }
    n_places++;
    return place_at(index);
}

static struct place *take_place_locked(void)
{
    struct place *place = first_free;
    if (place == NULL)
        return new_place_locked();
    first_free = place->next;
    return place;
}

/* ---- fork ---- */

static void before_fork(void)
{
    (void)pthread_mutex_lock(&table);
}

static void after_fork_in_parent(void)
{
    (void)pthread_mutex_unlock(&table);
}

static void after_fork_in_child(void)
{
    (void)pthread_mutex_init(&table, NULL);
    first_free = NULL;
    for (unsigned int index = 1; index < n_places; index++) {
        struct place *place = place_at(index);
        (void)pthread_mutex_init(&place->guard, NULL);
        (void)pthread_cond_init(&place->changed, NULL);
        if (place->handle == 0)
            free_place_locked(place);
        place->n_waiting = 0;
        place->is_locked = false;
        place->waiters = NULL;
        place->is_pending = false;
    }
}

static void mind_forks(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* ---- handles ---- */

int handle_create(enum handle_kind kind, handle_t *handlep)
{
    (void)pthread_once(&fork_once, mind_forks);
    (void)pthread_mutex_lock(&table);
    struct place *place = take_place_locked();
    if (place != NULL) {
        (void)pthread_mutex_lock(&place->guard);
        place->handle = (handle_t)((place->n_uses & USES_MASK) << INDEX_BITS | place->index);
        place->n_uses++;
        place->kind = kind;
        place->is_locked = false;
        place->is_pending = false;
        *handlep = place->handle;
        (void)pthread_mutex_unlock(&place->guard);
    }
    (void)pthread_mutex_unlock(&table);
    return place == NULL ? -ENOMEM : 0;
}

static struct place *enter(handle_t handle)
{
    if (handle <= 0)
        return NULL;
    struct place *place = place_at((unsigned int)handle & INDEX_MASK);
    if (place == NULL)
        return NULL;
    (void)pthread_mutex_lock(&place->guard);
    if (place->handle == handle)
        return place;
    (void)pthread_mutex_unlock(&place->guard);
    return NULL;
}

struct place *handle_enter(handle_t handle, enum handle_kind kind)
{
    struct place *place = enter(handle);
    if (place == NULL || place->kind == kind)
        return place;
    handle_leave(place);
    return NULL;
}

void handle_leave(struct place *place)
{
    (void)pthread_mutex_unlock(&place->guard);
}

int handle_destroy(handle_t handle)
{
    (void)pthread_mutex_lock(&table);
    struct place *place = enter(handle);
    if (place == NULL) {
        (void)pthread_mutex_unlock(&table);
        return -EINVAL;
    }
    place->handle = 0;
    const bool is_free = place->n_waiting == 0;
    if (is_free)
        free_place_locked(place);
    (void)pthread_cond_broadcast(&place->changed);
    struct waiter *waiter = place->waiters;
    if (waiter != NULL) {
        do {
            (void)pthread_cond_signal(&waiter->wake);
            waiter = waiter->next;
        } while (waiter != place->waiters);
    }
    handle_leave(place);
    (void)pthread_mutex_unlock(&table);
    return is_free ? 0 : -EBUSY;
}

void handle_wait_begins(struct place *place)
{
    place->n_waiting++;
}

void handle_wait_goes_on(struct place *place)
{
    (void)pthread_mutex_lock(&place->guard);
}

bool handle_wait_ends(struct place *place, handle_t handle)
{
    place->n_waiting--;
    if (place->handle == handle)
        return true;
    const bool is_last = place->n_waiting == 0;
    handle_leave(place);
    if (is_last)
        free_place(place);
    return false;
}
