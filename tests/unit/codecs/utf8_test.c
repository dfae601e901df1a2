/*
 * UTF-8: every code point there and back, and everything of up to three octets that is not it.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/utf8.h"

static bool is_scalar(uint32_t point)
{
    return point < 0xd800 || (point > 0xdfff && point <= 0x10ffff);
}

static void every_code_point_comes_back(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        if (!is_scalar(point))
            continue;
        uint8_t text[UTF8_MAX];
        uint32_t back = 0;
        size_t n = utf8_encode(point, text);
        assert_int_equal(utf8_decode(text, n, &back), n);
        assert_int_equal(back, point);
        assert_int_equal(utf8_decode(text, n, &back), n);
        for (size_t cut = 1; cut < n; cut++)
            assert_int_equal(utf8_decode(text, cut, &back), 0);
    }
}

/* All of one to three octets, against the definition: what is decoded encodes to the same. */
static void takes_nothing_but_the_one_form(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 1u << 24; bits++) {
        uint8_t text[4] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits, 0x80};
        uint32_t point = 0;
        size_t n = utf8_decode(text, sizeof text, &point);
        if (n == 0)
            continue;
        uint8_t again[UTF8_MAX];
        if (!is_scalar(point) || utf8_encode(point, again) != n || memcmp(again, text, n) != 0)
            fail_msg("%02x %02x %02x was taken", text[0], text[1], text[2]);
    }
}

static void refuses_what_looks_like_it(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xc3",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xe2\x28\xa1",
        "\xf0\x9f\x98",
        "\xe2\x82",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(utf8_check(bad[i], strlen(bad[i])));
}

static void finds_the_first_bad_octet_at_every_place(void **state)
{
    (void)state;
    for (size_t at = 0; at < 40; at++) {
        uint8_t text[40];
        memset(text, 'a', sizeof text);
        text[at] = 0xff;
        assert_int_equal(utf8_span(text, sizeof text), at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(takes_nothing_but_the_one_form),
        cmocka_unit_test(refuses_what_looks_like_it),
        cmocka_unit_test(finds_the_first_bad_octet_at_every_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
