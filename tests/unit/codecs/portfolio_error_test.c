/*
 * Errors in words, for programs and pages alike.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/portfolio_error.h"
#include "include/portfolio/event.h"

static void assert_says(Err err, const char *expected)
{
    char text[PORTFOLIO_ERROR_ROOM];
    memset(text, 'x', sizeof text);
    assert_int_equal(portfolio_error_text(text, sizeof text, err), strlen(expected));
    assert_string_equal(text, expected);
}

static void the_brokers_errors_and_the_kernels_have_words(void **state)
{
    (void)state;
    assert_says((Err)0xf14cd001, "TEB-Severe-System-Standard-no such Item, or of another kind");
    assert_says((Err)0xf14cd017, "TEB-Severe-System-Standard-bad parameters");
    assert_says((Err)0xd57b910a, "FKr-Severe-System-Extended-the reply port is gone");
    assert_says(MAKEEB(ER_SEVERE, ER_C_NSTND, ER_TEV_NoSuch), "TEB-Severe-System-Extended-<001>");
    assert_says(0, "<0, not an error>");
    assert_says(-1, "<-1, generic error>");
}

static void all_find_room(void **state)
{
    (void)state;
    char text[PORTFOLIO_ERROR_ROOM];
    for (uint32_t i = 0; i < 0x20000; i++) {
        size_t size = portfolio_error_text(text, sizeof text, (Err)(0x80000000u | i * 0x3fff1u));
        assert_true(size > 0 && size < sizeof text - 1);
    }
}

static void words_are_cut_to_the_room(void **state)
{
    (void)state;
    char text[] = "xxxxxxxxx";
    assert_int_equal(portfolio_error_text(text, 0, BADITEM), 0);
    assert_string_equal(text, "xxxxxxxxx");
    assert_int_equal(portfolio_error_text(text, 5, BADITEM), 4);
    assert_memory_equal(text, "FKr-\0xxxx", 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_brokers_errors_and_the_kernels_have_words),
        cmocka_unit_test(all_find_room),
        cmocka_unit_test(words_are_cut_to_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
