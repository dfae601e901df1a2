/*
 * Threads are detached pthreads. A thread that the library began is in one of two lists, those that
 * run and those that have ended, where it stays until it is joined, or forgotten for those that
 * ended later. Its number is Linux's own.
 *
 * In a child of fork() no thread is there but the one that forked.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/list.h>
#include <sys/threads.h>
#include <unistd.h>

#include "bridge/phoenix/moment.h"

#define ENDED_MAX 4096u /* that nobody joined */
#define PRIORITY_MAX 7
#define PRIORITY_DEFAULT 4

/* What the thread that begins another waits for, in its own storage. */
struct birth {
    handle_t *id; /* set by the new thread, before it runs anything else */
    bool is_over;
};

struct thread {
    struct thread *next, *prev; /* of its list */
    void (*start)(void *arg);
    void *arg;
    int priority;
    int tid; /* 0 until it runs itself */
    bool has_ended;
    struct birth *birth; /* borrowed until it is over; NULL: nobody waits for it */
};

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static pthread_cond_t changed;
static struct thread *running; /* owned */
static struct thread *ended;   /* owned, the first that ended first */
static unsigned int n_ended;

static _Thread_local struct thread *self; /* NULL in one that the library did not begin */
static _Thread_local int own_priority = PRIORITY_DEFAULT;

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- fork ---- */

static void before_fork(void)
{
    (void)pthread_mutex_lock(&registry);
}

static void after_fork_in_parent(void)
{
    (void)pthread_mutex_unlock(&registry);
}

static void forget_all(struct thread **list)
{
    while (*list != NULL) {
        struct thread *thread = *list;
        LIST_REMOVE(list, thread);
        if (thread != self)
            free(thread);
    }
}

static void after_fork_in_child(void)
{
    (void)pthread_mutex_init(&registry, NULL);
    moment_condition_init(&changed);
    forget_all(&running);
    forget_all(&ended);
    n_ended = 0;
    if (self != NULL) {
        self->tid = gettid();
        LIST_ADD(&running, self);
    }
}

static void init(void)
{
    moment_condition_init(&changed);
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* ---- a thread's life ---- */

static void has_begun(struct thread *thread)
{
    (void)pthread_mutex_lock(&registry);
    thread->tid = gettid();
    if (thread->birth != NULL) {
        *thread->birth->id = thread->tid;
        thread->birth->is_over = true;
        thread->birth = NULL;
        (void)pthread_cond_broadcast(&changed);
    }
    (void)pthread_mutex_unlock(&registry);
}

static void has_ended(void *object)
{
    struct thread *thread = object;
    struct thread *forgotten = NULL;
    (void)pthread_mutex_lock(&registry);
    self = NULL;
    LIST_REMOVE(&running, thread);
    LIST_ADD(&ended, thread);
    thread->has_ended = true;
    if (++n_ended > ENDED_MAX) {
        forgotten = ended;
        LIST_REMOVE(&ended, forgotten);
        n_ended--;
    }
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&registry);
    free(forgotten);
}

static void *live(void *object)
{
    struct thread *thread = object;
    self = thread;
    own_priority = thread->priority;
    has_begun(thread);
    pthread_cleanup_push(has_ended, thread);
    thread->start(thread->arg);
    pthread_cleanup_pop(1);
    return NULL;
}

static int start_pthread(struct thread *thread, size_t stack_size)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return -error;
    size_t normal = 0;
    (void)pthread_attr_getstacksize(&attributes, &normal);
    if (stack_size > normal)
        (void)pthread_attr_setstacksize(&attributes, stack_size);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t id;
    error = pthread_create(&id, &attributes, live, thread);
    (void)pthread_attr_destroy(&attributes);
    return -error;
}

int beginthreadex(void (*start)(void *), unsigned int priority, void *stack, unsigned int stacksz,
                  void *arg, handle_t *id)
{
    (void)stack;
    if (start == NULL || priority > PRIORITY_MAX)
        return -EINVAL;
    (void)pthread_once(&once, init);
    struct thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL)
        return -ENOMEM;
    struct birth birth = {.id = id};
    thread->start = start;
    thread->arg = arg;
    thread->priority = (int)priority;
    thread->birth = id == NULL ? NULL : &birth;

    (void)pthread_mutex_lock(&registry);
    LIST_ADD(&running, thread);
    const int result = start_pthread(thread, stacksz);
    if (result < 0) {
        LIST_REMOVE(&running, thread);
        free(thread);
    } else if (id != NULL) {
        while (!birth.is_over)
            (void)pthread_cond_wait(&changed, &registry);
    }
    (void)pthread_mutex_unlock(&registry);
    return result;
}

void endthread(void)
{
    pthread_exit(NULL);
}

/* ---- joining ---- */

static struct thread *find(struct thread *list, int tid)
{
    struct thread *thread = list;
    if (thread == NULL)
        return NULL;
    do {
        if (tid < 0 || thread->tid == tid)
            return thread;
        thread = thread->next;
    } while (thread != list);
    return NULL;
}

static int join_locked(int tid, const struct timespec *moment)
{
    bool is_over = false;
    for (;;) {
        struct thread *thread = find(ended, tid);
        if (thread != NULL) {
            const int joined = thread->tid;
            LIST_REMOVE(&ended, thread);
            n_ended--;
            free(thread);
            return joined;
        }
        if (tid >= 0 && find(running, tid) == NULL)
            return -EINVAL;
        if (is_over)
            return -ETIME;
        if (moment == NULL)
            (void)pthread_cond_wait(&changed, &registry);
        else
            is_over = pthread_cond_timedwait(&changed, &registry, moment) == ETIMEDOUT;
    }
}

int threadJoin(int tid, time_t timeout)
{
    if (tid == gettid())
        return -EDEADLK;
    (void)pthread_once(&once, init);
    const struct timespec moment = moment_in(timeout);
    (void)pthread_mutex_lock(&registry);
    const int result = join_locked(tid, timeout == 0 ? NULL : &moment);
    (void)pthread_mutex_unlock(&registry);
    return result;
}

/* ---- priority ---- */

int priority(int priority)
{
    if (priority < -1 || priority > PRIORITY_MAX)
        return -EINVAL;
    if (priority >= 0)
        own_priority = priority;
    return own_priority;
}
