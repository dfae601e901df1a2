/*
 * Names of events, as a broker tells them.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/portfolio_event_names.h"

static const uint8_t two[] = "\3\0\0\0\x80"
                             "door\0\xff"
                             "bell";

/* How many there are, in a copy that ends where they do. */
static size_t count(const void *octets, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    const char *name;
    uint8_t number;
    size_t at = PORTFOLIO_EVENT_NAMES_HEAD, n = 0;
    assert_non_null(copy);
    memcpy(copy + 1, octets, size);
    while (portfolio_event_names_next(copy + 1, size, &at, &number, &name)) {
        assert_true(at <= size);
        n++;
    }
    if (size >= PORTFOLIO_EVENT_NAMES_HEAD)
        assert_int_equal(portfolio_event_names_are(copy + 1, size), at == size);
    else
        assert_false(portfolio_event_names_are(copy + 1, size));
    free(copy);
    return n;
}

static void they_are_read_as_they_are_written(void **state)
{
    (void)state;
    uint8_t octets[2 * PORTFOLIO_EVENT_NAME_MAX];
    uint8_t *end = portfolio_event_names_begin(octets);
    end = portfolio_event_name_put(end, 128, "door");
    end = portfolio_event_name_put(end, 255, "bell");
    assert_int_equal(end - octets, sizeof two);
    assert_memory_equal(octets, two, sizeof two);
    const char *name;
    uint8_t number;
    size_t at = PORTFOLIO_EVENT_NAMES_HEAD;
    assert_true(portfolio_event_names_next(two, sizeof two, &at, &number, &name));
    assert_int_equal(number, 128);
    assert_string_equal(name, "door");
    assert_true(portfolio_event_names_next(two, sizeof two, &at, &number, &name));
    assert_int_equal(number, 255);
    assert_string_equal(name, "bell");
    assert_false(portfolio_event_names_next(two, sizeof two, &at, &number, &name));
}

static void the_longest_name_has_room(void **state)
{
    (void)state;
    char name[PORTFOLIO_NAME_MAX + 2];
    uint8_t octets[PORTFOLIO_EVENT_NAMES_HEAD + PORTFOLIO_EVENT_NAME_MAX + 1];
    uint8_t *at = portfolio_event_names_begin(octets);
    const size_t size = PORTFOLIO_EVENT_NAMES_HEAD + PORTFOLIO_EVENT_NAME_MAX;
    memset(name, 'x', sizeof name);
    name[PORTFOLIO_NAME_MAX] = '\0';
    assert_int_equal(portfolio_event_name_put(at, 200, name) - at, PORTFOLIO_EVENT_NAME_MAX);
    assert_int_equal(count(octets, size), 1);
    octets[size - 1] = 'x'; /* one more */
    octets[size] = '\0';
    assert_int_equal(count(octets, sizeof octets), 0);
}

static void they_end_at_every_cut(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= sizeof two; cut++)
        assert_int_equal(count(two, cut), cut < 10 ? 0 : cut < sizeof two ? 1 : 2);
}

static void what_is_none_ends_them(void **state)
{
    (void)state;
#define HEAD "\3\0\0\0"
    assert_int_equal(count(HEAD, 4), 0);
    assert_int_equal(count(HEAD "\x7f"
                                "door",
                           10),
                     0); /* a number of the system's */
    assert_int_equal(count(HEAD "\0", 5), 0);
    assert_int_equal(count(HEAD "\x80", 6), 0); /* no name */
    assert_int_equal(count(HEAD "\x80"
                                "a\nb",
                           9),
                     0);
    assert_int_equal(count(HEAD "\x80"
                                "a\0\x01"
                                "b",
                           10),
                     1);
    assert_false(portfolio_event_names_are("\1\0\0\0\x80"
                                           "a",
                                           7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_read_as_they_are_written),
        cmocka_unit_test(the_longest_name_has_room),
        cmocka_unit_test(they_end_at_every_cut),
        cmocka_unit_test(what_is_none_ends_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
