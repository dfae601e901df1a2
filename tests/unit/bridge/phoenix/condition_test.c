/*
 * Conditions.
 */
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>

#include "bridge/phoenix/moment.h"
#include "tests/unit/bridge/phoenix/waiting.h"

#define N_WAITERS 4

struct scene {
    handle_t mutex;
    handle_t condition;
    time_t timeout;
    int woken[N_WAITERS]; /* who, in the order in which they were */
    int n_woken;
    int n_items;
};

struct actor {
    struct scene *scene;
    int number;
    int tid;
    int result;
    bool had_mutex;
};

static void open_scene(struct scene *scene)
{
    *scene = (struct scene){.timeout = 0};
    assert_int_equal(mutexCreate(&scene->mutex), 0);
    assert_int_equal(condCreate(&scene->condition), 0);
}

static void close_scene(const struct scene *scene)
{
    assert_int_equal(resourceDestroy(scene->condition), 0);
    assert_int_equal(resourceDestroy(scene->mutex), 0);
}

static void wait_once(void *arg)
{
    struct actor *actor = arg;
    struct scene *scene = actor->scene;
    if (mutexLock(scene->mutex) != 0)
        return;
    actor->result = condWait(scene->condition, scene->mutex, scene->timeout);
    actor->had_mutex = mutexTry(scene->mutex) == -EBUSY;
    scene->woken[scene->n_woken++] = actor->number;
    (void)mutexUnlock(scene->mutex);
}

/* Waiters, in the order of their numbers. */
static void begin_actors(struct scene *scene, struct actor *actors, int n)
{
    for (int i = 0; i < n; i++) {
        actors[i] = (struct actor){.scene = scene, .number = i, .result = 1};
        assert_int_equal(beginthreadex(wait_once, 4, NULL, 0, &actors[i], &actors[i].tid), 0);
        until_waiting(scene->condition, HANDLE_CONDITION, (unsigned int)i + 1);
    }
}

static void join_actor(const struct actor *actor, int result)
{
    assert_int_equal(threadJoin(actor->tid, 0), actor->tid);
    assert_int_equal(actor->result, result);
    assert_true(actor->had_mutex);
}

static void a_signal_wakes_the_one_that_waits_longest(void **state)
{
    (void)state;
    struct scene scene;
    struct actor actors[N_WAITERS];
    open_scene(&scene);
    begin_actors(&scene, actors, N_WAITERS);
    for (int i = 0; i < N_WAITERS; i++) {
        assert_int_equal(condSignal(scene.condition), 0);
        join_actor(&actors[i], 0);
        assert_int_equal(scene.n_woken, i + 1);
        assert_int_equal(scene.woken[i], i);
    }
    close_scene(&scene);
}

static void a_broadcast_wakes_all(void **state)
{
    (void)state;
    struct scene scene;
    struct actor actors[N_WAITERS];
    open_scene(&scene);
    begin_actors(&scene, actors, N_WAITERS);
    assert_int_equal(condBroadcast(scene.condition), 0);
    for (int i = 0; i < N_WAITERS; i++)
        join_actor(&actors[i], 0);
    close_scene(&scene);
}

static void a_signal_that_finds_nobody_is_kept_once(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    assert_int_equal(mutexLock(scene.mutex), 0);
    assert_int_equal(condSignal(scene.condition), 0);
    assert_int_equal(condSignal(scene.condition), 0);
    assert_int_equal(condBroadcast(scene.condition), 0);
    assert_int_equal(condWait(scene.condition, scene.mutex, 0), 0);
    assert_int_equal(condWait(scene.condition, scene.mutex, 1), -ETIME);
    assert_int_equal(mutexUnlock(scene.mutex), 0); /* it has it */
    close_scene(&scene);
}

static void a_time_limit_ends_a_wait(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    assert_int_equal(mutexLock(scene.mutex), 0);
    time_t before = 0;
    time_t after = 0;
    (void)gettime(&before, NULL);
    assert_int_equal(condWait(scene.condition, scene.mutex, 20000), -ETIME);
    (void)gettime(&after, NULL);
    assert_true(after - before >= 20000);
    assert_int_equal(condWait(scene.condition, scene.mutex, -1), -ETIME);
    assert_int_equal(mutexTry(scene.mutex), -EBUSY);
    close_scene(&scene);
}

static void one_whose_time_is_over_takes_no_signal(void **state)
{
    (void)state;
    struct scene scene;
    struct actor actors[1];
    open_scene(&scene);
    assert_int_equal(mutexLock(scene.mutex), 0);
    assert_int_equal(condWait(scene.condition, scene.mutex, 1), -ETIME);
    assert_int_equal(mutexUnlock(scene.mutex), 0);
    begin_actors(&scene, actors, 1);
    assert_int_equal(condSignal(scene.condition), 0);
    join_actor(&actors[0], 0);
    close_scene(&scene);
}

static void those_that_wait_for_one_that_goes_get_an_error(void **state)
{
    (void)state;
    struct scene scene;
    struct actor actors[N_WAITERS];
    open_scene(&scene);
    begin_actors(&scene, actors, N_WAITERS);
    assert_int_equal(resourceDestroy(scene.condition), -EBUSY);
    for (int i = 0; i < N_WAITERS; i++)
        join_actor(&actors[i], -EINVAL);
    assert_int_equal(condSignal(scene.condition), -EINVAL);
    assert_int_equal(resourceDestroy(scene.mutex), 0);
}

static void a_mutex_that_goes_meanwhile_is_an_error(void **state)
{
    (void)state;
    struct scene scene;
    struct actor actors[1];
    open_scene(&scene);
    begin_actors(&scene, actors, 1);
    assert_int_equal(resourceDestroy(scene.mutex), 0);
    assert_int_equal(condSignal(scene.condition), 0);
    assert_int_equal(threadJoin(actors[0].tid, 0), actors[0].tid);
    assert_int_equal(actors[0].result, -EINVAL);
    assert_false(actors[0].had_mutex);
    assert_int_equal(resourceDestroy(scene.condition), 0);
}

static void what_cannot_be_waited_for(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    assert_int_equal(condWait(scene.condition, scene.mutex, 1), -EPERM); /* it is not locked */
    assert_int_equal(condSignal(scene.condition), 0);
    assert_int_equal(condWait(scene.condition, scene.mutex, 1), -EPERM);
    assert_int_equal(mutexLock(scene.mutex), 0);
    const handle_t none[] = {0, -1, scene.mutex, 0x7fffffff};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(condWait(none[i], scene.mutex, 0), -EINVAL);
        assert_int_equal(condSignal(none[i]), -EINVAL);
        assert_int_equal(condBroadcast(none[i]), -EINVAL);
    }
    assert_int_equal(condWait(scene.condition, scene.condition, 0), -EINVAL);
    assert_int_equal(condWait(scene.condition, 0, 0), -EINVAL);
    /* of the same place, from another time */
    assert_int_equal(condWait(scene.condition, scene.condition ^ (1 << 20), 0), -EINVAL);
    assert_int_equal(mutexTry(scene.mutex), -EBUSY);                /* as before */
    assert_int_equal(condWait(scene.condition, scene.mutex, 0), 0); /* the signal is still there */
    assert_int_equal(condCreate(NULL), -EFAULT);
    close_scene(&scene);
}

/* ---- one that makes and several that use ---- */

#define N_ITEMS 3000

static void use_items(void *arg)
{
    struct scene *scene = arg;
    for (bool is_over = false; !is_over;) {
        (void)mutexLock(scene->mutex);
        while (scene->n_items == 0)
            (void)condWait(scene->condition, scene->mutex, 0);
        is_over = scene->n_items < 0;
        if (!is_over)
            scene->n_items--;
        (void)mutexUnlock(scene->mutex);
    }
}

static void no_signal_is_lost(void **state)
{
    (void)state;
    struct scene scene;
    int tids[N_WAITERS];
    open_scene(&scene);
    for (int i = 0; i < N_WAITERS; i++)
        assert_int_equal(beginthreadex(use_items, 4, NULL, 0, &scene, &tids[i]), 0);
    for (int i = 0; i < N_ITEMS; i++) {
        assert_int_equal(mutexLock(scene.mutex), 0);
        scene.n_items++;
        assert_int_equal(mutexUnlock(scene.mutex), 0);
        assert_int_equal(condSignal(scene.condition), 0); /* without the mutex, as they do */
    }
    for (bool is_used = false; !is_used;) {
        assert_int_equal(mutexLock(scene.mutex), 0);
        is_used = scene.n_items == 0;
        if (is_used)
            scene.n_items = -1;
        assert_int_equal(mutexUnlock(scene.mutex), 0);
        (void)sched_yield();
    }
    assert_int_equal(condBroadcast(scene.condition), 0);
    for (int i = 0; i < N_WAITERS; i++)
        assert_int_equal(threadJoin(tids[i], 0), tids[i]);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_wakes_the_one_that_waits_longest),
        cmocka_unit_test(a_broadcast_wakes_all),
        cmocka_unit_test(a_signal_that_finds_nobody_is_kept_once),
        cmocka_unit_test(a_time_limit_ends_a_wait),
        cmocka_unit_test(one_whose_time_is_over_takes_no_signal),
        cmocka_unit_test(those_that_wait_for_one_that_goes_get_an_error),
        cmocka_unit_test(a_mutex_that_goes_meanwhile_is_an_error),
        cmocka_unit_test(what_cannot_be_waited_for),
        cmocka_unit_test(no_signal_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
