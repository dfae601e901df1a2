/*
 * The hash of names: seeded, so that nobody can fill one bucket.
 */
#include <cmocka.h>

#include "gateway/name_hash.h"

/* The key and messages of the reference vectors: octets 0, 1, 2, ... without capital letters or
 * NUL, so only the empty one and what is derived here can be compared. */
static void the_empty_name_gives_the_published_value(void **state)
{
    (void)state;
    const struct name_seed seed = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    assert_true(name_hash(&seed, "") == UINT64_C(0x726fdb47dd0e0e31));
}

static void case_does_not_count_and_the_seed_does(void **state)
{
    (void)state;
    const struct name_seed one = {1, 2}, two = {2, 1};
    assert_true(name_hash(&one, "EventBroker") == name_hash(&one, "eventbroker"));
    assert_true(name_hash(&one, "eventbroker") != name_hash(&two, "eventbroker"));
    assert_true(name_hash(&one, "a") != name_hash(&one, "b"));
    assert_true(name_hash(&one, "12345678") != name_hash(&one, "123456789"));
    struct name_seed a, b;
    name_seed_init(&a);
    name_seed_init(&b);
    assert_true(a.k0 != b.k0 || a.k1 != b.k1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_empty_name_gives_the_published_value),
        cmocka_unit_test(case_does_not_count_and_the_seed_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
