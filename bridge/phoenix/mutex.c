/*
 * A mutex is locked or not; who locked it does not matter, so another thread may unlock it, and one
 * that locks it twice waits for that.
 */
#include <errno.h>

#include "bridge/phoenix/handle.h"

int mutexCreate(handle_t *h)
{
    return h == NULL ? -EFAULT : handle_create(HANDLE_MUTEX, h);
}

int mutexLock(handle_t h)
{
    struct place *mutex = handle_enter(h, HANDLE_MUTEX);
    if (mutex == NULL)
        return -EINVAL;
    if (mutex->is_locked) {
        handle_wait_begins(mutex);
        while (mutex->is_locked && mutex->handle == h)
            (void)pthread_cond_wait(&mutex->changed, &mutex->guard);
        if (!handle_wait_ends(mutex, h))
            return -EINVAL;
    }
    mutex->is_locked = true;
    handle_leave(mutex);
    return 0;
}

int mutexTry(handle_t h)
{
    struct place *mutex = handle_enter(h, HANDLE_MUTEX);
    if (mutex == NULL)
        return -EINVAL;
    const bool was_locked = mutex->is_locked;
    mutex->is_locked = true;
    handle_leave(mutex);
    return was_locked ? -EBUSY : 0;
}

int mutexUnlock(handle_t h)
{
    struct place *mutex = handle_enter(h, HANDLE_MUTEX);
    if (mutex == NULL)
        return -EINVAL;
    const bool was_locked = mutex->is_locked;
    mutex->is_locked = false;
    if (mutex->n_waiting > 0)
        (void)pthread_cond_signal(&mutex->changed);
    handle_leave(mutex);
    return was_locked ? 0 : -EPERM;
}

int resourceDestroy(handle_t h)
{
    return handle_destroy(h);
}
