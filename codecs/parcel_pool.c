/*
 * A pool of empty parcels for each thread, so that a steady call allocates none and takes no lock.
 * A parcel goes to the pool of the thread that drops it. The pool is bounded, and a thread that
 * ends gives it up.
 */

#include <pthread.h>

#include "codecs/parcel.h"
#include "codecs/parcel_inside.h"

#define POOL_PARCELS_MAX 64u

struct pool {
    struct via_parcel *head; /* owned, and all behind it */
    unsigned n_parcels;
    bool is_registered; /* it will be drained when the thread ends */
};

static _Thread_local struct pool pool;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static void end_thread(void *own)
{
    struct pool *ending = own;
    ending->is_registered = false;
    parcel_pool_drain();
}

static void create_key(void)
{
    has_key = pthread_key_create(&key, end_thread) == 0;
}

/* Without a key the pool would be lost with its thread. */
static bool is_registered(void)
{
    if (!pool.is_registered) {
        if (pthread_once(&key_once, create_key) != 0 || !has_key)
            return false;
        pool.is_registered = pthread_setspecific(key, &pool) == 0;
    }
    return pool.is_registered;
}

struct via_parcel *parcel_pool_take(void)
{
    struct via_parcel *parcel = pool.head;
    if (parcel != NULL) {
        pool.head = parcel->next;
        pool.n_parcels--;
    }
    return parcel;
}

bool parcel_pool_give(struct via_parcel *parcel)
{
    if (pool.n_parcels == POOL_PARCELS_MAX || !is_registered())
        return false;
    parcel->next = pool.head;
    pool.head = parcel;
    pool.n_parcels++;
    return true;
}

void parcel_pool_drain(void)
{
    struct via_parcel *parcel;
    while ((parcel = parcel_pool_take()) != NULL)
        parcel_free(parcel);
}
