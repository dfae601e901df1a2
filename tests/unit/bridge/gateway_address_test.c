/*
 * Where a gateway is.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/gateway_address.h"

static void a_unix_address_has_a_path(void **state)
{
    (void)state;
    struct gateway_address address;
    assert_int_equal(gateway_address_parse("unix:/run/x.sock", &address), VIA_OK);
    assert_false(address.wss);
    assert_string_equal(address.path, "/run/x.sock");
    assert_string_equal(address.text, "unix:/run/x.sock");
}

static void a_wss_address_is_kept_as_it_is(void **state)
{
    (void)state;
    struct gateway_address address;
    assert_int_equal(gateway_address_parse("wss://host:7443", &address), VIA_OK);
    assert_true(address.wss);
    assert_null(address.path);
    assert_string_equal(address.text, "wss://host:7443");
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"unix:",  "wss://", "ws://host", "http://host",
                                        "/run/x", "UNIX:/", "tcp:1",     " unix:/run/x"};
    struct gateway_address address = {.wss = true};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(gateway_address_parse(wrong[i], &address), VIA_INVALID);
    char longest[GATEWAY_ADDRESS_MAX + 1];
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "unix:/", 6);
    longest[GATEWAY_ADDRESS_MAX] = '\0';
    assert_int_equal(gateway_address_parse(longest, &address), VIA_INVALID);
    longest[GATEWAY_ADDRESS_MAX - 1] = '\0';
    assert_true(address.wss); /* untouched until here */
    assert_int_equal(gateway_address_parse(longest, &address), VIA_OK);
}

static void without_an_address_the_users_own_is_taken(void **state)
{
    (void)state;
    struct gateway_address address;
    const char *expected = "/run/viaduct/viaduct.sock";
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/run/user/7", 1), 0);
    if (geteuid() != 0)
        expected = "/run/user/7/viaduct.sock";
    assert_int_equal(gateway_address_parse(NULL, &address), VIA_OK);
    assert_string_equal(address.path, expected);
    assert_int_equal(gateway_address_parse("", &address), VIA_OK);
    assert_string_equal(address.path, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unix_address_has_a_path),
        cmocka_unit_test(a_wss_address_is_kept_as_it_is),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(without_an_address_the_users_own_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
