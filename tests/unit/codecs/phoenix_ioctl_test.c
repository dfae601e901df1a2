/*
 * ioctls as programs of each ABI put them into i.raw, and what becomes of them where the input no
 * longer fits there, or fits again.
 */
#include <cmocka.h>
#include <stdio.h>

#include "codecs/phoenix_convert.h"
#include "tests/unit/codecs/phoenix_octets.h"

#define LP64 PHOENIX_ABI_LP64
#define IA32 PHOENIX_ABI_IA32
#define SPARC PHOENIX_ABI_SPARCV8LEON

#define IN_OF(size) (PHOENIX_IOC_IN | (uint32_t)(size) << 16 | 0x7401u)
#define VALUE_OF(size) ((uint32_t)(size) << 16 | 0x7401u)

static uint8_t input[64];

static struct phoenix_request make(uint32_t abi, uint32_t number, size_t size, uint8_t *raw)
{
    struct phoenix_request request = {
        .type = PHOENIX_DEVCTL, .abi = abi, .is_ioctl = true, .in_raw = raw};
    size_t at = phoenix_ioctl_input_at(abi);
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)(i + 1);
    assert_int_equal(phoenix_ioctl_put(abi, raw, number, size), VIA_OK);
    if (size <= PHOENIX_RAW_SIZE - at) {
        memcpy(raw + at, input, size);
    } else {
        request.in_data = input;
        request.in_size = size;
    }
    return request;
}

static void check(const struct phoenix_request *request, uint32_t number, size_t size)
{
    struct phoenix_ioctl ioctl;
    phoenix_ioctl_get(request->abi, request->in_raw, &ioctl);
    assert_int_equal(ioctl.request, number);
    assert_int_equal(ioctl.size, size);
    assert_int_equal(ioctl.room, request->abi == LP64 ? 48 : 56);
    if (size <= ioctl.room) {
        assert_null(request->in_data);
        assert_int_equal(request->in_size, 0);
        assert_memory_equal(ioctl.input, input, size);
    } else {
        assert_null(ioctl.input);
        assert_int_equal(request->in_size, size);
        assert_memory_equal(request->in_data, input, size);
    }
}

static void input_moves_over_the_border(void **state)
{
    (void)state;
    static const uint32_t some[] = {LP64, IA32, SPARC};
    for (size_t size = 0; size <= sizeof input; size++)
        for (size_t from = 0; from < 3; from++)
            for (size_t to = 0; to < 3; to++) {
                uint8_t raw[PHOENIX_RAW_SIZE];
                struct phoenix_room room;
                struct phoenix_request request = make(some[from], IN_OF(size), size, raw);
                check(&request, IN_OF(size), size);
                assert_int_equal(phoenix_request_convert(&request, some[to], &room), VIA_OK);
                check(&request, IN_OF(size), size);
                if (request.in_data == room.data)
                    assert_int_equal(room.data[size], 0);
            }
}

static void headers_are_as_programs_write_them(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE], expected[PHOENIX_RAW_SIZE];
    struct phoenix_room room;
    struct phoenix_request request = make(LP64, IN_OF(3), 3, raw);
    (void)octets_of("01740380 00000000 0300000000000000 010203", expected, sizeof expected);
    assert_memory_equal(raw, expected, sizeof raw);
    assert_int_equal(phoenix_request_convert(&request, IA32, &room), VIA_OK);
    (void)octets_of("01740380 03000000 010203", expected, sizeof expected);
    assert_memory_equal(request.in_raw, expected, sizeof raw);
    request = make(LP64, IN_OF(3), 3, raw);
    assert_int_equal(phoenix_request_convert(&request, SPARC, &room), VIA_OK);
    (void)octets_of("80037401 00000003 010203", expected, sizeof expected);
    assert_memory_equal(request.in_raw, expected, sizeof raw);
}

/* An argument by value, from one ABI to the other; NULL: it does not fit. */
static void check_value(uint32_t from, uint32_t number, const char *given, uint32_t to,
                        const char *expected_hex)
{
    uint8_t raw[PHOENIX_RAW_SIZE], octets[16], expected[16];
    struct phoenix_room room;
    struct phoenix_request request = {
        .type = PHOENIX_DEVCTL, .abi = from, .is_ioctl = true, .in_raw = raw};
    assert_int_equal(phoenix_ioctl_put(from, raw, number, phoenix_ioctl_length(number)), VIA_OK);
    size_t size = octets_of(given, octets, sizeof octets);
    memcpy(raw + phoenix_ioctl_input_at(from), octets, size);
    enum via_status status = phoenix_request_convert(&request, to, &room);
    assert_int_equal(status, expected_hex != NULL ? VIA_OK : VIA_INVALID);
    if (expected_hex == NULL)
        return;
    (void)octets_of(expected_hex, expected, sizeof expected);
    assert_memory_equal(request.in_raw + phoenix_ioctl_input_at(to), expected, 8);
    assert_null(request.in_data);
}

static void values_are_numbers(void **state)
{
    (void)state;
    check_value(LP64, VALUE_OF(4), "05000000", IA32, "05000000");
    check_value(LP64, VALUE_OF(4), "05000000", SPARC, "00000005");
    check_value(SPARC, VALUE_OF(4), "00000005", LP64, "05000000");
    check_value(LP64, VALUE_OF(8), "0500000000000000", IA32, "05000000");
    check_value(LP64, VALUE_OF(8), "0500000000000000", SPARC, "00000005");
    check_value(LP64, VALUE_OF(8), "ffffffffffffffff", SPARC, "ffffffff"); /* -1 */
    check_value(LP64, VALUE_OF(8), "ffffffff00000000", SPARC, "ffffffff");
    check_value(LP64, VALUE_OF(8), "0000000001000000", IA32, NULL);
    check_value(LP64, VALUE_OF(8), "00000000ffffffff", IA32, NULL);
    check_value(SPARC, VALUE_OF(8), "00000005", LP64, "05000000");
    check_value(LP64, VALUE_OF(1), "05", SPARC, "05");
    check_value(LP64, VALUE_OF(3), "010203", SPARC, "030201");
}

static void what_takes_no_input_has_a_header_alone(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {0x7401, PHOENIX_IOC_OUT | 0x00287401u};
    for (size_t i = 0; i < 2; i++) {
        uint8_t raw[PHOENIX_RAW_SIZE], expected[PHOENIX_RAW_SIZE];
        struct phoenix_room room;
        struct phoenix_request request = {
            .type = PHOENIX_DEVCTL, .abi = LP64, .is_ioctl = true, .in_raw = raw};
        assert_int_equal(phoenix_ioctl_put(LP64, raw, numbers[i], 40), VIA_OK);
        assert_int_equal(phoenix_request_convert(&request, SPARC, &room), VIA_OK);
        assert_int_equal(phoenix_ioctl_put(SPARC, expected, numbers[i], 40), VIA_OK);
        assert_memory_equal(request.in_raw, expected, sizeof expected);
    }
}

static void a_size_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE];
    struct phoenix_room room;
    struct phoenix_request request = {
        .type = PHOENIX_DEVCTL, .abi = LP64, .is_ioctl = true, .in_raw = raw};
    assert_int_equal(phoenix_ioctl_put(LP64, raw, IN_OF(8), UINT64_C(1) << 32), VIA_OK);
    assert_int_equal(phoenix_request_convert(&request, IA32, &room), VIA_INVALID);
    assert_int_equal(phoenix_ioctl_put(LP64, raw, IN_OF(8), 57), VIA_OK); /* and no data */
    assert_int_equal(phoenix_request_convert(&request, IA32, &room), VIA_OK);
    assert_null(request.in_data);
}

static void its_number_goes_into_the_question(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE];
    struct phoenix_question question;
    struct phoenix_request request = make(SPARC, IN_OF(8), 8, raw);
    phoenix_request_question(&request, &question);
    assert_int_equal(question.ioctl, IN_OF(8));
    request.is_ioctl = false;
    phoenix_request_question(&request, &question);
    assert_int_equal(question.ioctl, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_moves_over_the_border),
        cmocka_unit_test(headers_are_as_programs_write_them),
        cmocka_unit_test(values_are_numbers),
        cmocka_unit_test(what_takes_no_input_has_a_header_alone),
        cmocka_unit_test(a_size_that_does_not_fit_is_refused),
        cmocka_unit_test(its_number_goes_into_the_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
