/*
 * A thread is made, starts, ends. Its end is a destructor of thread-specific data, so that it comes
 * however the pthread ends: what the program registered runs, then what the library's parts did,
 * then the FIFO is closed. Its reference is gone with the end, or with the join when it is
 * joinable; its object with the last count, one of which each message to be queued holds.
 *
 * The main thread is found out by its number, and made when it is first needed: constructors of
 * other libraries may come before ours.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/reference.h"
#include "bridge/legato/thread_state.h"

#define NICE_STEP 10 /* of LOW and HIGH, around MEDIUM */
#define OS_NAME_SIZE 16u

enum thread_phase { PHASE_MADE, PHASE_RUNS, PHASE_ENDED };

struct destructor {
    struct destructor *next; /* owned, the one that was added before it */
    void *reference;         /* NULL: the library's own, which has none */
    void (*function)(void *context);
    void *context;
};

struct legato_thread {
    struct event_loop loop;
    atomic_uint n_refs;
    void *reference;
    char name[LEGATO_THREAD_NAME_MAX + 1];
    le_thread_MainFunc_t main;
    void *context; /* the program's */
    struct destructor
        *destructors;           /* owned; the program's: its own thread's, or before it starts */
    struct destructor *at_ends; /* owned; the library's */

    pthread_mutex_t mutex; /* of what follows */
    enum thread_phase phase;
    bool is_joinable;
    bool is_joined;    /* somebody waits for it */
    size_t stack_size; /* 0: the system's */
    le_thread_Priority_t priority;
    void (*call_off)(void *context); /* NULL: it waits for no other process */
    void *call_off_context;
    pthread_t id; /* from PHASE_RUNS on */
    pid_t tid;    /* likewise, 0 until it runs itself */
};

static _Thread_local struct legato_thread *current;
static struct legato_thread *main_thread; /* one count, for ever */
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

/* ---- objects ---- */

struct legato_thread *legato_thread_ref(struct legato_thread *thread)
{
    atomic_fetch_add(&thread->n_refs, 1);
    return thread;
}

struct legato_thread *legato_thread_unref(struct legato_thread *thread)
{
    if (thread == NULL || atomic_fetch_sub(&thread->n_refs, 1) > 1)
        return NULL;
    event_loop_deinit(&thread->loop);
    (void)pthread_mutex_destroy(&thread->mutex);
    free(thread);
    return NULL;
}

static struct legato_thread *create(const char *name)
{
    if (name == NULL)
        legato_fatal("a thread without a name");
    struct legato_thread *thread = legato_allocate(sizeof *thread);
    size_t size = strnlen(name, LEGATO_THREAD_NAME_MAX + 1);
    if (size > LEGATO_THREAD_NAME_MAX) {
        legato_warn("the name of thread '%s' is cut to %d octets", name, LEGATO_THREAD_NAME_MAX);
        size = LEGATO_THREAD_NAME_MAX;
    }
    memcpy(thread->name, name, size);
    event_loop_init(&thread->loop);
    (void)pthread_mutex_init(&thread->mutex, NULL);
    thread->priority = LE_THREAD_PRIORITY_MEDIUM;
    atomic_init(&thread->n_refs, 1); /* its reference's */
    thread->reference = reference_create(REFERENCE_THREAD, thread);
    return thread;
}

static void hold(void *object)
{
    (void)legato_thread_ref(object);
}

struct legato_thread *legato_thread_of(le_thread_Ref_t reference)
{
    return reference_hold(REFERENCE_THREAD, reference, hold);
}

static struct legato_thread *thread_of(le_thread_Ref_t reference, const char *function)
{
    struct legato_thread *thread = legato_thread_of(reference);
    if (thread == NULL)
        legato_fatal("%s: %p is no thread", function, (void *)reference);
    return thread;
}

static void delete_reference(struct legato_thread *thread)
{
    (void)reference_delete(REFERENCE_THREAD, thread->reference);
    (void)legato_thread_unref(thread);
}

const char *legato_thread_name(const struct legato_thread *thread)
{
    return thread->name;
}

struct event_loop *legato_thread_loop(struct legato_thread *thread)
{
    return &thread->loop;
}

bool legato_thread_queue(struct legato_thread *thread, legato_deferred_fn func, void *param1,
                         void *param2)
{
    return event_loop_queue(&thread->loop, func, param1, param2, NULL);
}

bool legato_thread_unqueue(struct legato_thread *thread, legato_deferred_fn func, void *param1,
                           void *param2)
{
    return event_loop_unqueue(&thread->loop, func, param1, param2);
}

/* ---- beginning and end ---- */

static void add_destructor(struct destructor **list, void (*function)(void *context), void *context,
                           struct destructor **addedp)
{
    struct destructor *added = legato_allocate(sizeof *added);
    *added = (struct destructor){.next = *list, .function = function, .context = context};
    *list = added;
    if (addedp != NULL)
        *addedp = added;
}

void legato_thread_at_end(struct legato_thread *thread, void (*fn)(void *context), void *context)
{
    add_destructor(&thread->at_ends, fn, context, NULL);
}

void legato_thread_set_call_off(struct legato_thread *thread, void (*call_off)(void *context),
                                void *context)
{
    (void)pthread_mutex_lock(&thread->mutex);
    thread->call_off = call_off;
    thread->call_off_context = context;
    (void)pthread_mutex_unlock(&thread->mutex);
}

/* Those that they add while they run are run as well. */
static void run_destructors(struct destructor **list)
{
    while (*list != NULL) {
        struct destructor *first = *list;
        *list = first->next;
        struct destructor now = *first;
        free(first);
        if (now.reference != NULL)
            (void)reference_delete(REFERENCE_DESTRUCTOR, now.reference);
        now.function(now.context);
    }
}

static void end(void *argument)
{
    struct legato_thread *thread = argument;
    int cancel_state;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    current = thread; /* the program's destructors use the library, and may wait */
    run_destructors(&thread->destructors);
    run_destructors(&thread->at_ends);
    current = NULL;
    event_loop_close(&thread->loop);

    (void)pthread_mutex_lock(&thread->mutex);
    thread->phase = PHASE_ENDED;
    bool is_joinable = thread->is_joinable;
    (void)pthread_mutex_unlock(&thread->mutex);
    if (!is_joinable && thread != main_thread)
        delete_reference(thread);
    (void)pthread_setcancelstate(cancel_state, NULL); /* a foreign pthread goes on */
}

static void make_key(void)
{
    if (pthread_key_create(&key, end) != 0)
        legato_fatal("no key for thread-specific data");
}

/* The calling pthread is @thread from now on. */
static void adopt(struct legato_thread *thread)
{
    (void)pthread_once(&key_once, make_key);
    (void)pthread_setspecific(key, thread);
    current = thread;
}

static bool is_main(void)
{
    return gettid() == getpid();
}

static void begin_main(void)
{
    struct legato_thread *thread = create("main");
    thread->phase = PHASE_RUNS;
    thread->id = pthread_self();
    thread->tid = gettid();
    adopt(thread);
    main_thread = thread;
}

struct legato_thread *legato_thread_find(void)
{
    if (current == NULL && main_thread == NULL && is_main())
        begin_main();
    return current;
}

__attribute__((constructor)) static void begin_library(void)
{
    (void)legato_thread_find();
}

struct legato_thread *legato_thread_here(void)
{
    struct legato_thread *thread = legato_thread_find();
    if (thread == NULL)
        legato_fatal("this pthread is no Legato thread: it never called "
                     "le_thread_InitLegatoThreadData()");
    return thread;
}

struct legato_thread *legato_thread_main(void)
{
    return main_thread;
}

void le_thread_InitLegatoThreadData(const char *name)
{
    if (legato_thread_find() != NULL) {
        legato_warn("thread '%s' is a Legato thread already", legato_thread_find()->name);
        return;
    }
    struct legato_thread *thread = create(name);
    thread->phase = PHASE_RUNS;
    thread->id = pthread_self();
    thread->tid = gettid();
    adopt(thread);
}

void le_thread_CleanupLegatoThreadData(void)
{
    struct legato_thread *thread = legato_thread_here();
    (void)pthread_setspecific(key, NULL);
    end(thread);
}

/* ---- what the program asks of one that has not started ---- */

le_thread_Ref_t le_thread_Create(const char *name, le_thread_MainFunc_t mainFunc, void *context)
{
    if (mainFunc == NULL)
        legato_fatal("thread '%s' has nothing to run", name);
    struct legato_thread *thread = create(name);
    thread->main = mainFunc;
    thread->context = context;
    return thread->reference;
}

static void apply_priority_locked(struct legato_thread *thread)
{
    struct sched_param param = {0};
    int policy = SCHED_OTHER;
    int niceness = 0;
    if (thread->priority == LE_THREAD_PRIORITY_IDLE) {
        policy = SCHED_IDLE;
    } else if (thread->priority >= LE_THREAD_PRIORITY_RT_LOWEST) {
        policy = SCHED_RR;
        param.sched_priority = (int)(thread->priority - LE_THREAD_PRIORITY_RT_LOWEST) + 1;
    } else {
        niceness = NICE_STEP * ((int)LE_THREAD_PRIORITY_MEDIUM - (int)thread->priority);
    }
    if (sched_setscheduler(thread->tid, policy, &param) < 0)
        legato_warn("thread '%s' does not get its priority: %s", thread->name,
                    strerrorname_np(errno));
    else if (policy == SCHED_OTHER && setpriority(PRIO_PROCESS, (id_t)thread->tid, niceness) < 0)
        legato_warn("thread '%s' does not get its priority: %s", thread->name,
                    strerrorname_np(errno));
}

le_result_t le_thread_SetPriority(le_thread_Ref_t thread, le_thread_Priority_t priority)
{
    if ((int)priority < LE_THREAD_PRIORITY_IDLE || priority > LE_THREAD_PRIORITY_RT_HIGHEST)
        return LE_OUT_OF_RANGE;
    struct legato_thread *object = thread_of(thread, __func__);
    (void)pthread_mutex_lock(&object->mutex);
    object->priority = priority;
    if (object->phase == PHASE_RUNS && object->tid != 0)
        apply_priority_locked(object);
    (void)pthread_mutex_unlock(&object->mutex);
    (void)legato_thread_unref(object);
    return LE_OK;
}

static enum thread_phase phase_of(struct legato_thread *thread)
{
    (void)pthread_mutex_lock(&thread->mutex);
    enum thread_phase phase = thread->phase;
    (void)pthread_mutex_unlock(&thread->mutex);
    return phase;
}

/* One count of a thread that has not started. */
static struct legato_thread *made_thread(le_thread_Ref_t reference, const char *function)
{
    struct legato_thread *thread = thread_of(reference, function);
    if (phase_of(thread) != PHASE_MADE)
        legato_fatal("%s: thread '%s' has been started", function, thread->name);
    return thread;
}

le_result_t le_thread_SetStackSize(le_thread_Ref_t thread, size_t size)
{
    struct legato_thread *object = made_thread(thread, __func__);
    pthread_attr_t attributes;
    (void)pthread_attr_init(&attributes);
    int error = pthread_attr_setstacksize(&attributes, size);
    (void)pthread_attr_destroy(&attributes);
    le_result_t result = error == 0 ? LE_OK : LE_OVERFLOW;
    if (size > SIZE_MAX / 2)
        result = LE_OUT_OF_RANGE;
    if (result == LE_OK)
        object->stack_size = size;
    (void)legato_thread_unref(object);
    return result;
}

void le_thread_SetJoinable(le_thread_Ref_t thread)
{
    struct legato_thread *object = made_thread(thread, __func__);
    object->is_joinable = true;
    (void)legato_thread_unref(object);
}

/* ---- its life ---- */

static void *run(void *argument)
{
    struct legato_thread *thread = argument;
    adopt(thread);
    char name[OS_NAME_SIZE];
    size_t size = strnlen(thread->name, sizeof name - 1);
    memcpy(name, thread->name, size);
    name[size] = '\0';
    (void)pthread_setname_np(pthread_self(), name);

    (void)pthread_mutex_lock(&thread->mutex);
    thread->tid = gettid();
    if (thread->priority != LE_THREAD_PRIORITY_MEDIUM)
        apply_priority_locked(thread);
    (void)pthread_mutex_unlock(&thread->mutex);
    return thread->main(thread->context);
}

static int start_locked(struct legato_thread *thread)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return error;
    if (!thread->is_joinable)
        (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (thread->stack_size != 0)
        error = pthread_attr_setstacksize(&attributes, thread->stack_size);
    if (error == 0)
        error = pthread_create(&thread->id, &attributes, run, thread);
    (void)pthread_attr_destroy(&attributes);
    if (error == 0)
        thread->phase = PHASE_RUNS;
    return error;
}

void le_thread_Start(le_thread_Ref_t thread)
{
    struct legato_thread *object = made_thread(thread, __func__);
    (void)pthread_mutex_lock(&object->mutex);
    int error = start_locked(object);
    (void)pthread_mutex_unlock(&object->mutex);
    if (error != 0)
        legato_fatal("thread '%s' does not start: %s", object->name, strerrorname_np(error));
    (void)legato_thread_unref(object);
}

static le_result_t may_join_locked(struct legato_thread *thread)
{
    if (thread == current)
        return LE_DEADLOCK;
    if (thread->phase == PHASE_MADE)
        return LE_NOT_FOUND;
    if (!thread->is_joinable || thread->is_joined)
        return LE_FAULT;
    thread->is_joined = true;
    return LE_OK;
}

static le_result_t join(struct legato_thread *thread, void **resultp)
{
    (void)pthread_mutex_lock(&thread->mutex);
    le_result_t result = may_join_locked(thread);
    (void)pthread_mutex_unlock(&thread->mutex);
    if (result != LE_OK)
        return result;
    int error = pthread_join(thread->id, resultp);
    if (error == 0) {
        delete_reference(thread);
        return LE_OK;
    }
    (void)pthread_mutex_lock(&thread->mutex);
    thread->is_joined = false;
    (void)pthread_mutex_unlock(&thread->mutex);
    return error == EDEADLK ? LE_DEADLOCK : LE_FAULT;
}

le_result_t le_thread_Join(le_thread_Ref_t thread, void **resultValuePtr)
{
    struct legato_thread *object = legato_thread_of(thread);
    if (object == NULL)
        return LE_NOT_FOUND;
    void *value = NULL;
    le_result_t result = join(object, &value);
    if (result == LE_OK && resultValuePtr != NULL)
        *resultValuePtr = value;
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): this count is not the reference's */
    (void)legato_thread_unref(object);
    return result;
}

void le_thread_Exit(void *resultValue)
{
    (void)legato_thread_here();
    pthread_exit(resultValue);
}

le_result_t le_thread_Cancel(le_thread_Ref_t threadToCancel)
{
    struct legato_thread *thread = legato_thread_of(threadToCancel);
    if (thread == NULL)
        return LE_NOT_FOUND;
    (void)pthread_mutex_lock(&thread->mutex);
    bool runs = thread->phase == PHASE_RUNS;
    if (runs) {
        (void)pthread_cancel(thread->id);
        event_loop_rouse(&thread->loop); /* it may wait where it cannot be cancelled */
        if (thread->call_off != NULL)
            thread->call_off(thread->call_off_context);
    }
    (void)pthread_mutex_unlock(&thread->mutex);
    (void)legato_thread_unref(thread);
    return runs ? LE_OK : LE_NOT_FOUND;
}

le_thread_Ref_t le_thread_GetCurrent(void)
{
    return legato_thread_here()->reference;
}

const char *le_thread_GetMyName(void)
{
    return legato_thread_here()->name;
}

void le_thread_GetName(le_thread_Ref_t threadRef, char *buffPtr, size_t buffSize)
{
    struct legato_thread *thread = thread_of(threadRef, __func__);
    if (buffSize > 0) {
        size_t size = strnlen(thread->name, buffSize - 1);
        memcpy(buffPtr, thread->name, size);
        buffPtr[size] = '\0';
    }
    (void)legato_thread_unref(thread);
}

void le_thread_Sleep(int sec)
{
    struct timespec rest = {.tv_sec = sec < 0 ? 0 : sec};
    while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
        continue;
}

/* ---- the program's destructors ---- */

static void *add_program_destructor(struct legato_thread *thread, le_thread_Destructor_t destructor,
                                    void *context)
{
    if (destructor == NULL)
        legato_fatal("thread '%s' is given no destructor", thread->name);
    struct destructor *added = NULL;
    add_destructor(&thread->destructors, destructor, context, &added);
    added->reference = reference_create(REFERENCE_DESTRUCTOR, added);
    return added->reference;
}

le_thread_DestructorRef_t le_thread_AddDestructor(le_thread_Destructor_t destructor, void *context)
{
    return add_program_destructor(legato_thread_here(), destructor, context);
}

void le_thread_AddChildDestructor(le_thread_Ref_t thread, le_thread_Destructor_t destructor,
                                  void *context)
{
    struct legato_thread *object = made_thread(thread, __func__);
    (void)add_program_destructor(object, destructor, context);
    (void)legato_thread_unref(object);
}

void le_thread_RemoveDestructor(le_thread_DestructorRef_t destructor)
{
    struct legato_thread *thread = legato_thread_here();
    struct destructor **link = &thread->destructors;
    while (*link != NULL && (*link)->reference != (void *)destructor)
        link = &(*link)->next;
    struct destructor *removed = *link;
    if (removed == NULL)
        legato_fatal("%s: %p is no destructor of thread '%s'", __func__, (void *)destructor,
                     thread->name);
    *link = removed->next;
    (void)reference_delete(REFERENCE_DESTRUCTOR, removed->reference);
    free(removed);
}
