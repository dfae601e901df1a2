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

int mutexLock2(handle_t h1, handle_t h2)
{
    int result = h1 == h2 ? -EINVAL : mutexLock(h1);
    while (result == 0) {
        result = mutexTry(h2);
        if (result == 0)
            return 0;
        (void)mutexUnlock(h1);
        if (result != -EBUSY)
            return result;
        const handle_t locked = h1;
        result = mutexLock(h2);
        h1 = h2;
        h2 = locked;
    }
    return result;
}

int resourceDestroy(handle_t h)
{
    return handle_destroy(h);
}
