/*
 * Structures octet by octet, lists whose counts are lies, and where ports stand.
 */
#include <cmocka.h>
#include <stdbool.h>

#include "codecs/octets.h"
#include "codecs/portfolio_fields.h"
#include "codecs/portfolio_frames.h"
#include "include/portfolio/event.h"
#include "tests/unit/codecs/phoenix_octets.h"

#define ROOM 512u
#define MASK_TRIGGER "00000020 00000000 00000004 00000000 00000000 00000000 00000000 00000000"
#define ZEROS32 "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"

static const struct portfolio_struct *const structures[] = {
    &portfolio_header,
    &portfolio_configuration_request,
    &portfolio_register_event,
    &portfolio_set_focus,
    &portfolio_pod_data,
    &portfolio_listener_list,
    &portfolio_pod_list,
    &portfolio_listener,
    &portfolio_pod_description,
    &portfolio_event_frame,
    &portfolio_control_pad_data,
    &portfolio_mouse_data,
    &portfolio_gun_data,
    &portfolio_light_gun_data,
    &portfolio_character_data,
    &portfolio_keyboard_data,
    &portfolio_stick_data,
    &portfolio_ir_controller_data,
    &portfolio_device_state_data,
    &portfolio_filesystem_data,
};
#define N_STRUCTURES (sizeof structures / sizeof *structures)

static size_t field_size(const struct portfolio_field *field)
{
    return field->n *
           (size_t)(field->type == PORTFOLIO_U8 || field->type == PORTFOLIO_CHARS ? 1 : 4);
}

static void every_octet_of_a_structure_is_of_one_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_STRUCTURES; i++) {
        size_t at = 0;
        for (size_t k = 0; k < structures[i]->n_fields; k++) {
            assert_int_equal(structures[i]->fields[k].at, at);
            at += field_size(&structures[i]->fields[k]);
        }
        assert_int_equal(at, structures[i]->size);
    }
}

static void what_is_read_is_written_as_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_STRUCTURES; i++) {
        uint8_t octets[ROOM], again[ROOM];
        uint32_t native[ROOM / 4];
        for (size_t k = 0; k < sizeof octets; k++)
            octets[k] = (uint8_t)(k * 37 + 11);
        memset(native, 0xee, sizeof native);
        memset(again, 0xee, sizeof again);
        portfolio_read(structures[i], octets, native);
        portfolio_write(structures[i], native, again);
        assert_memory_equal(again, octets, structures[i]->size);
        assert_int_equal(again[structures[i]->size], 0xee);
        assert_int_equal(native[structures[i]->size / 4], 0xeeeeeeee);
    }
}

static void numbers_are_little_endian(void **state)
{
    (void)state;
    uint8_t octets[ROOM];
    ConfigurationRequest request;
    (void)octets_of("01000000 02000000 " MASK_TRIGGER MASK_TRIGGER "0a000000" ZEROS32, octets,
                    sizeof octets);
    portfolio_read(&portfolio_configuration_request, octets, &request);
    assert_int_equal(request.cr_Header.ebh_Flavor, EB_Configure);
    assert_int_equal(request.cr_Category, LC_Observer);
    assert_int_equal(request.cr_TriggerMask[0], EVENTBIT0_ControlButtonUpdate);
    assert_int_equal(request.cr_CaptureMask[2], EVENTBIT2_ControlPortChange);
    assert_int_equal(request.cr_QueueMax, 10);

    (void)octets_of("0102 0000 80000000 10000000 02000000 00000088 01000000 07000000"
                    "00000000 00000009 05000040",
                    octets, sizeof octets);
    PodDescription pod;
    portfolio_read(&portfolio_pod_description, octets, &pod);
    assert_int_equal(pod.pod_Number, 1);
    assert_int_equal(pod.pod_Position, 2);
    assert_int_equal(pod.pod_Type, PODID_3DO_BASIC_CONTROL_PAD);
    assert_int_equal(pod.pod_Flags, POD_IsControlPad | POD_IsAudioCtlr);
    assert_int_equal(pod.pod_GenericNumber[GENERIC_ControlPad], 1);
    assert_int_equal(pod.pod_GenericNumber[4], 7);
    assert_int_equal(pod.pod_GenericNumber[15], 9);
    assert_int_equal(pod.pod_LockHolder, 0x40000005);
}

static void data_have_a_least_size_by_their_flavor(void **state)
{
    (void)state;
    assert_int_equal(portfolio_fixed_size(EB_NoOp), 4);
    assert_int_equal(portfolio_fixed_size(EB_Configure), 108);
    assert_int_equal(portfolio_fixed_size(EB_SetFocus), 8);
    assert_int_equal(portfolio_fixed_size(EB_RegisterEvent), 264);
    assert_int_equal(portfolio_fixed_size(EB_SendEvent), 4);
    assert_int_equal(portfolio_fixed_size(EB_IssuePodCmd), 16);
    assert_int_equal(portfolio_fixed_size(EB_DescribePodsReply), 8);
    assert_int_equal(portfolio_fixed_size(EB_Command), 0);
    assert_int_equal(portfolio_fixed_size(EB_GetFocusReply), 0);
    assert_int_equal(portfolio_fixed_size(31), 0);
    assert_int_equal(portfolio_fixed_size(UINT32_MAX), 0);
}

/* ---- lists ---- */

static const char listeners[] = "0c000000 02000000 05000040 02000000 06000040 00000000";

static void expect_count(const char *hex, bool is_list, uint32_t count)
{
    uint8_t octets[ROOM];
    size_t size = octets_of(hex, octets, sizeof octets);
    uint32_t counted = 99;
    assert_int_equal(portfolio_list_count(octets, size, &counted), is_list);
    assert_int_equal(counted, is_list ? count : 99);
}

static void a_list_has_as_many_entries_as_it_says(void **state)
{
    (void)state;
    expect_count(listeners, true, 2);
    expect_count("0c000000 00000000", true, 0);
    expect_count("1c000000 00000000", true, 0);
    expect_count("0c000000 01000000 05000040 02000000 06000040 00000000", false, 0);
    expect_count("0c000000 03000000 05000040 02000000 06000040 00000000", false, 0);
    expect_count("0c000000 00000020", false, 0); /* 2^29 entries of 8: the product wraps */
    expect_count("0c000000 ffffffff 05000040 02000000", false, 0);
    expect_count("0c000000 01000000 05000040", false, 0);
    expect_count("0b000000 00000000", false, 0);
    expect_count("0c000000 000000", false, 0);
    assert_int_equal(portfolio_list_at(EB_GetListenersReply, 1), 16);
    assert_int_equal(portfolio_list_at(EB_DescribePodsReply, 2), 88);
}

static void names_are_as_many_as_listeners(void **state)
{
    (void)state;
    static const char names[] = "monitor\0\0pads"; /* and a NUL */
    assert_true(portfolio_list_names_are(names, sizeof names, 3));
    assert_true(portfolio_list_names_are(names, 0, 0));
    assert_false(portfolio_list_names_are(names, sizeof names, 2));
    assert_false(portfolio_list_names_are(names, sizeof names, 4));
    assert_false(portfolio_list_names_are(names, sizeof names - 1, 3));
    assert_false(portfolio_list_names_are(names, 0, 1));
    assert_false(portfolio_list_names_are("a\nb", 4, 1));
}

/* ---- ports ---- */

static void expect_ports(const char *hex, const size_t *places, size_t n)
{
    uint8_t octets[ROOM];
    size_t size = octets_of(hex, octets, sizeof octets), at;
    struct portfolio_ports ports;
    portfolio_ports_start(&ports, octets, size);
    for (size_t i = 0; i < n; i++) {
        assert_true(portfolio_ports_next(&ports, &at));
        assert_int_equal(at, places[i]);
        assert_true(at + 4 <= size);
    }
    assert_false(portfolio_ports_next(&ports, &at));
    for (size_t cut = 0; cut < size; cut++) { /* where there are some, they are within */
        portfolio_ports_start(&ports, octets, cut);
        while (portfolio_ports_next(&ports, &at))
            assert_true(at + 4 <= cut);
    }
}

static void ports_stand_where_the_table_says(void **state)
{
    (void)state;
    static const size_t of_listeners[] = {8, 16}, of_focus[] = {4}, of_pods[] = {44},
                        of_frames[] = {16, 48};
#define FRAME(size, data) size "000000 00000000 d01b0000 00000000 03010101 01000000 00000000" data
    expect_ports(listeners, of_listeners, 2);
    expect_ports("0d000000 05000040", of_focus, 1);
    expect_ports("0d000000 05000040 06000040", of_focus, 1);
    expect_ports("1c000000 01000000 01010000 80000000 10000000 02000000 00000088"
                 "01000000 01000000 00000000 00000000 05000040",
                 of_pods, 1);
    expect_ports("03000000" FRAME("20", "00000008") FRAME("1c", "") "00000000", of_frames, 2);
    expect_ports("03000000 00000000", NULL, 0);
    expect_ports("03000000" FRAME("20", "00000008") FRAME("21", "") "00000000", NULL, 0);
    expect_ports("05000000" FRAME("1c", "") "00000000", NULL,
                 0); /* what a sender says goes for nothing */
    expect_ports("0c000000 02000000 05000040 02000000", NULL, 0);
    expect_ports("0f000000", NULL, 0);
    expect_ports("", NULL, 0);
}

static void results_that_are_ports(void **state)
{
    (void)state;
    for (uint32_t flavor = 0; flavor < 40; flavor++)
        assert_int_equal(portfolio_result_is_port(flavor),
                         flavor == EB_SetFocus || flavor == EB_GetFocus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_octet_of_a_structure_is_of_one_field),
        cmocka_unit_test(what_is_read_is_written_as_it_was),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(data_have_a_least_size_by_their_flavor),
        cmocka_unit_test(a_list_has_as_many_entries_as_it_says),
        cmocka_unit_test(names_are_as_many_as_listeners),
        cmocka_unit_test(ports_stand_where_the_table_says),
        cmocka_unit_test(results_that_are_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
