/*
 * Dates: the two forms that are taken, what looks like them, and the way to mbedTLS and back.
 */
#include <cmocka.h>
#include <string.h>

#include "certs/date.h"

static void takes_a_day_or_a_second(void **state)
{
    (void)state;
    time_t date = 0;
    assert_true(date_read("1970-01-02", &date));
    assert_int_equal(date, 86400);
    assert_true(date_read("2030-06-01T12:30:45Z", &date));
    assert_int_equal(date, 1906547445);
    assert_true(date_read("2024-02-29", &date));
    assert_int_equal(date, 1709164800);
    assert_true(date_read("9999-12-31", &date));
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "tomorrow",
        "2030",
        "2030-13-01",
        "2030-02-30",
        "2023-02-29",
        "2030-06-01 ",
        "2030-06-01T",
        "2030-06-01T12:30:45",
        "2030-06-01T25:00:00Z",
        "1969-12-31",
        "2030-06-01T12:30:45Zx",
        "30-06-01",
        "2030/06/01",
        "2030-06-01T00:00:61Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        time_t date;
        if (date_read(bad[i], &date))
            fail_msg("'%s' was taken", bad[i]);
    }
}

static void is_written_as_mbedtls_and_people_read_it(void **state)
{
    (void)state;
    char text[DATE_X509_SIZE];
    char shown[DATE_SHOWN_SIZE];
    date_write_x509(1906547445, text);
    date_write_shown(1906547445, shown);
    assert_string_equal(text, "20300601123045");
    assert_string_equal(shown, "2030-06-01");
    const mbedtls_x509_time time = {
        .year = 2030, .mon = 6, .day = 1, .hour = 12, .min = 30, .sec = 45};
    assert_int_equal(date_of_x509(&time), 1906547445);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_day_or_a_second),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(is_written_as_mbedtls_and_people_read_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
