/*
 * Signals, of one's own and to others.
 */
#include <cmocka.h>
#include <pthread.h>

#include "include/portfolio/kernel.h"
#include "include/portfolio/operror.h"
#include "tests/include/bell.h"
#include "tests/unit/bridge/portfolio/waiting.h"

static void signals_are_allocated_from_the_lowest_on(void **state)
{
    (void)state;
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, 0xff);
    for (uint32 bit = 0x100; bit <= 0x40000000; bit <<= 1)
        assert_int_equal(AllocSignal(0), bit);
    assert_int_equal(AllocSignal(0), 0);
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, 0x7fffffff);
    assert_int_equal(FreeSignal(0x00040200), 0);
    assert_int_equal(AllocSignal(0), 0x200);
    assert_int_equal(FreeSignal(0x7ffbff00), 0);
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, 0xff);
}

static void certain_signals_are_allocated_all_or_none(void **state)
{
    (void)state;
    assert_int_equal(AllocSignal(0x3000), 0x3000);
    assert_int_equal(AllocSignal(0x6000), 0);
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, 0x30ff);
    assert_int_equal(AllocSignal(0x80), ILLEGALSIGNAL);
    assert_int_equal(AllocSignal(0x80000000), ILLEGALSIGNAL);
    assert_int_equal(FreeSignal(0x7000), ILLEGALSIGNAL);
    assert_int_equal(FreeSignal(0x80), ILLEGALSIGNAL);
    assert_int_equal(FreeSignal(0x80000000), ILLEGALSIGNAL);
    assert_int_equal(FreeSignal(0x3000), 0);
    assert_int_equal(FreeSignal(0x3000), ILLEGALSIGNAL);
}

static void what_came_is_taken_once(void **state)
{
    (void)state;
    const uint32 first = (uint32)AllocSignal(0);
    const uint32 second = (uint32)AllocSignal(0);
    assert_int_equal(SendSignal(0, first | second), 0);
    assert_int_equal(GetCurrentSignals(), first | second);
    assert_int_equal(WaitSignal(first), first);
    assert_int_equal(GetCurrentSignals(), second);
    assert_int_equal(SendSignal(CURRENTTASK->t.n_Item, first), 0);
    assert_int_equal(WaitSignal(CURRENTTASK->t_AllocatedSigs), first | second);
    assert_int_equal(GetCurrentSignals(), 0);
    assert_int_equal(FreeSignal(first | second), 0);
}

static void signals_are_cleared_without_waiting(void **state)
{
    (void)state;
    const uint32 signal = (uint32)AllocSignal(0);
    assert_int_equal(ClearCurrentSignals(signal), 0);
    assert_int_equal(SendSignal(0, signal), 0);
    assert_int_equal(ClearCurrentSignals(signal), signal);
    assert_int_equal(GetCurrentSignals(), 0);
    /* freed, or allocated anew, it has not come */
    assert_int_equal(SendSignal(0, signal), 0);
    assert_int_equal(FreeSignal(signal), 0);
    assert_int_equal(AllocSignal(signal), signal);
    assert_int_equal(GetCurrentSignals(), 0);
    assert_int_equal(FreeSignal(signal), 0);
}

static void what_is_not_allocated_is_illegal(void **state)
{
    (void)state;
    assert_int_equal(WaitSignal(0x100), ILLEGALSIGNAL);
    assert_int_equal(WaitSignal(0x80000000), ILLEGALSIGNAL);
    assert_int_equal(SendSignal(0, 0x100), ILLEGALSIGNAL);
    assert_int_equal(SendSignal(0, 0x80000000), ILLEGALSIGNAL);
    assert_int_equal(SendSignal(0, SIGF_ABORT), BADPRIV);
    assert_int_equal(SendSignal(0, 0), 0);
    assert_int_equal(SendSignal(12345, 0x100), BADITEM);
    const Item semaphore = CreateSemaphore(NULL, 0);
    assert_int_equal(SendSignal(semaphore, 0x100), BADITEM);
    assert_int_equal(DeleteItem(semaphore), 0);
}

/* ---- between threads ---- */

struct sleeper {
    struct bell begun;
    Item task;
    uint32 signal, other;
    int32 came;
    pthread_t thread;
};

static void *sleep_once(void *user)
{
    struct sleeper *sleeper = user;
    sleeper->signal = (uint32)AllocSignal(0);
    sleeper->other = (uint32)AllocSignal(0);
    sleeper->task = CURRENTTASK->t.n_Item;
    bell_ring(&sleeper->begun);
    sleeper->came = WaitSignal(sleeper->signal);
    return NULL;
}

static void begin(struct sleeper *sleeper)
{
    static const struct bell silent = BELL_INIT;
    *sleeper = (struct sleeper){.begun = silent};
    assert_int_equal(pthread_create(&sleeper->thread, NULL, sleep_once, sleeper), 0);
    assert_true(bell_wait(&sleeper->begun, 1));
    until_it_waits(sleeper->task);
}

static void a_signal_wakes_who_waits_for_it(void **state)
{
    (void)state;
    struct sleeper sleeper;
    begin(&sleeper);
    assert_int_equal(SendSignal(sleeper.task, sleeper.other), 0); /* it sleeps on */
    assert_int_equal(SendSignal(sleeper.task, sleeper.signal), 0);
    assert_int_equal(pthread_join(sleeper.thread, NULL), 0);
    assert_int_equal(sleeper.came, sleeper.signal);
    assert_int_equal(SendSignal(sleeper.task, sleeper.signal), BADITEM);
}

static void an_abort_ends_every_wait(void **state)
{
    (void)state;
    struct sleeper sleeper;
    begin(&sleeper);
    items_lock();
    task_raise((struct task *)items_find_kind(sleeper.task, &task_kind), SIGF_ABORT);
    items_unlock();
    assert_int_equal(pthread_join(sleeper.thread, NULL), 0);
    assert_int_equal(sleeper.came, SIGF_ABORT);
}

#define ROUNDS 2000

struct player {
    Item opponent;
    uint32 signal;
    int n_came;
};

static struct player players[2];
static struct bell ready = BELL_INIT;

static void *play(void *user)
{
    struct player *player = user;
    struct player *opponent = &players[player == players];
    player->signal = (uint32)AllocSignal(0);
    opponent->opponent = CURRENTTASK->t.n_Item;
    bell_ring(&ready);
    assert_true(bell_wait(&ready, 2));
    for (int i = 0; i < ROUNDS; i++) {
        if (player == players)
            assert_int_equal(SendSignal(player->opponent, opponent->signal), 0);
        player->n_came += WaitSignal(player->signal) == (int32)player->signal;
        if (player != players)
            assert_int_equal(SendSignal(player->opponent, opponent->signal), 0);
    }
    bell_ring(&ready);
    assert_true(bell_wait(&ready, 4)); /* neither goes before the other has its last */
    return NULL;
}

static void no_signal_is_lost_between_two(void **state)
{
    (void)state;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, play, &players[i]), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(players[i].n_came, ROUNDS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_are_allocated_from_the_lowest_on),
        cmocka_unit_test(certain_signals_are_allocated_all_or_none),
        cmocka_unit_test(what_came_is_taken_once),
        cmocka_unit_test(signals_are_cleared_without_waiting),
        cmocka_unit_test(what_is_not_allocated_is_illegal),
        cmocka_unit_test(a_signal_wakes_who_waits_for_it),
        cmocka_unit_test(an_abort_ends_every_wait),
        cmocka_unit_test(no_signal_is_lost_between_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
