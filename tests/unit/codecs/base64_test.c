/*
 * base64 against the vectors of RFC 4648 and against itself, and what is no base64.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/base64.h"

static void encodes_the_vectors_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        size_t size = strlen(vectors[i][0]);
        uint8_t text[16];
        base64_encode((const uint8_t *)vectors[i][0], size, text);
        assert_int_equal(base64_size(size), strlen(vectors[i][1]));
        assert_memory_equal(text, vectors[i][1], base64_size(size));
    }
}

static void every_octet_comes_back_at_every_length(void **state)
{
    (void)state;
    uint8_t octets[256];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(i * 151 + 7);
    for (size_t size = 0; size <= sizeof octets; size++) {
        uint8_t text[344];
        uint8_t back[258];
        size_t back_size = 0;
        base64_encode(octets, size, text);
        assert_true(base64_decode((const char *)text, base64_size(size), back, &back_size));
        assert_int_equal(back_size, size);
        assert_memory_equal(back, octets, size);
    }
}

static void decodes_in_place(void **state)
{
    (void)state;
    char text[] = "Zm9vYmE=";
    size_t size = 0;
    assert_true(base64_decode(text, 8, (uint8_t *)text, &size));
    assert_int_equal(size, 5);
    assert_memory_equal(text, "fooba", 5);
}

static void refuses_what_is_not_canonical(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",      "Zg",   "Zg=",    "Zm8",  "Zg==Zg==", /* cut, or joined */
        "=",      "====", "Zg=a",   "Z===", "Zm=v",     /* padding out of place */
        "Zh==",   "Zm9=", "Zm-_",   "Zm9 ", "Z\x80==",  /* set bits, other alphabets */
        "Zm9v\n", "*m9v", "Zm9v==",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[16];
        size_t size;
        if (base64_decode(bad[i], strlen(bad[i]), out, &size))
            fail_msg("\"%s\" was taken", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_the_vectors_of_rfc_4648),
        cmocka_unit_test(every_octet_comes_back_at_every_length),
        cmocka_unit_test(decodes_in_place),
        cmocka_unit_test(refuses_what_is_not_canonical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
