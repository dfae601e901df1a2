/*
 * HiLog's formats, with privacy and without.
 */
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge/marked_format.h"

static char message[MARKED_MESSAGE_MAX + 1];

static const char *format(bool privacy, const char *text, ...)
{
    va_list list;
    va_start(list, text);
    size_t size = marked_format(message, privacy, text, list);
    va_end(list);
    assert_int_equal(size, strlen(message));
    return message;
}

static void marks_leave_no_trace(void **state)
{
    (void)state;
    assert_string_equal(format(false, "plain"), "plain");
    assert_string_equal(format(false, "%{public}d + %{private}d = %d, ret=%{public}d", 2, 3, 5, 0),
                        "2 + 3 = 5, ret=0");
    assert_string_equal(format(false, "%{public}s|%{public}04x|%%|%{public}c", "s", 0xab, 'c'),
                        "s|00ab|%|c");
}

static void with_privacy_only_what_is_public_is_shown(void **state)
{
    (void)state;
    assert_string_equal(format(true, "%{public}d %{private}d %d %s %{public}s", 1, 2, 3, "a", "b"),
                        "1 <private> <private> <private> b");
    assert_string_equal(format(true, "%f %{public}.1f %% %{public}lld", 1.0, 2.5, 7LL),
                        "<private> 2.5 % 7");
}

static void every_conversion_takes_its_argument(void **state)
{
    (void)state;
    static const char expected[] =
        "-1 2 -3 4 -5 6 -7 8 -9 10 11 c s 0x10 1.50 2.50 3.5e+00 ff 17 end";
    static const char text[] =
        "%hhd %hhu %hd %hu %ld %lu %lld %llu %jd %zu %td %c %s %p %.2f %.2Lf %.1e %x %o %s";
    for (int privacy = 0; privacy < 2; privacy++) {
        const char *out =
            format(privacy, text, -1, 2, -3, 4, -5L, 6UL, -7LL, 8ULL, (intmax_t)-9, (size_t)10,
                   (ptrdiff_t)11, 'c', "s", (void *)16, 1.5, 2.5L, 3.5, 255, 15, "end");
        if (privacy == 0)
            assert_string_equal(out, expected);
        else
            assert_null(strpbrk(out, "0123456789"));
    }
    assert_string_equal(
        format(true, "%ld%lld%Lf%s %{public}s", 1L, 2LL, 3.0L, "a", "still in place"),
        "<private><private><private><private> still in place");
}

static void widths_may_be_arguments(void **state)
{
    (void)state;
    assert_string_equal(format(false, "[%*d][%-*d][%.*s][%.*s]", 4, 1, 4, 2, 2, "abc", -1, "abc"),
                        "[   1][2   ][ab][abc]");
    assert_string_equal(format(true, "[%*d]%{public}d", 4, 1, 2), "[<private>]2");
}

static void nothing_is_written_through_an_argument(void **state)
{
    (void)state;
    int written = 42;
    assert_string_equal(format(false, "ab%ncd%d", &written, 1), "abcd1");
    assert_int_equal(written, 42);
}

static void errors_are_named(void **state)
{
    (void)state;
    errno = ENOENT;
    assert_string_equal(format(false, "%{public}m"), strerror(ENOENT));
}

static void what_is_no_conversion_stands_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(format(false, "100%"), "100%");
    assert_string_equal(format(false, "%{public}"), "%{public}");
    assert_string_equal(format(false, "%d %y %d", 1, 2, 3), "1 %y %d");
    assert_string_equal(format(false, "%1$d", 1), "%1$d");
    assert_string_equal(
        format(false, "%00000000000000000000000000000000000000000000000000000000d", 1),
        "%00000000000000000000000000000000000000000000000000000000d");
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(strlen(format(false, "%s", text)), MARKED_MESSAGE_MAX);
    assert_int_equal(strlen(format(false, "%5000d%s", 1, text)), MARKED_MESSAGE_MAX);
    assert_int_equal(strlen(format(false, text)), MARKED_MESSAGE_MAX);
    text[MARKED_MESSAGE_MAX - 3] = '\0';
    format(true, "%{public}s%d", text, 1);
    assert_string_equal(message + MARKED_MESSAGE_MAX - 3, "<pr");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_leave_no_trace),
        cmocka_unit_test(with_privacy_only_what_is_public_is_shown),
        cmocka_unit_test(every_conversion_takes_its_argument),
        cmocka_unit_test(widths_may_be_arguments),
        cmocka_unit_test(nothing_is_written_through_an_argument),
        cmocka_unit_test(errors_are_named),
        cmocka_unit_test(what_is_no_conversion_stands_as_it_is),
        cmocka_unit_test(long_messages_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
