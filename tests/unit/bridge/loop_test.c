/*
 * The loop: what is ready runs, what was removed does not, and nobody sleeps through a wake.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bridge/loop.h"
#include "tests/unit/bridge/descriptors.h"

struct world {
    struct loop *loop;
    pthread_mutex_t lock;
    size_t n_fds;
};

static int make_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->n_fds = count_descriptors();
    assert_int_equal(loop_create(&world->loop), VIA_OK);
    assert_int_equal(pthread_mutex_init(&world->lock, NULL), 0);
    (void)pthread_mutex_lock(&world->lock);
    *state = world;
    return 0;
}

static int end_world(void **state)
{
    struct world *world = *state;
    loop_destroy(world->loop);
    (void)pthread_mutex_unlock(&world->lock);
    (void)pthread_mutex_destroy(&world->lock);
    assert_int_equal(count_descriptors(), world->n_fds);
    free(world);
    return 0;
}

static void turn(struct world *world, int wait_ms)
{
    assert_int_equal(loop_turn(world->loop, wait_ms, &world->lock), VIA_OK);
}

/* ---- sources ---- */

struct bell {
    struct loop_source source;
    struct world *world;
    unsigned n_rung;
    uint32_t events;
    struct bell *removes; /* when it rings */
    bool silences;        /* when it rings: takes the octet out, so that it rings once */
};

static void ring(struct loop_source *source, uint32_t events)
{
    struct bell *bell = (struct bell *)(void *)source;
    bell->n_rung++;
    bell->events = events;
    uint64_t count;
    if (bell->silences)
        (void)!read(source->fd, &count, sizeof count);
    if (bell->removes != NULL)
        loop_remove(bell->world->loop, &bell->removes->source);
}

static void hang(struct world *world, struct bell *bell, bool is_ready)
{
    bell->world = world;
    bell->source = (struct loop_source){.fd = eventfd(is_ready ? 1 : 0, EFD_NONBLOCK | EFD_CLOEXEC),
                                        .events = EPOLLIN,
                                        .ready = ring};
    assert_true(bell->source.fd >= 0);
    assert_int_equal(loop_add(world->loop, &bell->source), VIA_OK);
}

static void take_down(struct bell *bell)
{
    loop_remove(bell->world->loop, &bell->source);
    (void)close(bell->source.fd);
}

static void what_is_ready_runs_and_the_rest_does_not(void **state)
{
    struct world *world = *state;
    struct bell ready = {.silences = true}, quiet = {.n_rung = 0};
    hang(world, &ready, true);
    hang(world, &quiet, false);
    turn(world, 1000);
    assert_int_equal(ready.n_rung, 1);
    assert_int_equal(ready.events, EPOLLIN);
    assert_int_equal(quiet.n_rung, 0);
    turn(world, 0);
    assert_int_equal(ready.n_rung, 1);
    take_down(&ready);
    take_down(&quiet);
}

static void more_are_ready_than_fit_into_one_batch(void **state)
{
    struct world *world = *state;
    struct bell bells[200];
    for (size_t i = 0; i < 200; i++) {
        bells[i] = (struct bell){.silences = true};
        hang(world, &bells[i], true);
    }
    for (size_t turns = 0; turns < 4; turns++)
        turn(world, 1000);
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(bells[i].n_rung, 1);
        take_down(&bells[i]);
    }
}

static void who_is_removed_by_another_of_its_batch_does_not_run(void **state)
{
    struct world *world = *state;
    struct bell first = {.n_rung = 0}, second = {.n_rung = 0};
    hang(world, &first, true);
    hang(world, &second, true);
    first.removes = &second;
    second.removes = &first;
    turn(world, 1000);
    assert_int_equal(first.n_rung + second.n_rung, 1);
    loop_remove(world->loop, &first.source); /* once more is allowed */
    loop_remove(world->loop, &second.source);
    (void)close(first.source.fd);
    (void)close(second.source.fd);
}

static void who_removes_itself_runs_no_more(void **state)
{
    struct world *world = *state;
    struct bell bell = {.n_rung = 0};
    hang(world, &bell, true);
    bell.removes = &bell;
    turn(world, 1000);
    turn(world, 0);
    assert_int_equal(bell.n_rung, 1);
    (void)close(bell.source.fd);
}

/* Puts another source in the place of one that is still in the batch. */
struct usurper {
    struct bell bell;
    struct bell *victim, *heir;
};

static void usurp(struct loop_source *source, uint32_t events)
{
    struct usurper *usurper = (struct usurper *)(void *)source;
    (void)events;
    usurper->bell.n_rung++;
    struct loop *loop = usurper->bell.world->loop;
    loop_remove(loop, source);
    int fd = usurper->victim->source.fd;
    loop_remove(loop, &usurper->victim->source);
    assert_int_equal(dup2(usurper->heir->source.fd, fd), fd);
    (void)close(usurper->heir->source.fd);
    usurper->heir->source.fd = fd;
    assert_int_equal(loop_add(loop, &usurper->heir->source), VIA_OK);
}

static void an_event_is_not_for_the_next_with_the_same_descriptor(void **state)
{
    struct world *world = *state;
    struct usurper usurper = {.bell.n_rung = 0};
    struct bell victim = {.n_rung = 0}, heir = {.n_rung = 0};
    hang(world, &usurper.bell, true);
    hang(world, &victim, true);
    usurper.bell.source.ready = usurp;
    usurper.victim = &victim;
    usurper.heir = &heir;
    heir.world = world;
    heir.source =
        (struct loop_source){.fd = eventfd(0, EFD_CLOEXEC), .events = EPOLLIN, .ready = ring};
    turn(world, 1000);
    assert_int_equal(usurper.bell.n_rung, 1);
    assert_int_equal(victim.n_rung, 0); /* epoll tells in the order in which they became ready */
    assert_int_equal(heir.n_rung, 0);
    take_down(&usurper.bell);
    take_down(&heir);
}

static void what_is_not_wanted_any_more_does_not_run(void **state)
{
    struct world *world = *state;
    struct bell bell = {.n_rung = 0};
    hang(world, &bell, true);
    assert_int_equal(loop_change(world->loop, &bell.source, EPOLLOUT), VIA_OK);
    turn(world, 1000);
    assert_int_equal(bell.events, EPOLLOUT);
    assert_int_equal(loop_change(world->loop, &bell.source, 0), VIA_OK);
    turn(world, 0);
    assert_int_equal(bell.n_rung, 1);
    take_down(&bell);
}

static void what_cannot_be_watched_is_refused(void **state)
{
    struct world *world = *state;
    struct loop_source file = {
        .fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), .events = EPOLLIN, .ready = ring};
    assert_int_not_equal(loop_add(world->loop, &file), VIA_OK);
    loop_remove(world->loop, &file);
    (void)close(file.fd);
}

static void an_abandoned_loop_closes_what_is_not_lent(void **state)
{
    struct world *world = *state;
    struct loop_source own = {.fd = eventfd(0, EFD_CLOEXEC), .events = EPOLLIN, .ready = ring};
    struct loop_source lent = {
        .fd = eventfd(0, EFD_CLOEXEC), .events = EPOLLIN, .is_lent = true, .ready = ring};
    assert_int_equal(loop_add(world->loop, &own), VIA_OK);
    assert_int_equal(loop_add(world->loop, &lent), VIA_OK);
    loop_abandon(world->loop);
    assert_int_equal(fcntl(own.fd, F_GETFD), -1);
    assert_int_not_equal(fcntl(lent.fd, F_GETFD), -1);
    (void)close(lent.fd);
}

/* ---- timers ---- */

struct alarm {
    struct loop_timer timer;
    struct world *world;
    unsigned n_fired;
    unsigned *counterp;
    unsigned order;
    bool again; /* arms itself for the same time, which has gone by */
};

static void fire(struct loop_timer *timer)
{
    struct alarm *alarm = (struct alarm *)(void *)timer;
    assert_true(alarm->timer.at_ms <= loop_now());
    assert_int_equal(alarm->timer.place, 0);
    alarm->n_fired++;
    if (alarm->counterp != NULL)
        alarm->order = ++*alarm->counterp;
    if (alarm->again)
        assert_int_equal(loop_arm(alarm->world->loop, timer, timer->at_ms), VIA_OK);
}

static void timers_fire_in_order_of_their_times(void **state)
{
    struct world *world = *state;
    enum { N = 100 };
    struct alarm alarms[N];
    unsigned counter = 0, seed = 7;
    uint64_t now = loop_now();
    for (size_t i = 0; i < N; i++) {
        seed = seed * 1103515245u + 12345u;
        alarms[i] = (struct alarm){.timer.fired = fire, .world = world, .counterp = &counter};
        assert_int_equal(loop_arm(world->loop, &alarms[i].timer, now - 1000 + (seed >> 16) % 900),
                         VIA_OK);
    }
    /* Some are moved, some let go. */
    for (size_t i = 0; i < N; i += 3)
        assert_int_equal(loop_arm(world->loop, &alarms[i].timer, now - 1000 + i), VIA_OK);
    for (size_t i = 1; i < N; i += 3)
        loop_disarm(world->loop, &alarms[i].timer);
    turn(world, 0);
    unsigned n_fired = 0;
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(alarms[i].n_fired, i % 3 == 1 ? 0 : 1);
        n_fired += alarms[i].n_fired;
        for (size_t j = 0; j < N; j++)
            if (alarms[i].n_fired != 0 && alarms[j].n_fired != 0 &&
                alarms[i].timer.at_ms < alarms[j].timer.at_ms)
                assert_true(alarms[i].order < alarms[j].order);
    }
    assert_int_equal(counter, n_fired);
}

static void a_turn_waits_no_longer_than_to_the_first_timer(void **state)
{
    struct world *world = *state;
    struct alarm alarm = {.timer.fired = fire};
    uint64_t begin = loop_now();
    assert_int_equal(loop_arm(world->loop, &alarm.timer, begin + 20), VIA_OK);
    while (alarm.n_fired == 0)
        turn(world, -1);
    assert_true(loop_now() >= begin + 20);
}

static void a_timer_armed_for_the_past_does_not_hold_the_loop(void **state)
{
    struct world *world = *state;
    struct alarm alarm = {.timer.fired = fire, .world = world, .again = true};
    assert_int_equal(loop_arm(world->loop, &alarm.timer, 1), VIA_OK);
    turn(world, 0);
    turn(world, 0);
    assert_int_equal(alarm.n_fired, 2);
    loop_disarm(world->loop, &alarm.timer);
    loop_disarm(world->loop, &alarm.timer);
}

/* ---- tasks ---- */

struct chore {
    struct loop_task task;
    struct world *world;
    unsigned n_run;
    struct chore *queues;   /* when it runs */
    struct chore *unqueues; /* when it runs */
};

static void do_chore(struct loop_task *task)
{
    struct chore *chore = (struct chore *)(void *)task;
    chore->n_run++;
    if (chore->queues != NULL)
        loop_defer(chore->world->loop, &chore->queues->task);
    if (chore->unqueues != NULL)
        loop_undefer(chore->world->loop, &chore->unqueues->task);
}

static void a_task_runs_once_before_the_loop_sleeps(void **state)
{
    struct world *world = *state;
    struct chore last = {.task.run = do_chore}, gone = {.task.run = do_chore};
    struct chore first = {.task.run = do_chore, .world = world, .queues = &last, .unqueues = &gone};
    loop_defer(world->loop, &first.task);
    loop_defer(world->loop, &gone.task);
    loop_defer(world->loop, &first.task);
    turn(world, 10000); /* does not wait: there was something to do */
    assert_int_equal(first.n_run, 1);
    assert_int_equal(last.n_run, 1);
    assert_int_equal(gone.n_run, 0);
    loop_undefer(world->loop, &last.task);
    turn(world, 0);
    assert_int_equal(last.n_run, 1);
}

/* A loop that was held up for long: what has come meanwhile counts before the time that is over. */
struct late {
    struct loop_source source;
    struct loop_task task;
    struct alarm alarm;
    struct world *world;
};

static void take_note(struct loop_source *source, uint32_t events)
{
    struct late *late = (struct late *)(void *)source;
    uint64_t count;
    (void)events;
    (void)!read(source->fd, &count, sizeof count);
    loop_defer(late->world->loop, &late->task);
}

static void act_on_it(struct loop_task *task)
{
    struct late *late = (struct late *)((char *)task - offsetof(struct late, task));
    loop_disarm(late->world->loop, &late->alarm.timer);
}

static void what_has_come_is_acted_upon_before_a_timer_that_is_due(void **state)
{
    struct world *world = *state;
    struct late late = {.source = {.events = EPOLLIN, .ready = take_note},
                        .task.run = act_on_it,
                        .alarm = {.timer.fired = fire},
                        .world = world};
    late.source.fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_int_equal(loop_add(world->loop, &late.source), VIA_OK);
    assert_int_equal(loop_arm(world->loop, &late.alarm.timer, 1), VIA_OK);
    turn(world, 0);
    assert_int_equal(late.alarm.n_fired, 0);
    loop_remove(world->loop, &late.source);
    (void)close(late.source.fd);
}

static void a_task_that_queues_itself_does_not_hold_the_loop(void **state)
{
    struct world *world = *state;
    struct chore chore = {.task.run = do_chore, .world = world};
    chore.queues = &chore;
    loop_defer(world->loop, &chore.task);
    turn(world, -1);
    assert_true(chore.n_run > 1);
    loop_undefer(world->loop, &chore.task);
}

/* ---- other threads ---- */

struct other {
    struct world *world;
    void (*act)(struct other *other);
    struct chore chore;
    struct alarm alarm;
    atomic_bool got_lock;
};

static void *do_other(void *data)
{
    struct other *other = data;
    other->act(other);
    return NULL;
}

/* Turns once, without bound, while another thread acts; the other gets the lock only while we
 * wait. */
static void turn_with(struct world *world, struct other *other)
{
    pthread_t thread;
    other->world = world;
    assert_int_equal(pthread_create(&thread, NULL, do_other, other), 0);
    turn(world, -1);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void take_lock_and_wake(struct other *other)
{
    (void)pthread_mutex_lock(&other->world->lock);
    atomic_store(&other->got_lock, true);
    (void)pthread_mutex_unlock(&other->world->lock);
    loop_wake(other->world->loop);
}

static void the_lock_is_free_while_a_turn_waits(void **state)
{
    struct other other = {.act = take_lock_and_wake};
    turn_with(*state, &other);
    assert_true(atomic_load(&other.got_lock));
}

static void defer_with_lock(struct other *other)
{
    (void)pthread_mutex_lock(&other->world->lock);
    loop_defer(other->world->loop, &other->chore.task);
    (void)pthread_mutex_unlock(&other->world->lock);
}

static void a_task_of_another_thread_ends_the_wait(void **state)
{
    struct other other = {.act = defer_with_lock, .chore.task.run = do_chore};
    turn_with(*state, &other);
    assert_int_equal(other.chore.n_run, 1);
}

static void arm_with_lock(struct other *other)
{
    (void)pthread_mutex_lock(&other->world->lock);
    enum via_status status = loop_arm(other->world->loop, &other->alarm.timer, loop_now());
    (void)pthread_mutex_unlock(&other->world->lock);
    assert_int_equal(status, VIA_OK);
}

static void a_timer_of_another_thread_ends_the_wait(void **state)
{
    struct other other = {.act = arm_with_lock, .alarm.timer.fired = fire};
    turn_with(*state, &other);
    assert_int_equal(other.alarm.n_fired, 1);
}

static void a_wake_beforehand_is_not_lost(void **state)
{
    struct world *world = *state;
    loop_wake(world->loop);
    loop_wake(world->loop);
    turn(world, -1);
}

static volatile sig_atomic_t n_signals;

static void on_signal(int number)
{
    (void)number;
    n_signals++;
}

/* One that came before the wait, while all were blocked, ends it. */
static void a_signal_that_is_let_through_ends_the_wait_and_is_told(void **state)
{
    struct world *world = *state;
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigset_t every, before;
    bool interrupted = false;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    (void)sigfillset(&every);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &every, &before), 0);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(n_signals, 0);
    assert_int_equal(loop_turn_heeding(world->loop, -1, &world->lock, &before, &interrupted),
                     VIA_OK);
    assert_true(interrupted);
    assert_int_equal(n_signals, 1);
    interrupted = false;
    assert_int_equal(loop_turn_heeding(world->loop, 0, &world->lock, &before, &interrupted),
                     VIA_OK);
    assert_false(interrupted);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
}

static void *wake_often(void *data)
{
    for (unsigned i = 0; i < 20000; i++)
        loop_wake(data);
    return NULL;
}

static void many_wakes_from_many_threads_end_every_wait(void **state)
{
    struct world *world = *state;
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wake_often, world->loop), 0);
    turn(world, -1);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    /* Whatever is left over of them, waiting works again. */
    turn(world, 0);
    struct other other = {.act = take_lock_and_wake};
    turn_with(world, &other);
}

static void the_time_of_a_turn_is_read_once(void **state)
{
    struct world *world = *state;
    uint64_t first = loop_turn_ms(world->loop);
    assert_true(first <= loop_now());
    while (loop_now() == first)
        ;
    assert_true(loop_turn_ms(world->loop) == first);
    turn(world, 0);
    assert_true(loop_turn_ms(world->loop) > first);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_world, end_world)
    const struct CMUnitTest tests[] = {
        TEST(what_is_ready_runs_and_the_rest_does_not),
        TEST(more_are_ready_than_fit_into_one_batch),
        TEST(who_is_removed_by_another_of_its_batch_does_not_run),
        TEST(who_removes_itself_runs_no_more),
        TEST(an_event_is_not_for_the_next_with_the_same_descriptor),
        TEST(what_is_not_wanted_any_more_does_not_run),
        TEST(what_cannot_be_watched_is_refused),
        TEST(an_abandoned_loop_closes_what_is_not_lent),
        TEST(timers_fire_in_order_of_their_times),
        TEST(a_turn_waits_no_longer_than_to_the_first_timer),
        TEST(a_timer_armed_for_the_past_does_not_hold_the_loop),
        TEST(a_task_runs_once_before_the_loop_sleeps),
        TEST(what_has_come_is_acted_upon_before_a_timer_that_is_due),
        TEST(a_task_that_queues_itself_does_not_hold_the_loop),
        TEST(the_lock_is_free_while_a_turn_waits),
        TEST(a_task_of_another_thread_ends_the_wait),
        TEST(a_timer_of_another_thread_ends_the_wait),
        TEST(a_wake_beforehand_is_not_lost),
        TEST(a_signal_that_is_let_through_ends_the_wait_and_is_told),
        TEST(many_wakes_from_many_threads_end_every_wait),
        TEST(the_time_of_a_turn_is_read_once),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
