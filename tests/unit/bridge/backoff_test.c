/*
 * Pauses between attempts, with the random numbers given.
 */
#include <cmocka.h>

#include "bridge/backoff.h"

static void the_first_attempt_is_at_once(void **state)
{
    (void)state;
    assert_int_equal(backoff_pause(0, 15000, 0), 0);
    assert_int_equal(backoff_pause(0, 15000, UINT32_MAX), 0);
}

static void the_range_doubles_up_to_its_limit(void **state)
{
    (void)state;
    static const uint64_t ranges[] = {50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 15000};
    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        assert_int_equal(backoff_pause(i + 1, 15000, UINT32_MAX), ranges[i]);
        assert_int_equal(backoff_pause(i + 1, 15000, 0), 1);
        uint64_t half = backoff_pause(i + 1, 15000, UINT32_MAX / 2);
        assert_in_range(half, ranges[i] / 2 - 1, ranges[i] / 2 + 1);
    }
    assert_int_equal(backoff_pause(UINT32_MAX, 15000, UINT32_MAX), 15000);
    assert_int_equal(backoff_pause(100, 2000, UINT32_MAX), 2000);
    assert_int_equal(backoff_pause(1, 20, UINT32_MAX), 20);
}

/* A thousand clients of one gateway, after a second without it. */
static void many_clients_spread_over_all_of_it(void **state)
{
    (void)state;
    enum { CLIENTS = 1000, PARTS = 10 };
    unsigned n[PARTS] = {0};
    for (unsigned i = 0; i < CLIENTS; i++)
        n[(backoff_pause(6, 15000, backoff_random()) - 1) * PARTS / 1600]++;
    for (unsigned i = 0; i < PARTS; i++)
        assert_in_range(n[i], 40, 180); /* 100, and six deviations to either side */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_attempt_is_at_once),
        cmocka_unit_test(the_range_doubles_up_to_its_limit),
        cmocka_unit_test(many_clients_spread_over_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
