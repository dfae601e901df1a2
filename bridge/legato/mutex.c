/*
 * Mutexes: pthread's own, of the kinds that find out about misuse.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/legato/fatal.h"
#include "include/legato/le_mutex.h"

#define NAME_SIZE 32u

struct le_mutex {
    pthread_mutex_t mutex;
    char name[NAME_SIZE];
};

static le_mutex_Ref_t create(const char *name, int type)
{
    struct le_mutex *mutex = legato_allocate(sizeof *mutex);
    memcpy(mutex->name, name, strnlen(name, NAME_SIZE - 1));
    pthread_mutexattr_t attributes;
    (void)pthread_mutexattr_init(&attributes);
    (void)pthread_mutexattr_settype(&attributes, type);
    (void)pthread_mutex_init(&mutex->mutex, &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
    return mutex;
}

le_mutex_Ref_t le_mutex_CreateRecursive(const char *nameStr)
{
    return create(nameStr, PTHREAD_MUTEX_RECURSIVE);
}

le_mutex_Ref_t le_mutex_CreateNonRecursive(const char *nameStr)
{
    return create(nameStr, PTHREAD_MUTEX_ERRORCHECK);
}

static void check(const struct le_mutex *mutex, const char *function)
{
    if (mutex == NULL)
        legato_fatal("%s: NULL is no mutex", function);
}

static void check_error(const struct le_mutex *mutex, int error, const char *function)
{
    if (error != 0)
        legato_fatal("%s: mutex '%s': %s", function, mutex->name, strerrorname_np(error));
}

void le_mutex_Delete(le_mutex_Ref_t mutexRef)
{
    check(mutexRef, __func__);
    /* pthread does not say of every kind that it is held */
    check_error(mutexRef, pthread_mutex_trylock(&mutexRef->mutex), __func__);
    (void)pthread_mutex_unlock(&mutexRef->mutex);
    check_error(mutexRef, pthread_mutex_destroy(&mutexRef->mutex), __func__);
    free(mutexRef);
}

void le_mutex_Lock(le_mutex_Ref_t mutexRef)
{
    check(mutexRef, __func__);
    check_error(mutexRef, pthread_mutex_lock(&mutexRef->mutex), __func__);
}

le_result_t le_mutex_TryLock(le_mutex_Ref_t mutexRef)
{
    check(mutexRef, __func__);
    int error = pthread_mutex_trylock(&mutexRef->mutex);
    if (error == EBUSY)
        return LE_WOULD_BLOCK;
    check_error(mutexRef, error, __func__);
    return LE_OK;
}

void le_mutex_Unlock(le_mutex_Ref_t mutexRef)
{
    check(mutexRef, __func__);
    check_error(mutexRef, pthread_mutex_unlock(&mutexRef->mutex), __func__);
}
