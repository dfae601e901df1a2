/*
 * What is said of names, there and back and hostile; and how far servers may say they have come.
 */
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "codecs/phoenix_path.h"

static void what_is_said_of_a_name_is_read_back(void **state)
{
    static const struct phoenix_oid oids[] = {
        {.port = 0, .id = 0},
        {.port = 1073741840, .id = 7},
        {.port = UINT32_MAX, .id = UINT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof oids / sizeof *oids; i++) {
        char info[PHOENIX_INFO_SIZE];
        struct phoenix_oid oid = {.port = 5, .id = 5};
        phoenix_info_write(&oids[i], info);
        assert_true(phoenix_info_read(info, &oid));
        assert_int_equal(oid.port, oids[i].port);
        assert_int_equal(oid.id, oids[i].id);
    }
}

static void what_somebody_else_says_is_none(void **state)
{
    static const char *const infos[] = {
        "",
        "port=",
        "port=1",
        "port=1 id=",
        "port=1 id=2 ",
        "port=1 id=2x",
        "port= 1 id=2",
        "port=-1 id=2",
        "port=01 id=2",
        "port=1 id=00",
        "port=1 id=-2",
        "port=4294967296 id=2",
        "port=1 id=18446744073709551616",
        " port=1 id=2",
        "port=1  id=2",
        "id=2",
        "a clock",
    };
    const struct phoenix_oid before = {.port = 5, .id = 6};
    (void)state;
    errno = EINTR;
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
        struct phoenix_oid oid = before;
        assert_false(phoenix_info_read(infos[i], &oid));
        assert_int_equal(oid.port, before.port);
        assert_int_equal(oid.id, before.id);
    }
    struct phoenix_oid oid = before;
    assert_false(phoenix_info_read(NULL, &oid));
    assert_int_equal(errno, EINTR);
}

static void a_server_follows_whole_names(void **state)
{
    static const struct {
        const char *rest;
        int32_t used;
        const char *behind; /* NULL: it cannot have */
    } rows[] = {
        {"a", 1, ""},       {"ab/c", 2, "c"},        {"ab/c", 3, "c"},   {"ab/c", 4, ""},
        {"ab/", 2, ""},     {"ab/", 3, ""},          {"ab//c", 2, "/c"}, {"/c", 0, "c"},
        {"", 0, ""},        {"ab/c", 1, NULL},       {"ab/c", 0, NULL},  {"ab/c", 5, NULL},
        {"ab/c", -1, NULL}, {"ab", INT32_MAX, NULL}, {"", 1, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *behind = phoenix_path_behind(rows[i].rest, rows[i].used);
        if (rows[i].behind == NULL)
            assert_null(behind);
        else
            assert_string_equal(behind, rows[i].behind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_of_a_name_is_read_back),
        cmocka_unit_test(what_somebody_else_says_is_none),
        cmocka_unit_test(a_server_follows_whole_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
