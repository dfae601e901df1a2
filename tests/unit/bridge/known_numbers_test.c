/*
 * Which object has which number: found, in whatever order they come and go.
 */
#include <cmocka.h>
#include <stdlib.h>

#include "bridge/known_numbers.h"
#include "bridge/proxy.h"

#define N 1000u
#define ROUNDS 200u

static struct via_proxy proxies[N]; /* of which nothing but the number is looked at */

/* The next of a row that is the same each time. */
static uint32_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static void put(struct known_numbers *known, struct via_proxy *proxy, uint32_t number)
{
    assert_int_equal(known_numbers_reserve(known), VIA_OK);
    known_numbers_put(known, proxy, number);
}

static void numbers_are_found_while_others_come_and_go(void **state)
{
    (void)state;
    struct known_numbers known = {0};
    uint32_t numbers[N] = {0};
    uint64_t seed = 7;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < N / 4; i++) {
            uint32_t at = next(&seed) % N;
            if (numbers[at] != 0) {
                known_numbers_take_out(&known, &proxies[at]);
                assert_int_equal(proxies[at].number, 0);
                assert_null(known_numbers_get(&known, numbers[at]));
                numbers[at] = 0;
            } else {
                /* Some in a row, as the gateway gives them, some far apart. */
                numbers[at] = round % 2 == 0 ? 0x40000000u + round * N + at
                                             : 0x50000000u + at * 4096u + round;
                put(&known, &proxies[at], numbers[at]);
            }
        }
        for (unsigned i = 0; i < N; i++)
            if (numbers[i] != 0)
                assert_ptr_equal(known_numbers_get(&known, numbers[i]), &proxies[i]);
    }
    known_numbers_forget(&known);
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(proxies[i].number, 0);
    assert_null(known_numbers_get(&known, 0x40000000u));
}

static void a_number_stays_with_who_has_it(void **state)
{
    (void)state;
    struct known_numbers known = {0};
    put(&known, &proxies[0], 0x40000001u);
    put(&known, &proxies[1], 0x40000001u);
    assert_ptr_equal(known_numbers_get(&known, 0x40000001u), &proxies[0]);
    assert_int_equal(proxies[1].number, 0);
    known_numbers_take_out(&known, &proxies[1]); /* it has none */
    assert_ptr_equal(known_numbers_get(&known, 0x40000001u), &proxies[0]);
    known_numbers_take_out(&known, &proxies[0]);
    assert_null(known_numbers_get(&known, 0x40000001u));
    known_numbers_forget(&known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_found_while_others_come_and_go),
        cmocka_unit_test(a_number_stays_with_who_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
