/*
 * WebSocket headers against the examples of RFC 6455, section 5.7, and masks against masking octet
 * by octet.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/ws_frame.h"

static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

static void a_masked_hello_is_the_one_of_the_standard(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d,
                                       0x7f, 0x9f, 0x4d, 0x51, 0x58};
    uint8_t frame[32];
    size_t n = ws_frame_header(frame, WS_TEXT, true, 5, mask);
    assert_int_equal(n, 6);
    ws_frame_mask(frame + n, (const uint8_t *)"Hello", 5, mask);
    assert_memory_equal(frame, expected, sizeof expected);
}

static void pieces_of_a_message_say_so(void **state)
{
    (void)state;
    uint8_t header[WS_HEADER_MAX];
    assert_int_equal(ws_frame_header(header, WS_TEXT, false, 3, NULL), 2);
    assert_int_equal(header[0], 0x01);
    assert_int_equal(header[1], 0x03);
    assert_int_equal(ws_frame_header(header, WS_CONTINUATION, true, 2, NULL), 2);
    assert_int_equal(header[0], 0x80);
}

static void sizes_are_written_in_the_shortest_form(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        size_t header_size;
        uint8_t octets[10];
    } cases[] = {
        {0, 2, {0x82, 0}},
        {125, 2, {0x82, 125}},
        {126, 4, {0x82, 126, 0, 126}},
        {256, 4, {0x82, 126, 1, 0}},
        {65535, 4, {0x82, 126, 0xff, 0xff}},
        {65536, 10, {0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
        {0x12345678, 10, {0x82, 127, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t header[WS_HEADER_MAX];
        assert_int_equal(ws_frame_header(header, WS_BINARY, true, cases[i].size, NULL),
                         cases[i].header_size);
        assert_memory_equal(header, cases[i].octets, cases[i].header_size);
        assert_int_equal(ws_frame_header(header, WS_BINARY, true, cases[i].size, mask),
                         cases[i].header_size + 4);
        assert_int_equal(header[1], cases[i].octets[1] | 0x80);
        assert_memory_equal(header + cases[i].header_size, mask, 4);
    }
}

static void masks_go_round_at_every_size(void **state)
{
    (void)state;
    uint8_t plain[67], masked[67 + 1];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i * 17);
    for (size_t size = 0; size <= sizeof plain; size++) {
        memset(masked, 0xee, sizeof masked);
        ws_frame_mask(masked, plain, size, mask);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(masked[i], plain[i] ^ mask[i & 3]);
        assert_int_equal(masked[size], 0xee);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_masked_hello_is_the_one_of_the_standard),
        cmocka_unit_test(pieces_of_a_message_say_so),
        cmocka_unit_test(sizes_are_written_in_the_shortest_form),
        cmocka_unit_test(masks_go_round_at_every_size),
    };
    return cmocka_run_group_tests_name("ws_frame", tests, NULL, NULL);
}
