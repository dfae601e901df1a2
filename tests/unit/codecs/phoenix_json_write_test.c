/*
 * Answers and messages as JSON, word by word.
 */
#include <cmocka.h>
#include <stdio.h>

#include "codecs/phoenix_convert.h"
#include "codecs/phoenix_json.h"
#include "tests/unit/codecs/phoenix_json_request.h"
#include "tests/unit/codecs/phoenix_octets.h"

#define ROOM 512u

struct answer {
    int32_t type, err;
    const char *raw;  /* hexadecimal */
    const char *data; /* likewise; what of o.data is sent */
    size_t out_size;
    const char *json;
};

static void check(const struct answer *answer, uint32_t abi, const struct phoenix_question *asked)
{
    uint8_t octets[ROOM], raw[PHOENIX_RAW_SIZE + 1];
    struct phoenix_question question = {.type = answer->type, .out_size = answer->out_size};
    struct phoenix_reply reply;
    struct buffer out, scratch;
    if (asked != NULL)
        question = *asked;
    buffer_init(&out, SIZE_MAX);
    buffer_init(&scratch, SIZE_MAX);
    (void)octets_of(answer->raw, raw, sizeof raw);
    size_t n = octets_of(answer->data, octets + PHOENIX_REPLY_SIZE, ROOM - PHOENIX_REPLY_SIZE);
    size_t size = phoenix_reply_encode(answer->err, abi, raw, n, octets);
    assert_int_equal(phoenix_reply_decode(octets, size, &question, &reply), VIA_OK);
    assert_int_equal(phoenix_json_write_reply(&out, &reply, &question, &scratch), VIA_OK);
    buffer_add_octet(&out, '\0');
    assert_string_equal((const char *)out.data, answer->json);
    buffer_deinit(&out);
    buffer_deinit(&scratch);
}

#define OID64 "05000040 00000000 44332211 00000000 "
#define OID_JSON "{\"port\":1073741829,\"id\":287454020}"
#define RAW_OF_7                                                                                   \
    "BwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define NO_RAW                                                                                     \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

static const struct answer answers[] = {
    {PHOENIX_OPEN, 0, "", "", 0, "{\"err\":0}"},
    {PHOENIX_OPEN, 12, "", "", 0, "{\"err\":12}"},
    {PHOENIX_OPEN, -2, "", "", 0, "{\"err\":-2,\"errno\":\"ENOENT\"}"},
    {PHOENIX_OPEN, -38, "", "", 0, "{\"err\":-38,\"errno\":\"ENOSYS\"}"},
    {PHOENIX_OPEN, INT32_MIN, "", "", 0, "{\"err\":-2147483648}"},
    {PHOENIX_CLOSE, 0, "07", "", 0, "{\"err\":0,\"raw\":\"" RAW_OF_7 "\"}"},
    {PHOENIX_READ, 5, "", "68656c6c6f", 64, "{\"err\":5,\"data\":\"aGVsbG8=\",\"text\":\"hello\"}"},
    {PHOENIX_READ, 3, "", "6100", 64, "{\"err\":3,\"data\":\"YQAA\",\"text\":\"a\\u0000\\u0000\"}"},
    {PHOENIX_READ, 1, "", "ff", 4, "{\"err\":1,\"data\":\"/w==\"}"},
    {PHOENIX_READ, 0, "", "", 4, "{\"err\":0,\"data\":\"\",\"text\":\"\"}"},
    {PHOENIX_READ, 1, "", "0102", 3,
     "{\"err\":1,\"data\":\"AQIA\",\"text\":\"\\u0001\\u0002\\u0000\"}"},
    {PHOENIX_READ, 99, "", "01", 2, "{\"err\":99,\"data\":\"AQA=\",\"text\":\"\\u0001\\u0000\"}"},
    {PHOENIX_READ, -11, "", "", 64, "{\"err\":-11,\"errno\":\"EAGAIN\"}"},
    {PHOENIX_READ, 0, "", "", 0, "{\"err\":0}"},
    {PHOENIX_WRITE, 7, "", "", 0, "{\"err\":7}"},
    {PHOENIX_TRUNCATE, 0, "", "", 0, "{\"err\":0}"},
    {PHOENIX_DEVCTL, 0, "07", "0102", 3, "{\"err\":0,\"raw\":\"" RAW_OF_7 "\",\"data\":\"AQIA\"}"},
    {PHOENIX_CREATE, 0, OID64, "", 0, "{\"err\":0,\"oid\":" OID_JSON "}"},
    {PHOENIX_CREATE, -17, "", "", 0, "{\"err\":-17,\"errno\":\"EEXIST\"}"},
    {PHOENIX_DESTROY, -16, "", "", 0, "{\"err\":-16,\"errno\":\"EBUSY\"}"},
    {PHOENIX_SETATTR, 0, "", "", 0, "{\"err\":0}"},
    {PHOENIX_GETATTR, 0, "feffffffffffffff", "", 0, "{\"err\":0,\"val\":-2}"},
    {PHOENIX_GETATTR, 0, "0100000000002000", "", 0, "{\"err\":0,\"val\":\"9007199254740993\"}"},
    {PHOENIX_GETATTR, 0, "ffffffffffff1f00", "", 0, "{\"err\":0,\"val\":9007199254740991}"},
    {PHOENIX_GETATTR, 0, "0000000000000080", "", 0, "{\"err\":0,\"val\":\"-9223372036854775808\"}"},
    {PHOENIX_LOOKUP, 3, OID64 "01000000 00000000 ffffffffffffffff", "", 0,
     "{\"err\":3,\"consumed\":3,\"fil\":" OID_JSON
     ",\"dev\":{\"port\":1,\"id\":\"18446744073709551615\"}}"},
    {PHOENIX_LOOKUP, -2, "", "", 0, "{\"err\":-2,\"errno\":\"ENOENT\"}"},
    {PHOENIX_LOOKUP, -2, "07", "", 0, "{\"err\":-2,\"errno\":\"ENOENT\",\"raw\":\"" RAW_OF_7 "\"}"},
    {PHOENIX_LINK, 0, "", "", 0, "{\"err\":0}"},
    {PHOENIX_UNLINK, -39, "", "", 0, "{\"err\":-39,\"errno\":\"ENOTEMPTY\"}"},
    {PHOENIX_MOUNT, 0, OID64, "", 0, "{\"err\":0,\"oid\":" OID_JSON "}"},
    {PHOENIX_MOUNT_POINT, 0, OID64, "", 0, "{\"err\":0,\"oid\":" OID_JSON "}"},
    {PHOENIX_UMOUNT, 0, "", "", 0, "{\"err\":0}"},
    {PHOENIX_SYNC, 0, "", "", 0, "{\"err\":0}"},
    {0x50c30000, 0, "", "61", 2, "{\"err\":0,\"raw\":\"" NO_RAW "\",\"data\":\"YQA=\"}"},
    {0x50c30000, -1, "", "61", 1, "{\"err\":-1,\"errno\":\"EPERM\",\"data\":\"YQ==\"}"},
};

static void every_type_has_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        check(&answers[i], PHOENIX_ABI_LP64, NULL);
}

static void entries_tell_the_next_offset(void **state)
{
    (void)state;
    static const char file[] = "0900000000000000 08000000 1800 0300 61626300";
    static const char shown[] = "\"entry\":{\"ino\":9,\"type\":\"DT_REG\",\"reclen\":24,\"name\":";
    char json[256];
    struct phoenix_question question = {.type = PHOENIX_READDIR, .out_size = 272, .offs = 48};
    struct answer answer = {PHOENIX_READDIR, 0, "", file, 272, json};
    (void)snprintf(json, sizeof json, "{\"err\":0,%s\"abc\"},\"next\":72}", shown);
    check(&answer, PHOENIX_ABI_LP64, &question);

    question.offs = INT64_MAX - 23; /* there is none behind */
    (void)snprintf(json, sizeof json, "{\"err\":0,%s\"abc\"}}", shown);
    check(&answer, PHOENIX_ABI_LP64, &question);

    question.offs = 0;
    question.out_size = 16; /* for no name */
    answer.data = "0900000000000000 63000000 1800 ffff";
    answer.json =
        "{\"err\":0,\"entry\":{\"ino\":9,\"type\":99,\"reclen\":24,\"name\":\"\"},\"next\":24}";
    check(&answer, PHOENIX_ABI_LP64, &question);

    question.out_size = 20; /* a name longer than there is room, and one that is no text */
    answer.data = "0900000000000000 04000000 1800 ffff 616263ff";
    answer.json = "{\"err\":0,\"entry\":{\"ino\":9,\"type\":\"DT_DIR\",\"reclen\":24,\"name\":"
                  "\"abc\xef\xbf\xbd\"},"
                  "\"next\":24,\"data\":\"CQAAAAAAAAAEAAAAGAD//2FiY/8=\"}";
    check(&answer, PHOENIX_ABI_LP64, &question);

    question.out_size = 15; /* not even for its head */
    answer.data = "09";
    answer.json = "{\"err\":0,\"data\":\"CQAAAAAAAAAAAAAAAAAA\"}";
    check(&answer, PHOENIX_ABI_LP64, &question);

    question.out_size = 272;
    answer.err = -2;
    answer.data = "";
    answer.json = "{\"err\":-2,\"errno\":\"ENOENT\"}";
    check(&answer, PHOENIX_ABI_LP64, &question);
}

static void attributes_are_shown_one_by_one(void **state)
{
    (void)state;
    const struct answer answer = {
        PHOENIX_GETATTRALL,
        0,
        "",
        "b681000000000000 00000000 00000000 0000000000000000 daffffff",
        240,
        "{\"err\":0,\"attrs\":{\"mode\":{\"val\":33206,\"err\":0},\"uid\":{\"val\":0,\"err\":-38},"
        "\"gid\":{\"val\":0,\"err\":0},\"size\":{\"val\":0,\"err\":0},"
        "\"blocks\":{\"val\":0,\"err\":0},\"ioblock\":{\"val\":0,\"err\":0},"
        "\"type\":{\"val\":0,\"err\":0},\"port\":{\"val\":0,\"err\":0},"
        "\"pollStatus\":{\"val\":0,\"err\":0},\"eventMask\":{\"val\":0,\"err\":0},"
        "\"cTime\":{\"val\":0,\"err\":0},\"mTime\":{\"val\":0,\"err\":0},"
        "\"aTime\":{\"val\":0,\"err\":0},\"links\":{\"val\":0,\"err\":0},"
        "\"dev\":{\"val\":0,\"err\":0}}}"};
    check(&answer, PHOENIX_ABI_LP64, NULL);
    struct answer other = answer; /* the same from a machine with its own numbers of errors */
    other.data = "b681000000000000 00000000 0000000000000000 ddffffff";
    check(&other, PHOENIX_ABI_IA32 | PHOENIX_ABI_ERRNO, NULL);
}

static void statistics_have_eleven_names(void **state)
{
    (void)state;
    const struct answer answer = {
        PHOENIX_STAT,
        0,
        "",
        "00020000 00040000 0100000000000000 0200000000000000 0300000000000000 0400000000000000"
        "0500000000000000 0600000000000000 07000000 01000000 ff000000",
        88,
        "{\"err\":0,\"statvfs\":{\"bsize\":512,\"frsize\":1024,\"blocks\":1,\"bfree\":2,"
        "\"bavail\":3,\"files\":4,\"ffree\":5,\"favail\":6,\"fsid\":7,\"flag\":1,"
        "\"namemax\":255}}"};
    check(&answer, PHOENIX_ABI_ARMV7M, NULL);
}

static void answers_of_all_abis_are_shown_alike(void **state)
{
    (void)state;
    static const char *const raws[N_ABIS] = {
        OID64 "01000000 00000000 02000000",    "05000040 44332211 00000000 01000000 02000000",
        OID64 "01000000 00000000 02000000",    "05000040 44332211 01000000 02000000",
        "40000005 11223344 00000001 00000002",
    };
    for (size_t abi = 0; abi < N_ABIS; abi++) {
        const struct answer answer = {PHOENIX_LOOKUP,
                                      3,
                                      raws[abi],
                                      "",
                                      0,
                                      "{\"err\":3,\"consumed\":3,\"fil\":" OID_JSON
                                      ",\"dev\":{\"port\":1,\"id\":2}}"};
        check(&answer, abis[abi].abi, NULL);
    }
}

static void output_of_an_ioctl_is_data(void **state)
{
    (void)state;
    struct phoenix_question question = {.type = PHOENIX_DEVCTL,
                                        .ioctl = PHOENIX_IOC_OUT | 0x00027401u};
    struct answer answer = {PHOENIX_DEVCTL, 0, "0102", "", 0, "{\"err\":0,\"data\":\"AQI=\"}"};
    check(&answer, PHOENIX_ABI_LP64, &question);
    answer.raw = "010207"; /* and more than it says */
    answer.json =
        "{\"err\":0,\"data\":\"AQI=\",\"raw\":\"AQIHAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"}";
    check(&answer, PHOENIX_ABI_LP64, &question);
    question.ioctl = PHOENIX_IOC_OUT | 0x00647401u; /* 100 octets, in o.data */
    question.out_size = 2;
    answer.raw = "";
    answer.data = "03";
    answer.json = "{\"err\":0,\"data\":\"AwA=\"}";
    check(&answer, PHOENIX_ABI_LP64, &question);
    question.ioctl = 0x7401;
    question.out_size = 0;
    answer.data = "";
    answer.json = "{\"err\":0}";
    check(&answer, PHOENIX_ABI_LP64, &question);
}

/* ---- messages ---- */

static void check_request(const struct phoenix_request *request, const char *json)
{
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    assert_int_equal(phoenix_json_write_request(&out, request), VIA_OK);
    buffer_add_octet(&out, '\0');
    assert_string_equal((const char *)out.data, json);
    buffer_deinit(&out);
}

static void messages_are_shown_by_their_names(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE] = {0x04, 0x01};
    struct phoenix_request request = {
        .type = PHOENIX_OPEN, .priority = 4, .oid = {.port = 1, .id = 2}, .in_raw = raw};
    check_request(&request, "{\"oid\":{\"port\":1,\"id\":2},\"flags\":[\"O_RDWR\",\"O_CREAT\"],"
                            "\"size\":null,\"priority\":4}");
    raw[0] = 0xf0; /* bits without a name */
    check_request(&request, "{\"oid\":{\"port\":1,\"id\":2},\"flags\":496,"
                            "\"size\":null,\"priority\":4}");
    memset(raw, 0, sizeof raw);
    request.type = PHOENIX_LOOKUP;
    request.in_data = "a/b";
    request.in_size = 4;
    request.has_out = true;
    check_request(&request, "{\"oid\":{\"port\":1,\"id\":2},\"name\":\"a/b\","
                            "\"size\":0,\"priority\":4}");
    request.in_size = 3; /* its NUL is not counted: no name */
    check_request(&request, "{\"oid\":{\"port\":1,\"id\":2},\"text\":\"a/b\","
                            "\"size\":0,\"priority\":4}");
    request.in_data = "\xff";
    request.in_size = 1;
    request.is_pulse = true;
    request.has_out = false;
    check_request(&request, "{\"oid\":{\"port\":1,\"id\":2},\"data\":\"/w==\",\"priority\":4}");
    request.type = PHOENIX_CREATE;
    request.in_data = "a\0b\0c";
    request.in_size = 6; /* more than two */
    check_request(&request, "{\"oid\":{\"port\":1,\"id\":2},\"otype\":\"otDir\",\"mode\":0,"
                            "\"dev\":{\"port\":0,\"id\":0},\"text\":\"a\\u0000b\\u0000c\\u0000\","
                            "\"priority\":4}");
}

/* A whole mtCreate as a machine of each ABI sends it: flags, and i.raw. */
static void messages_of_all_abis_are_shown_alike(void **state)
{
    (void)state;
    static const char *const parts[N_ABIS][2] = {
        {"05000000", "02000000 b6210000 07000000 00000000 44332211 00000000"},
        {"05090000", "02000000 b6210000 07000000 44332211 00000000"},
        {"05010000", "02000000 b6210000 07000000 00000000 44332211 00000000"},
        {"05050000", "02000000 b6210000 07000000 44332211"},
        {"05070000", "00000002 000021b6 00000007 11223344"},
    };
    for (size_t abi = 0; abi < N_ABIS; abi++) {
        uint8_t octets[ROOM], part[ROOM];
        struct phoenix_request request;
        struct phoenix_room room;
        memset(octets, 0, sizeof octets);
        size_t size =
            octets_of("06000000 01000000 04000000 05000040 0900000000000000", part, sizeof part);
        memcpy(octets, part, size);
        size = octets_of(parts[abi][0], part, sizeof part);
        memcpy(octets + 28, part, size);
        octets[32] = 2; /* i.size */
        size = octets_of(parts[abi][1], part, sizeof part);
        memcpy(octets + 48, part, size);
        octets[112] = 'x';
        assert_int_equal(phoenix_request_decode(octets, 115, PHOENIX_CREATE, &request), VIA_OK);
        assert_int_equal(request.abi, abis[abi].abi);
        assert_int_equal(phoenix_request_convert(&request, PHOENIX_ABI_LP64, &room), VIA_OK);
        check_request(&request, "{\"oid\":{\"port\":1073741829,\"id\":9},\"otype\":\"otDev\","
                                "\"mode\":8630,\"dev\":{\"port\":7,\"id\":287454020},"
                                "\"name\":\"x\",\"size\":null,\"priority\":4}");
    }
}

static void an_ioctl_of_other_parts_is_shown_as_it_is(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE];
    struct phoenix_request request = {
        .type = PHOENIX_DEVCTL, .is_ioctl = true, .in_raw = raw, .is_pulse = true};
    memset(raw, 0xff, sizeof raw); /* what no program writes */
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    assert_int_equal(phoenix_json_write_request(&out, &request), VIA_OK);
    buffer_add_octet(&out, '\0');
    assert_non_null(strstr((const char *)out.data, "\"iraw\":\"/////"));
    assert_null(strstr((const char *)out.data, "ioctl"));
    buffer_deinit(&out);
}

static void what_does_not_fit_is_said(void **state)
{
    (void)state;
    struct buffer out;
    const uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    struct phoenix_request request = {.type = PHOENIX_DESTROY, .in_raw = raw};
    buffer_init(&out, 8);
    assert_int_equal(phoenix_json_write_request(&out, &request), VIA_TOO_LARGE);
    buffer_deinit(&out);

    struct buffer scratch;
    const struct phoenix_reply reply = {.out_raw = raw, .out_data = raw};
    const struct phoenix_question question = {.type = PHOENIX_READ, .out_size = 64};
    buffer_init(&out, SIZE_MAX);
    buffer_init(&scratch, 8);
    assert_int_equal(phoenix_json_write_reply(&out, &reply, &question, &scratch), VIA_TOO_LARGE);
    buffer_deinit(&out);
    buffer_deinit(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_its_names),
        cmocka_unit_test(entries_tell_the_next_offset),
        cmocka_unit_test(attributes_are_shown_one_by_one),
        cmocka_unit_test(statistics_have_eleven_names),
        cmocka_unit_test(answers_of_all_abis_are_shown_alike),
        cmocka_unit_test(output_of_an_ioctl_is_data),
        cmocka_unit_test(messages_are_shown_by_their_names),
        cmocka_unit_test(messages_of_all_abis_are_shown_alike),
        cmocka_unit_test(an_ioctl_of_other_parts_is_shown_as_it_is),
        cmocka_unit_test(what_does_not_fit_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
