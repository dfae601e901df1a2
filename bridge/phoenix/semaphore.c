/*
 * A semaphore is a count with a mutex and a condition, all in the program's storage.
 */
#include <errno.h>
#include <limits.h>
#include <sys/threads.h>
#include <sys/time.h>

int semaphoreCreate(semaphore_t *s, unsigned int v)
{
    if (s == NULL || v > INT_MAX)
        return -EINVAL;
    int result = mutexCreate(&s->mutex);
    if (result < 0)
        return result;
    result = condCreate(&s->cond);
    if (result < 0) {
        (void)resourceDestroy(s->mutex);
        return result;
    }
    s->v = v;
    return 0;
}

static time_t now(void)
{
    time_t raw;
    (void)gettime(&raw, NULL);
    return raw;
}

int semaphoreDown(semaphore_t *s, time_t timeout)
{
    const time_t begun = timeout == 0 ? 0 : now();
    int result = mutexLock(s->mutex);
    if (result < 0)
        return result;
    while (s->v == 0 && result == 0) {
        /* what is left of it, which must not become 0: that is for ever */
        const time_t left = timeout == 0 ? 0 : timeout - (now() - begun);
        result = timeout != 0 && left <= 0 ? -ETIME : condWait(s->cond, s->mutex, left);
    }
    if (s->v > 0 && result != -EINVAL) { /* semaphoreDone() meanwhile: the mutex is no more */
        s->v--;
        result = 0;
    }
    (void)mutexUnlock(s->mutex);
    return result;
}

int semaphoreUp(semaphore_t *s)
{
    int result = mutexLock(s->mutex);
    if (result < 0)
        return result;
    if (s->v < INT_MAX) {
        s->v++;
        (void)condSignal(s->cond);
    } else {
        result = -EOVERFLOW;
    }
    (void)mutexUnlock(s->mutex);
    return result;
}

int semaphoreDone(semaphore_t *s)
{
    (void)resourceDestroy(s->mutex);
    (void)resourceDestroy(s->cond);
    return 0;
}
