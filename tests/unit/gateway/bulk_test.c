/*
 * Links are items that take their time to be written.
 */
#include <cmocka.h>
#include <time.h>

#include "gateway/bulk.h"

#define N 40u
#define DIRECT 8u /* of a turn: these are written at once */

static struct loop *loop;
static struct bulk bulk;
static struct bulk_item links[N], source;
static unsigned n_written, n_released;
static unsigned order[N];

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void write_slowly(struct bulk_item *item)
{
    uint64_t until_ns = now_ns() + 100000; /* its work */
    while (now_ns() < until_ns)
        ;
    order[n_written++] = (unsigned)(item - links);
}

static void release(struct bulk_item *item)
{
    (void)item;
    n_released++;
}

static int init(void **state)
{
    (void)state;
    assert_int_equal(loop_create(&loop), VIA_OK);
    bulk_init(&bulk, loop);
    for (unsigned i = 0; i < N; i++)
        links[i] = (struct bulk_item){.run = write_slowly};
    source = (struct bulk_item){.run = release};
    n_written = n_released = 0;
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    bulk_deinit(&bulk);
    loop = loop_destroy(loop);
    return 0;
}

/* Spreads to all of the links; how many are to be written with the turn. */
static unsigned spread(void)
{
    unsigned n = 0;
    bulk_spreading(&bulk, true);
    for (unsigned i = 0; i < N; i++)
        n += bulk_takes(&bulk, &links[i]) ? 0 : 1;
    bulk_spreading(&bulk, false);
    return n;
}

static void the_first_are_written_at_once_the_others_a_few_a_turn(void **state)
{
    (void)state;
    assert_int_equal(spread(), DIRECT);
    unsigned n_turns = 0;
    while (n_written < N - DIRECT) {
        unsigned before = n_written;
        assert_int_equal(loop_turn(loop, 10000, NULL), VIA_OK);
        assert_true(n_written > before); /* it does not wait meanwhile */
        n_turns++;
    }
    assert_true(n_turns >= 3); /* others had as many turns between */
    for (unsigned i = 0; i < N - DIRECT; i++)
        assert_int_equal(order[i], DIRECT + i);
    bulk_next_turn(&bulk);
    assert_int_equal(spread(), DIRECT);
    for (unsigned i = 0; i < N; i++)
        bulk_drop(&bulk, &links[i]);
}

static void what_is_no_event_is_written_at_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N; i++)
        assert_false(bulk_takes(&bulk, &links[i]));
}

static void who_is_queued_already_is_not_so_again(void **state)
{
    (void)state;
    (void)spread();
    (void)spread();
    while (n_written < N - DIRECT)
        assert_int_equal(loop_turn(loop, 10000, NULL), VIA_OK);
    for (unsigned i = 0; i < DIRECT; i++) /* the second time these come to the queue */
        bulk_drop(&bulk, &links[i]);
}

static void a_source_is_held_until_all_is_written(void **state)
{
    (void)state;
    assert_false(bulk_holds(&bulk, &source));
    (void)spread();
    assert_true(bulk_holds(&bulk, &source));
    assert_true(bulk_holds(&bulk, &source));
    while (n_released == 0) {
        assert_true(n_written < N - DIRECT);
        assert_int_equal(loop_turn(loop, 10000, NULL), VIA_OK);
    }
    assert_int_equal(n_written, N - DIRECT);
    assert_int_equal(n_released, 1);
}

static void who_goes_is_dropped(void **state)
{
    (void)state;
    (void)spread();
    assert_true(bulk_holds(&bulk, &source));
    bulk_drop(&bulk, &source);
    bulk_drop(&bulk, &source);
    bulk_drop(&bulk, &links[N - 1]);
    bulk_drop(&bulk, &links[DIRECT]);
    while (n_written < N - DIRECT - 2)
        assert_int_equal(loop_turn(loop, 10000, NULL), VIA_OK);
    assert_int_equal(order[0], DIRECT + 1);
    assert_int_equal(loop_turn(loop, 0, NULL), VIA_OK);
    assert_int_equal(n_released, 0);
    assert_int_equal(n_written, N - DIRECT - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_are_written_at_once_the_others_a_few_a_turn, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(what_is_no_event_is_written_at_once, init, deinit),
        cmocka_unit_test_setup_teardown(who_is_queued_already_is_not_so_again, init, deinit),
        cmocka_unit_test_setup_teardown(a_source_is_held_until_all_is_written, init, deinit),
        cmocka_unit_test_setup_teardown(who_goes_is_dropped, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
