/*
 * A signal that comes while a thread is awake must not be lost on the wait that follows, so from
 * the first sleep of a wait to its end all signals are blocked, and each sleep lets them through by
 * itself: epoll_pwait() in the loop, ppoll() on a bell elsewhere. Neither is restarted, whatever
 * SA_RESTART says. Those that find the thread busy with something that is done anyway are handled
 * when the mask is put back, and end nothing.
 */
#include "bridge/interruption.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "bridge/lead.h"
#include "bridge/loop.h"
#include "bridge/seat.h"

static _Thread_local struct interruption here;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

void interruption_heed(bool heeds)
{
    seat_here()->heeds_signals = heeds;
}

/* ---- the bell ---- */

static void end_thread(void *own)
{
    struct interruption *interruption = own;
    (void)close(interruption->bell);
    interruption->bell = 0;
}

static void create_key(void)
{
    has_key = pthread_key_create(&key, end_thread) == 0;
}

static bool has_bell(void)
{
    if (here.bell > 0)
        return true;
    (void)pthread_once(&once, create_key);
    int bell = has_key ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    if (bell < 0)
        return false;
    if (bell == 0 || pthread_setspecific(key, &here) != 0) {
        (void)close(bell);
        return false;
    }
    here.bell = bell;
    return true;
}

void interruption_forget(void)
{
    if (here.bell > 0)
        (void)close(here.bell);
    here.bell = 0;
    if (has_key)
        (void)pthread_setspecific(key, NULL);
}

void interruption_ring(const struct interruption *interruption)
{
    uint64_t one = 1;
    (void)!write(interruption->bell, &one, sizeof one);
}

void interruption_hush(const struct interruption *interruption)
{
    uint64_t n;
    (void)!read(interruption->bell, &n, sizeof n);
}

/* ---- one wait ---- */

struct interruption *interruption_begin(void)
{
    sigset_t every;
    if (!seat_here()->heeds_signals || !has_bell())
        return NULL;
    here.came = false;
    (void)sigfillset(&every);
    (void)pthread_sigmask(SIG_SETMASK, &every, &here.program);
    return &here;
}

void interruption_end(struct interruption *interruption)
{
    if (interruption != NULL)
        (void)pthread_sigmask(SIG_SETMASK, &interruption->program, NULL);
}

void interruption_suspend(struct interruption *interruption)
{
    if (interruption == NULL)
        return;
    interruption_heed(false);
    interruption_end(interruption);
}

void interruption_resume(struct interruption *interruption)
{
    sigset_t every;
    if (interruption == NULL)
        return;
    interruption_heed(true);
    (void)sigfillset(&every);
    (void)pthread_sigmask(SIG_SETMASK, &every, &interruption->program);
}

void interruption_sleep(struct interruption *interruption, pthread_mutex_t *lock, uint64_t until_ms)
{
    struct pollfd own = {.fd = interruption->bell, .events = POLLIN};
    uint64_t now = until_ms == LEAD_FOR_EVER ? 0 : loop_now();
    uint64_t left = until_ms > now ? until_ms - now : 0;
    const struct timespec time = {.tv_sec = (time_t)(left / 1000u),
                                  .tv_nsec = (long)(left % 1000u) * 1000000L};
    (void)pthread_mutex_unlock(lock);
    bool interrupted =
        ppoll(&own, 1, until_ms == LEAD_FOR_EVER ? NULL : &time, &interruption->program) < 0 &&
        errno == EINTR;
    (void)pthread_mutex_lock(lock);
    if (interrupted)
        interruption->came = true;
}
