/*
 * Errors in words.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "include/portfolio/event.h"

static void assert_says(Err err, const char *expected)
{
    char text[128];
    memset(text, 'x', sizeof text);
    assert_int_equal(GetSysErr(text, sizeof text, err), strlen(expected));
    assert_string_equal(text, expected);
}

static void an_error_says_who_and_what(void **state)
{
    (void)state;
    assert_says(MAKEEB(ER_SEVERE, ER_C_STND, ER_BadItem),
                "TEB-Severe-System-Standard-no such Item, or of another kind");
    assert_says(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_ReplyPortNeeded),
                "FKr-Severe-System-Extended-a reply port is needed");
    assert_says(MakeErr(ER_USER, MakeErrId('Z', '9'), ER_WARN, ER_E_APPL, ER_C_STND, ER_NoMem),
                "UZ9-Warning-Application-Standard-not enough memory");
    assert_says(MakeErr(ER_DEVC, MakeErrId('a', '0'), ER_INFO, ER_E_USER, ER_C_STND, ER_BadName),
                "Da0-Info-User-Standard-a bad name");
}

static void a_number_without_words_is_itself(void **state)
{
    (void)state;
    assert_says(MAKEEB(ER_KYAGB, ER_C_STND, 0), "TEB-Fatal-System-Standard-<000>");
    assert_says(MAKEEB(ER_SEVERE, ER_C_STND, 255), "TEB-Severe-System-Standard-<255>");
    assert_says(MakeKErr(ER_SEVERE, ER_C_NSTND, 28), "FKr-Severe-System-Extended-<028>");
    /* the kernel's own numbers mean nothing of others */
    assert_says(MAKEEB(ER_SEVERE, ER_C_NSTND, ER_TEV_NoSuch), "TEB-Severe-System-Extended-<001>");
}

static void what_is_no_error_says_so(void **state)
{
    (void)state;
    assert_says(0, "<0, not an error>");
    assert_says(0x7fffffff, "<2147483647, not an error>");
    assert_says(-1, "<-1, generic error>");
}

static void any_bits_have_words(void **state)
{
    (void)state;
    char text[128];
    for (uint32 i = 0; i < 0x20000; i++)
        assert_true(GetSysErr(text, sizeof text, (Err)(0x80000000u | i * 0x3fff1u)) > 0);
}

static void words_are_cut_to_the_buffer(void **state)
{
    (void)state;
    char text[9];
    for (int32 size = 1; size < (int32)sizeof text; size++) {
        memset(text, 'x', sizeof text);
        assert_int_equal(GetSysErr(text, size, BADITEM), size - 1);
        assert_memory_equal(text, "FKr-Seve", (size_t)size - 1);
        assert_int_equal(text[size - 1], '\0');
        assert_int_equal(text[size], 'x');
    }
    assert_int_equal(GetSysErr(text, 0, BADITEM), 0);
    assert_int_equal(GetSysErr(text, -5, BADITEM), 0);
    assert_int_equal(GetSysErr(NULL, 9, BADITEM), BADPTR);
}

/* What @print writes to stdout. */
static void capture(void (*print)(void), char *text, size_t size)
{
    int ends[2];
    (void)fflush(stdout);
    int real = dup(STDOUT_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDOUT_FILENO) >= 0);
    print();
    (void)fflush(stdout);
    assert_true(dup2(real, STDOUT_FILENO) >= 0);
    ssize_t length = read(ends[0], text, size - 1);
    assert_true(length >= 0);
    text[length] = '\0';
    (void)close(real);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void print_some(void)
{
    PrintfSysErr(-1);
    PrintError("monitor", "find port", "eventbroker", -1);
    PrintError(NULL, "begin", "", -1);
    PrintError("", NULL, NULL, 0);
}

static void errors_are_printed_a_line_each(void **state)
{
    (void)state;
    char text[512];
    capture(print_some, text, sizeof text);
    assert_string_equal(text, "<-1, generic error>\n"
                              "monitor: cannot find port 'eventbroker': <-1, generic error>\n"
                              "cannot begin: <-1, generic error>\n"
                              "<0, not an error>\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_says_who_and_what),
        cmocka_unit_test(a_number_without_words_is_itself),
        cmocka_unit_test(what_is_no_error_says_so),
        cmocka_unit_test(any_bits_have_words),
        cmocka_unit_test(words_are_cut_to_the_buffer),
        cmocka_unit_test(errors_are_printed_a_line_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
