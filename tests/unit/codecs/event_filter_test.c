/*
 * Filters as text, as JSON and as parameters: what is said comes out, what is wrong is named.
 */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codecs/event_filter.h"

static void expect_set(const char *name, const char *value, enum via_status status)
{
    struct event_filter filter = {.policy = EVENT_POLICY_ANY};
    char words[EVENT_FILTER_WORDS_MAX] = "";
    enum via_status got = event_filter_set(&filter, name, value, words);
    if (got != status)
        print_error("%s=%s: %s\n", name, value, words);
    assert_int_equal(got, status);
    if (status == VIA_INVALID)
        assert_int_equal(strncmp(words, name, strlen(name)), 0);
}

static void text_is_taken_or_refused_by_name(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"ids", "1"},         {"ids", "3,1,2,4294967295"},
        {"every", "1"},       {"every", "86400000"},
        {"age", "5000"},      {"change", "0"},
        {"change", ".5"},     {"range", "0:10"},
        {"range", ":-1.5"},   {"range", "1e3:"},
        {"value", "3"},       {"policy", "oldest"},
        {"policy", "newest"}, {"policy", "disconnect"},
    };
    static const char *const bad[][2] = {
        {"ids", ""},         {"ids", "1,"},     {"ids", "4294967296"}, {"ids", "-1"},
        {"ids", "1 2"},      {"every", "0"},    {"every", "86400001"}, {"every", "1s"},
        {"age", ""},         {"change", "-1"},  {"change", "nan"},     {"change", "inf"},
        {"change", "1e999"}, {"range", "10"},   {"range", ":"},        {"range", "2:1"},
        {"range", "1:2x"},   {"value", "1024"}, {"policy", "all"},     {"policy", ""},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        expect_set(good[i][0], good[i][1], VIA_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_set(bad[i][0], bad[i][1], VIA_INVALID);
    expect_set("colour", "red", VIA_NOT_FOUND);
}

static enum via_status read_json(const char *text, struct event_filter *filter)
{
    char words[EVENT_FILTER_WORDS_MAX] = "";
    *filter = (struct event_filter){.policy = EVENT_POLICY_ANY};
    enum via_status status = event_filter_read_json(filter, text, strlen(text), words);
    assert_true(status == VIA_OK || strncmp(words, "filter", 6) == 0);
    return status;
}

static void json_is_taken_or_refused_by_name(void **state)
{
    (void)state;
    struct event_filter filter;
    assert_int_equal(read_json("{\"ids\":[9,1,9],\"every\":100,\"age\":5000,\"change\":0.5,"
                               "\"range\":[null,10],\"value\":2}",
                               &filter),
                     VIA_OK);
    assert_int_equal(filter.n_ids, 2);
    assert_int_equal(filter.ids[0], 1);
    assert_int_equal(filter.ids[1], 9);
    assert_int_equal(filter.every_ms, 100);
    assert_int_equal(filter.age_ms, 5000);
    assert_true(filter.by_change && fabs(filter.change - 0.5) < 1e-9);
    assert_true(!filter.has_low && filter.has_high && fabs(filter.high - 10) < 1e-9);
    assert_int_equal(filter.value, 2);
    assert_int_equal(read_json("{}", &filter), VIA_OK);
    assert_true(event_filter_is_open(&filter));
    static const char *const bad[] = {
        "{\"ids\":[]}",
        "{\"ids\":[-1]}",
        "{\"ids\":[1.5]}",
        "{\"ids\":7}",
        "{\"every\":0}",
        "{\"every\":\"1\"}",
        "{\"age\":-1}",
        "{\"change\":-0.1}",
        "{\"change\":null}",
        "{\"range\":[2,1]}",
        "{\"range\":[null,null]}",
        "{\"range\":[1]}",
        "{\"value\":1024}",
        "{\"colour\":1}",
        "{\"policy\":\"newest\"}",
        "{\"every\":1,\"every\":2}",
        "[]",
        "{",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(read_json(bad[i], &filter), VIA_INVALID);
}

static void parameters_say_the_same_again(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_NEWEST,
                                        .n_ids = 3,
                                        .ids = {1, 5, 900},
                                        .every_ms = 7,
                                        .age_ms = 8,
                                        .value = 2,
                                        .by_change = true,
                                        .change = 0.25,
                                        .has_low = true,
                                        .low = -3,
                                        .has_high = true,
                                        .high = 4};
    struct event_filter again;
    struct via_parcel *parcel;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(event_filter_read(&again, parcel), VIA_OK);
    assert_true(event_filter_is_open(&again) && again.policy == EVENT_POLICY_ANY);
    assert_int_equal(event_filter_write(&filter, parcel), VIA_OK);
    assert_int_equal(event_filter_read(&again, parcel), VIA_OK);
    assert_int_equal(again.policy, filter.policy);
    assert_int_equal(again.n_ids, 3);
    assert_memory_equal(again.ids, filter.ids, 3 * sizeof *filter.ids);
    assert_int_equal(again.every_ms, 7);
    assert_int_equal(again.age_ms, 8);
    assert_int_equal(again.value, 2);
    assert_true(again.by_change && again.has_low && again.has_high);
    assert_true(fabs(again.change - 0.25) + fabs(again.low + 3) + fabs(again.high - 4) < 1e-9);
    (void)via_parcel_unref(parcel);
}

/* Every cut of it and every changed octet is read without harm, and what is taken makes sense. */
static void hostile_parameters_are_refused(void **state)
{
    (void)state;
    const struct event_filter filter = {.policy = EVENT_POLICY_NEWEST, .n_ids = 2, .ids = {1, 5}};
    struct via_parcel *whole;
    assert_int_equal(via_parcel_create(&whole), VIA_OK);
    assert_int_equal(event_filter_write(&filter, whole), VIA_OK);
    size_t size = via_parcel_size(whole);
    uint8_t octets[256];
    assert_true(size <= sizeof octets);
    memcpy(octets, via_parcel_data(whole), size);
    for (size_t cut = 1; cut <= size; cut++) {
        for (unsigned change = 0; change < 256; change++) {
            struct via_parcel *parcel;
            struct event_filter again;
            uint8_t kept = octets[cut - 1];
            octets[cut - 1] = (uint8_t)change;
            assert_int_equal(via_parcel_create(&parcel), VIA_OK);
            assert_int_equal(via_parcel_append(parcel, octets, cut, VIA_TAG_U8, NULL), VIA_OK);
            enum via_status status = event_filter_read(&again, parcel);
            assert_true(status == VIA_INVALID || event_filter_is_sane(&again));
            assert_true(cut == size || status == VIA_INVALID);
            octets[cut - 1] = kept;
            (void)via_parcel_unref(parcel);
        }
    }
    (void)via_parcel_unref(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_taken_or_refused_by_name),
        cmocka_unit_test(json_is_taken_or_refused_by_name),
        cmocka_unit_test(parameters_say_the_same_again),
        cmocka_unit_test(hostile_parameters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
