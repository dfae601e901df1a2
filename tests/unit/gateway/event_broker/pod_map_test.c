/*
 * The map of pods: what is compiled in is whole, what is laid over it wins, and what is wrong has a
 * line and words.
 */
#include <cmocka.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/event_broker/pod_map.h"
#include "include/portfolio/event.h"

static struct pod_map *make(void)
{
    struct pod_map *map;
    assert_int_equal(pod_map_create(&map), VIA_OK);
    return map;
}

static enum via_status lay(struct pod_map *map, const char *text, struct pod_map_fault *fault)
{
    return pod_map_read(map, text, strlen(text), fault);
}

static struct pod_profile profile_of(const struct pod_map *map, const char *name, uint16_t vendor,
                                     uint16_t product)
{
    struct pod_profile profile;
    assert_int_equal(pod_map_profile(map, name, vendor, product, &profile), VIA_OK);
    return profile;
}

static const struct pod_rule *rule_for(const struct pod_profile *profile, enum pod_kind kind,
                                       unsigned type, unsigned code)
{
    for (size_t i = 0; i < profile->n_rules; i++)
        if (profile->rules[i].kind == kind && profile->rules[i].type == type &&
            profile->rules[i].code == code)
            return &profile->rules[i];
    fail_msg("no rule for %u %u", type, code);
    return NULL;
}

static uint32_t button(const struct pod_map *map, const char *name, uint16_t vendor,
                       uint16_t product, enum pod_kind kind, unsigned code)
{
    struct pod_profile profile = profile_of(map, name, vendor, product);
    const uint32_t bits = rule_for(&profile, kind, EV_KEY, code)->high;
    pod_profile_deinit(&profile);
    return bits;
}

static void what_is_compiled_in_has_what_pads_mice_and_keyboards_need(void **state)
{
    (void)state;
    struct pod_map *map = make();
    struct pod_profile profile = profile_of(map, "any", 1, 2);
    assert_int_equal(rule_for(&profile, POD_KIND_PAD, EV_KEY, BTN_SOUTH)->high, ControlA);
    assert_int_equal(rule_for(&profile, POD_KIND_PAD, EV_KEY, BTN_EAST)->high, ControlB);
    assert_int_equal(rule_for(&profile, POD_KIND_PAD, EV_KEY, BTN_WEST)->high, ControlC);
    assert_int_equal(rule_for(&profile, POD_KIND_PAD, EV_KEY, BTN_NORTH)->high, ControlX);
    assert_int_equal(rule_for(&profile, POD_KIND_PAD, EV_KEY, BTN_TL)->high, ControlLeftShift);
    assert_int_equal(rule_for(&profile, POD_KIND_PAD, EV_KEY, BTN_TR)->high, ControlRightShift);
    assert_int_equal(rule_for(&profile, POD_KIND_PAD, EV_KEY, BTN_START)->high, ControlStart);
    const struct pod_rule *hat = rule_for(&profile, POD_KIND_PAD, EV_ABS, ABS_HAT0Y);
    assert_int_equal(hat->low, ControlUp);
    assert_int_equal(hat->high, ControlDown);
    assert_int_equal(rule_for(&profile, POD_KIND_MOUSE, EV_REL, REL_Y)->axis, POD_AXIS_VERTICAL);
    assert_int_equal(rule_for(&profile, POD_KIND_KEYBOARD, EV_KEY, KEY_A)->high, 0x1c);
    assert_int_equal(rule_for(&profile, POD_KIND_KEYBOARD, EV_KEY, KEY_UP)->high, 0x75 | 0x80);
    assert_int_equal(rule_for(&profile, POD_KIND_KEYBOARD, EV_KEY, KEY_F7)->high, 0x83);
    assert_false(profile.is_grabbed);
    assert_false(profile.has_kinds);
    assert_int_equal(profile.width, 320);
    pod_profile_deinit(&profile);
    (void)pod_map_destroy(map);
}

static void no_two_keys_have_the_same_code(void **state)
{
    (void)state;
    struct pod_map *map = make();
    struct pod_profile profile = profile_of(map, "any", 1, 2);
    unsigned taken[256] = {0}, n = 0;
    for (size_t i = 0; i < profile.n_rules; i++) {
        const struct pod_rule *rule = &profile.rules[i];
        if (rule->kind != POD_KIND_KEYBOARD)
            continue;
        assert_in_range(rule->high, 1, 255);
        if (taken[rule->high] != 0)
            fail_msg("keys %u and %u are both %#x", taken[rule->high], rule->code, rule->high);
        taken[rule->high] = rule->code;
        n++;
    }
    assert_in_range(n, 120, 255);
    pod_profile_deinit(&profile);
    (void)pod_map_destroy(map);
}

static void what_is_laid_over_wins_and_the_rest_stays(void **state)
{
    (void)state;
    struct pod_map_fault fault;
    struct pod_map *map = make();
    assert_int_equal(lay(map, "pad BTN_SOUTH B # not A\r\n\n  pad BTN_EAST none\ngrab yes", &fault),
                     VIA_OK);
    assert_int_equal(button(map, "x", 0, 0, POD_KIND_PAD, BTN_SOUTH), ControlB);
    assert_int_equal(button(map, "x", 0, 0, POD_KIND_PAD, BTN_EAST), 0);
    assert_int_equal(button(map, "x", 0, 0, POD_KIND_PAD, BTN_WEST), ControlC);
    struct pod_profile profile = profile_of(map, "x", 0, 0);
    assert_true(profile.is_grabbed);
    pod_profile_deinit(&profile);
    (void)pod_map_destroy(map);
}

static void a_section_is_for_devices_by_name_or_number(void **state)
{
    (void)state;
    struct pod_map_fault fault;
    struct pod_map *map = make();
    assert_int_equal(lay(map,
                         "[Old * pad]\npad BTN_SOUTH X\npods pad\n"
                         "[054C:*]\npad BTN_SOUTH C\n"
                         "[054c:09cc]\npad BTN_SOUTH Start\n"
                         "[beef:*x]\npad BTN_SOUTH B\n",
                         &fault),
                     VIA_OK);
    assert_int_equal(button(map, "New pad", 1, 1, POD_KIND_PAD, BTN_SOUTH), ControlA);
    assert_int_equal(button(map, "Old grey pad", 1, 1, POD_KIND_PAD, BTN_SOUTH), ControlX);
    assert_int_equal(button(map, "New pad", 0x54c, 1, POD_KIND_PAD, BTN_SOUTH), ControlC);
    assert_int_equal(button(map, "Old new pad", 0x54c, 0x9cc, POD_KIND_PAD, BTN_SOUTH),
                     ControlStart);
    assert_int_equal(button(map, "beef:yx", 1, 1, POD_KIND_PAD, BTN_SOUTH), ControlB);
    struct pod_profile profile = profile_of(map, "Old  pad", 0, 0);
    assert_true(profile.has_kinds);
    assert_int_equal(profile.kinds, 1u << POD_KIND_PAD);
    pod_profile_deinit(&profile);
    (void)pod_map_destroy(map);
}

static void a_comment_may_stand_behind_a_section(void **state)
{
    (void)state;
    struct pod_map_fault fault;
    struct pod_map *map = make();
    assert_int_equal(lay(map, "[one]\t# of [two]\npad BTN_SOUTH X\n[two #2]#\n", &fault),
                     VIA_INVALID);
    assert_int_equal(fault.line, 3);
    assert_int_equal(lay(map,
                         "[one]\t# of [two]\npad BTN_SOUTH X\n"
                         "[pad #2]  \npad BTN_SOUTH C\n[a]b] #\npad BTN_SOUTH Start\n",
                         &fault),
                     VIA_OK);
    assert_int_equal(button(map, "one", 1, 1, POD_KIND_PAD, BTN_SOUTH), ControlX);
    assert_int_equal(button(map, "pad #2", 1, 1, POD_KIND_PAD, BTN_SOUTH), ControlC);
    assert_int_equal(button(map, "a]b", 1, 1, POD_KIND_PAD, BTN_SOUTH), ControlStart);
    (void)pod_map_destroy(map);
}

static void what_is_wrong_has_a_line_and_words_and_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *words;
    } cases[] = {
        {"\n\npad BTN_SUOTH A", 3, "'BTN_SUOTH' is no event of Linux's"},
        {"pad BTN_EAST A\npad BTN_SOUTH Q", 2, "'Q' is none of Down Up Right Left A B C Start X"},
        {"pad BTN_SOUTH", 1, "pad BTN_SOUTH is what? none, if nothing"},
        {"pad", 1, "pad takes an event"},
        {"pod BTN_SOUTH A", 1, "'pod' is none of pad stick"},
        {"pad BTN_SOUTH A B", 1, "'B' is one word too many"},
        {"pad BTN_SOUTH A spare x", 1, "'x' is one word too many"},
        {"pad ABS_X Left", 1, "an axis takes two buttons of a pad"},
        {"stick ABS_X Left", 1, "or horizontal, vertical, depth"},
        {"pad ABS_X horizontal", 1, "an axis takes two buttons"},
        {"stick REL_X horizontal", 1, "relative axes are a mouse's"},
        {"mouse REL_X depth", 1, "'depth' is none of horizontal vertical none"},
        {"mouse REL_X horizontal reversed reversed", 1, "one word too many"},
        {"keyboard KEY_A 1", 1, "'1' is no code of PS/2's set 2"},
        {"keyboard KEY_A 00", 1, "no code"},
        {"keyboard KEY_A 9c", 1, "no code"},
        {"keyboard KEY_A e09c", 1, "no code"},
        {"keyboard KEY_A e11c", 1, "no code"},
        {"keyboard ABS_X 1c", 1, "a keyboard has keys alone"},
        {"pad key:0x300 A", 1, "is no event"},
        {"pad key:300 A", 1, "is no event"},
        {"pad key:0x A", 1, "is no event"},
        {"pad abs:0x40 A B", 1, "is no event"},
        {"pad BTN_SOUTHBTN_SOUTHBTN_SOUTHBTN_SOUTHBTN_SOUTHBTN_SOUTH A", 1,
         "'BTN_SOUTHBTN_SOUTHBTN_SOUTHBTN_SOUTHBTN_' is no event"},
        {"grab", 1, "grab takes yes or no"},
        {"grab maybe", 1, "grab takes yes or no"},
        {"grab yes no", 1, "grab takes yes or no"},
        {"touch-class pad", 1, "touch-class takes gun or mouse"},
        {"screen 320", 1, "screen takes a width and a height"},
        {"screen 0 1", 1, "screen takes"},
        {"screen 65536 1", 1, "screen takes"},
        {"screen -1 1", 1, "screen takes"},
        {"screen 99999999999999999999 1", 1, "screen takes"},
        {"pods", 1, "pods of which kind?"},
        {"pods pad none", 1, "pods takes auto, none"},
        {"[]", 1, "a section is [NAME]"},
        {"[pad", 1, "a section is [NAME]"},
        {"[pad] x", 1, "a section is [NAME]"},
        {"pad BTN_SOUTH \x01", 1, "has a control character"},
        {"# \xff", 1, "is not UTF-8"},
        {"a b c d e f g h i", 1, "more than 8 words"},
    };
    struct pod_map *map = make();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pod_map_fault fault;
        assert_int_equal(lay(map, cases[i].text, &fault), VIA_INVALID);
        if (fault.line != cases[i].line || strstr(fault.text, cases[i].words) == NULL)
            fail_msg("%s: line %u: %s", cases[i].text, fault.line, fault.text);
    }
    assert_int_equal(button(map, "x", 0, 0, POD_KIND_PAD, BTN_EAST), ControlB);
    (void)pod_map_destroy(map);
}

static void what_is_too_much_is_refused(void **state)
{
    (void)state;
    struct pod_map_fault fault;
    struct pod_map *map = make();
    char *text = malloc(POD_MAP_SIZE_MAX + 1);
    assert_non_null(text);
    memset(text, '\n', POD_MAP_SIZE_MAX + 1);
    assert_int_equal(pod_map_read(map, text, POD_MAP_SIZE_MAX, &fault), VIA_OK);
    assert_int_equal(pod_map_read(map, text, POD_MAP_SIZE_MAX + 1, &fault), VIA_TOO_LARGE);
    assert_string_not_equal(fault.text, "");
    memset(text, ' ', POD_MAP_LINE_MAX + 1);
    assert_int_equal(pod_map_read(map, text, POD_MAP_LINE_MAX, &fault), VIA_OK);
    assert_int_equal(pod_map_read(map, text, POD_MAP_LINE_MAX + 1, &fault), VIA_INVALID);
    size_t n = 0;
    for (unsigned i = 0; i < POD_MAP_SECTIONS_MAX; i++)
        n += (size_t)snprintf(text + n, 16, "[%04u]\n", i);
    assert_int_equal(pod_map_read(map, text, n, &fault), VIA_INVALID);
    assert_int_equal(fault.line, POD_MAP_SECTIONS_MAX);
    assert_int_equal(pod_map_read(map, text, n - 7, &fault), VIA_OK);
    assert_int_equal(pod_map_read(map, text, n - 7, &fault), VIA_TOO_LARGE); /* with the former */
    n = 0;
    for (unsigned i = 0; i <= POD_MAP_RULES_MAX / 0x2f0; i++) {
        n += (size_t)snprintf(text + n, 16, "[%04u]\n", i);
        for (unsigned j = 0; j < 0x2f0; j++)
            n += (size_t)snprintf(text + n, 32, "pad key:0x%x A\n", j);
    }
    assert_in_range(n, 1, POD_MAP_SIZE_MAX);
    assert_int_equal(pod_map_read(map, text, n, &fault), VIA_INVALID);
    assert_non_null(strstr(fault.text, "more than 8192 lines"));
    free(text);
    (void)pod_map_destroy(map);
}

static struct buffer written(const struct pod_map *map)
{
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    pod_map_write(map, &text);
    assert_int_equal(text.status, VIA_OK);
    return text;
}

static void what_is_written_is_read_as_the_same(void **state)
{
    (void)state;
    struct pod_map_fault fault;
    struct pod_map *map = make(), *again = make();
    assert_int_equal(lay(map,
                         "pad key:0x2ff X spare\nstick ABS_Z depth reversed spare\n"
                         "stick ABS_RX none Up spare\npad ABS_RX none none spare\n"
                         "mouse REL_WHEEL none spare\npods none\n[a[b]]\npods pad touch\n"
                         "touch-class mouse\nscreen 1 65535\nkeyboard KEY_A none\n"
                         "keyboard KEY_B e01C\nmouse rel:0x9 vertical\nmouse abs:0x7 horizontal",
                         &fault),
                     VIA_OK);
    struct buffer first = written(map);
    if (pod_map_read(again, (const char *)first.data, first.size, &fault) != VIA_OK)
        fail_msg("line %u: %s", fault.line, fault.text);
    struct pod_profile one = profile_of(map, "a[b]", 0, 0), two = profile_of(again, "a[b]", 0, 0);
    assert_int_equal(one.n_rules, two.n_rules);
    for (size_t i = 0; i < one.n_rules; i++) {
        const struct pod_rule *rule =
            rule_for(&two, (enum pod_kind)one.rules[i].kind, one.rules[i].type, one.rules[i].code);
        assert_memory_equal(rule, &one.rules[i], sizeof *rule);
    }
    assert_int_equal(one.kinds, 1u << POD_KIND_PAD | 1u << POD_KIND_TOUCH);
    assert_int_equal(two.kinds, one.kinds);
    assert_true(two.touch_is_mouse);
    assert_int_equal(two.height, 65535);
    assert_non_null(strstr((const char *)first.data, "keyboard KEY_F7 83\n"));
    assert_non_null(strstr((const char *)first.data, "keyboard KEY_B e01c\n"));
    assert_non_null(strstr((const char *)first.data, "pad key:0x2ff X spare\n"));
    pod_profile_deinit(&one);
    pod_profile_deinit(&two);
    buffer_deinit(&first);
    (void)pod_map_destroy(map);
    (void)pod_map_destroy(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_compiled_in_has_what_pads_mice_and_keyboards_need),
        cmocka_unit_test(no_two_keys_have_the_same_code),
        cmocka_unit_test(what_is_laid_over_wins_and_the_rest_stays),
        cmocka_unit_test(a_section_is_for_devices_by_name_or_number),
        cmocka_unit_test(a_comment_may_stand_behind_a_section),
        cmocka_unit_test(what_is_wrong_has_a_line_and_words_and_changes_nothing),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(what_is_written_is_read_as_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
