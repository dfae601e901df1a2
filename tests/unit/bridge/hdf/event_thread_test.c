/*
 * Queues of events: how many wait for each handle, in which order, and what becomes of them at an
 * end.
 */
#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>

#include "bridge/hdf/event_thread.h"
#include "bridge/hdf/listening.h"
#include "tests/include/bell.h"

/* A handle whose listener waits in its first event until it is let go. */
struct hearer {
    struct hdf_handle *handle;
    struct HdfDevEventlistener listener;
    struct bell came, go;
    uint32_t heard[256];
    unsigned n;
};

static struct event_thread *thread;

static int hear(void *priv, uint32_t id, struct HdfSBuf *data)
{
    struct hearer *hearer = priv;
    (void)data;
    hearer->heard[hearer->n++ % 256] = id;
    bell_ring(&hearer->came);
    if (id == 0)
        (void)bell_wait(&hearer->go, 1);
    return 0;
}

static void begin_hearing(struct hearer *hearer)
{
    *hearer = (struct hearer){.handle = calloc(1, sizeof *hearer->handle),
                              .listener = {.callBack = hear, .priv = hearer},
                              .came = BELL_INIT,
                              .go = BELL_INIT};
    assert_non_null(hearer->handle);
    atomic_init(&hearer->handle->refs, 1);
    listening_init(hearer->handle);
    DListInsertTail(&hearer->listener.listNode, &hearer->handle->listeners.list);
    hearer->handle->thread = thread;
}

/* Its events are counted back, too. */
static void end_hearing(struct hearer *hearer)
{
    hearer->handle->thread = NULL;
    listening_end(hearer->handle);
    assert_int_equal(atomic_load(&hearer->handle->refs), 1);
    assert_int_equal(hearer->handle->n_waiting[0] + hearer->handle->n_waiting[1], 0);
    hdf_handle_unref(hearer->handle);
}

static void push(struct hearer *hearer, uint32_t id, bool is_alone)
{
    struct via_parcel *data = NULL;
    assert_int_equal(via_parcel_create(&data), VIA_OK);
    via_parcel_set_layout(data, VIA_LAYOUT_SBUF);
    event_thread_push(thread, hearer->handle, id, is_alone, data);
    (void)via_parcel_unref(data);
}

static void begin(void)
{
    thread = event_thread_start(SCHED_OTHER);
    assert_non_null(thread);
}

static void end(void)
{
    event_thread_stop(thread);
    event_thread_join(thread);
    event_thread_unref(thread);
}

static void events_come_in_their_order(void **state)
{
    (void)state;
    struct hearer hearer;
    begin();
    begin_hearing(&hearer);
    for (uint32_t i = 1; i <= 1000; i++) {
        push(&hearer, i, i % 2);
        assert_true(bell_wait(&hearer.came, i));
        assert_int_equal(hearer.heard[(i - 1) % 256], i);
    }
    end();
    end_hearing(&hearer);
}

static void the_oldest_of_a_kind_goes_when_one_too_many_waits(void **state)
{
    (void)state;
    for (unsigned too_many = 0; too_many <= 3; too_many++) {
        struct hearer hearer, other;
        unsigned n = 0;
        begin();
        begin_hearing(&hearer);
        begin_hearing(&other);
        push(&hearer, 0, false);
        assert_true(bell_wait(&hearer.came, 1)); /* it waits nowhere any more */
        push(&other, 1, false);
        for (uint32_t i = 1; i <= EVENT_THREAD_ALL_MAX + too_many; i++)
            push(&hearer, 1000 + i, false);
        for (uint32_t i = 1; i <= EVENT_THREAD_ALONE_MAX + too_many; i++)
            push(&hearer, 2000 + i, true);
        push(&other, 2, false);
        bell_ring(&hearer.go);
        assert_true(bell_wait(&other.came, 2));
        end();
        assert_int_equal(hearer.n, 1 + EVENT_THREAD_ALL_MAX + EVENT_THREAD_ALONE_MAX);
        for (uint32_t i = 1; i <= EVENT_THREAD_ALL_MAX; i++)
            assert_int_equal(hearer.heard[++n], 1000 + too_many + i);
        for (uint32_t i = 1; i <= EVENT_THREAD_ALONE_MAX; i++)
            assert_int_equal(hearer.heard[++n], 2000 + too_many + i);
        assert_int_equal(other.heard[0], 1);
        end_hearing(&hearer);
        end_hearing(&other);
    }
}

static void what_is_forgotten_does_not_come_and_others_do(void **state)
{
    (void)state;
    struct hearer hearer, other;
    begin();
    begin_hearing(&hearer);
    begin_hearing(&other);
    push(&hearer, 0, false);
    assert_true(bell_wait(&hearer.came, 1));
    for (uint32_t i = 1; i <= 5; i++) {
        push(&hearer, i, i % 2);
        push(&other, i, i % 2);
    }
    event_thread_forget(thread, hearer.handle);
    assert_int_equal(hearer.handle->n_waiting[0] + hearer.handle->n_waiting[1], 0);
    push(&hearer, 6, false); /* the queue goes on */
    push(&other, 6, false);
    bell_ring(&hearer.go);
    assert_true(bell_wait(&other.came, 6) && bell_wait(&hearer.came, 2));
    end();
    assert_int_equal(hearer.n, 2);
    assert_int_equal(hearer.heard[1], 6);
    end_hearing(&hearer);
    end_hearing(&other);
}

static void what_waits_when_it_is_stopped_does_not_come(void **state)
{
    (void)state;
    struct hearer hearer;
    begin();
    begin_hearing(&hearer);
    push(&hearer, 0, false);
    assert_true(bell_wait(&hearer.came, 1));
    for (uint32_t i = 1; i <= 200; i++)
        push(&hearer, i, i % 2);
    event_thread_stop(thread);
    bell_ring(&hearer.go);
    event_thread_join(thread);
    assert_int_equal(hearer.n, 1);
    event_thread_unref(thread); /* with what waited */
    end_hearing(&hearer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_in_their_order),
        cmocka_unit_test(the_oldest_of_a_kind_goes_when_one_too_many_waits),
        cmocka_unit_test(what_is_forgotten_does_not_come_and_others_do),
        cmocka_unit_test(what_waits_when_it_is_stopped_does_not_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
