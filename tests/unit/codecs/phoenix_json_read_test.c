/*
 * JSON of people and programs into messages: each type as the protocol's page writes it, what
 * stands for what, and words for what is wrong. What the writer makes of a message reads as the
 * same again.
 */
#include <cmocka.h>
#include <stdio.h>

#include "codecs/phoenix_ioctl.h"
#include "codecs/phoenix_json.h"
#include "tests/unit/codecs/phoenix_json_request.h"
#include "tests/unit/codecs/phoenix_octets.h"

#define SERVICE_PORT 0x40000005u
#define SERVICE_ID 9u

static const struct phoenix_oid service = {.port = SERVICE_PORT, .id = SERVICE_ID};

struct world {
    struct via_parcel *parcel;
    struct buffer scratch;
    struct buffer out;
    struct json_parcel_fault fault;
    struct phoenix_question question;
    struct phoenix_request request; /* what came of the last text, in the parcel */
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    buffer_init(&world->scratch, SIZE_MAX);
    buffer_init(&world->out, SIZE_MAX);
    assert_int_equal(via_parcel_create(&world->parcel), VIA_OK);
    via_parcel_set_layout(world->parcel, VIA_LAYOUT_PHOENIX);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    (void)via_parcel_unref(world->parcel);
    buffer_deinit(&world->scratch);
    buffer_deinit(&world->out);
    free(world);
    return 0;
}

/* A copy without a NUL behind it, so that looking further is seen. */
static enum via_status read_as(struct world *world, int32_t type, const char *text, bool is_pulse)
{
    size_t size = text != NULL ? strlen(text) : 0;
    char *copy = text != NULL ? malloc(size != 0 ? size : 1) : NULL;
    const struct phoenix_json_target target = {.type = type, .oid = &service, .is_pulse = is_pulse};
    if (text != NULL) {
        assert_non_null(copy);
        memcpy(copy, text, size);
    }
    via_parcel_clear(world->parcel);
    world->fault.text[0] = '\0';
    enum via_status status = phoenix_json_read(copy, size, &target, world->parcel, &world->question,
                                               &world->scratch, &world->fault);
    free(copy);
    if (status == VIA_OK)
        assert_int_equal(phoenix_request_decode(via_parcel_data(world->parcel),
                                                via_parcel_size(world->parcel), (uint32_t)type,
                                                &world->request),
                         VIA_OK);
    return status;
}

/* What the writer makes of the message makes the same message. */
static void expect_again(struct world *world)
{
    struct phoenix_request request = world->request;
    uint8_t first[1024];
    size_t size = via_parcel_size(world->parcel);
    assert_true(size <= sizeof first);
    memcpy(first, via_parcel_data(world->parcel), size);
    buffer_cut(&world->out, 0);
    assert_int_equal(phoenix_json_write_request(&world->out, &request), VIA_OK);
    buffer_add_octet(&world->out, '\0');
    assert_int_equal(read_as(world, request.type, (const char *)world->out.data, request.is_pulse),
                     VIA_OK);
    assert_int_equal(via_parcel_size(world->parcel), size);
    assert_memory_equal(via_parcel_data(world->parcel), first, size);
}

/* @text is a message of @type with these octets in i.raw, and @data; NULL: none. */
static void expect(struct world *world, int32_t type, const char *text, const char *raw_hex,
                   const char *data, size_t size)
{
    uint8_t raw[PHOENIX_RAW_SIZE + 1];
    (void)octets_of(raw_hex, raw, sizeof raw);
    enum via_status status = read_as(world, type, text, false);
    if (status != VIA_OK)
        fail_msg("%s: %s", text, world->fault.text);
    assert_int_equal(world->request.type, type);
    assert_memory_equal(world->request.in_raw, raw, PHOENIX_RAW_SIZE);
    assert_int_equal(world->request.in_data == NULL, data == NULL);
    assert_int_equal(world->request.in_size, size);
    if (size > 0)
        assert_memory_equal(world->request.in_data, data, size);
    expect_again(world);
}

static void every_type_has_its_names(void **state)
{
    struct world *world = *state;
    expect(world, PHOENIX_OPEN, "{\"flags\":[\"O_RDWR\",\"O_CREAT\"]}", "04010000", NULL, 0);
    expect(world, PHOENIX_OPEN, "{\"flags\":6}", "06000000", NULL, 0);
    expect(world, PHOENIX_OPEN, "{\"flags\":\"O_NDELAY\"}", "00100000", NULL, 0);
    expect(world, PHOENIX_OPEN, "{\"flags\":[]}", "", NULL, 0);
    expect(world, PHOENIX_OPEN, "{\"flags\":4294967295}", "ffffffff", NULL, 0);
    expect(world, PHOENIX_CLOSE, "{}", "", NULL, 0);
    expect(world, PHOENIX_CLOSE, NULL, "", NULL, 0);
    expect(world, PHOENIX_READ, "{\"offs\":-1,\"size\":64,\"mode\":[\"O_NONBLOCK\"],\"len\":5}",
           "ffffffffffffffff 0500000000000000 00100000", NULL, 0);
    assert_int_equal(world->request.out_size, 64);
    expect(world, PHOENIX_WRITE, "{\"offs\":\"9007199254740993\",\"text\":\"h\\u00e9\\u0000\"}",
           "0100000000002000", "h\xc3\xa9", 4);
    expect(world, PHOENIX_WRITE, "{\"data\":\"/w==\"}", "", "\xff", 1);
    expect(world, PHOENIX_WRITE, "{\"data\":\"\"}", "", "", 0);
    expect(world, PHOENIX_TRUNCATE, "{\"len\":\"18446744073709551615\"}",
           "0000000000000000 ffffffffffffffff", NULL, 0);
    expect(world, PHOENIX_CREATE,
           "{\"otype\":\"otSymlink\",\"mode\":511,\"dev\":{\"port\":7,\"id\":\"8\"},"
           "\"name\":\"link\",\"target\":\"to\"}",
           "03000000 ff010000 07000000 00000000 08000000", "link\0to", 8);
    expect(world, PHOENIX_CREATE, "{\"otype\":0,\"name\":\"\\u0064ir\"}", "", "dir", 4);
    expect(world, PHOENIX_DESTROY, "{\"oid\":{\"port\":3,\"id\":4}}", "", NULL, 0);
    assert_int_equal(world->request.oid.port, 3);
    assert_int_equal(world->request.oid.id, 4);
    expect(world, PHOENIX_SETATTR, "{\"attr\":\"atSize\",\"val\":\"-3\"}",
           "fdffffffffffffff 03000000", NULL, 0);
    expect(world, PHOENIX_SETATTR, "{\"attr\":\"atDev\",\"dev\":{\"port\":1,\"id\":2}}",
           "0000000000000000 0e000000", "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 16);
    expect(world, PHOENIX_GETATTR, "{\"attr\":8,\"val\":5}", "0500000000000000 08000000", NULL, 0);
    expect(world, PHOENIX_GETATTRALL, "{}", "", NULL, 0);
    assert_int_equal(world->request.out_size, 240);
    expect(world, PHOENIX_LOOKUP, "{\"name\":\"dev/uart0\"}", "", "dev/uart0", 10);
    expect(world, PHOENIX_LINK, "{\"name\":\"a\",\"ln\":{\"port\":1,\"id\":2}}",
           "01000000 00000000 02000000", "a", 2);
    expect(world, PHOENIX_UNLINK, "{\"name\":\"\"}", "", "", 1);
    expect(world, PHOENIX_READDIR, "{\"offs\":2}", "02", NULL, 0);
    assert_int_equal(world->request.out_size, 272);
    assert_int_equal(world->question.offs, 2);
    expect(world, PHOENIX_STAT, "{\"size\":null}", "", NULL, 0);
    assert_false(world->request.has_out);
    expect(world, PHOENIX_STAT, "{}", "", NULL, 0);
    assert_int_equal(world->request.out_size, 88);
    expect(world, PHOENIX_MOUNT,
           "{\"mnt\":{\"port\":1,\"id\":2},\"mode\":3,\"fstype\":\"jffs2\",\"text\":\"ro\"}",
           "01000000 00000000 0200000000000000 0300000000000000 6a66667332", "ro", 2);
    expect(world, PHOENIX_UMOUNT, "{}", "", NULL, 0);
    expect(world, PHOENIX_MOUNT_POINT, "{}", "", NULL, 0);
    expect(world, 0x50c30000, "{\"iraw\":\"AQI=\",\"data\":\"AwQ=\",\"size\":0}", "0102", "\3\4",
           2);
    assert_true(world->request.has_out);
}

static void a_sync_names_its_object_twice(void **state)
{
    struct world *world = *state;
    expect(world, PHOENIX_SYNC, "{}", "05000040 00000000 09000000", NULL, 0);
    expect(world, PHOENIX_SYNC, "{\"oid\":{\"id\":2}}", "05000040 00000000 02000000", NULL, 0);
    expect(world, PHOENIX_SYNC, "{\"iraw\":\"\"}", "", NULL, 0);
}

static void what_is_left_out_is_the_services(void **state)
{
    struct world *world = *state;
    expect(world, PHOENIX_DESTROY, "{}", "", NULL, 0);
    assert_int_equal(world->request.oid.port, SERVICE_PORT);
    assert_int_equal(world->request.oid.id, SERVICE_ID);
    assert_int_equal(world->request.priority, 4);
    expect(world, PHOENIX_DESTROY, "{\"oid\":{\"id\":\"18446744073709551615\"},\"priority\":0}", "",
           NULL, 0);
    assert_int_equal(world->request.oid.port, SERVICE_PORT);
    assert_true(world->request.oid.id == UINT64_MAX);
    assert_int_equal(world->request.priority, 0);
    expect(world, PHOENIX_DESTROY, "{\"err\":-5,\"oraw\":\"AQ==\"}", "", NULL, 0);
    assert_int_equal(world->request.err, -5);
    assert_int_equal(world->request.out_raw[0], 1);

    const struct phoenix_json_target nobody = {.type = PHOENIX_DESTROY};
    via_parcel_clear(world->parcel);
    assert_int_equal(phoenix_json_read("{}", 2, &nobody, world->parcel, &world->question,
                                       &world->scratch, &world->fault),
                     VIA_BAD_JSON);
    assert_non_null(strstr(world->fault.text, "oid"));
}

static void a_raw_outweighs_its_members(void **state)
{
    struct world *world = *state;
    expect(world, PHOENIX_OPEN, "{\"flags\":1,\"iraw\":\"AgAAAAAD\"}", "02000000 0003", NULL, 0);
    expect(world, PHOENIX_CREATE, "{\"iraw\":\"AAAAAAAAAAABAAAABQ==\",\"mode\":3}",
           "0000000000000000 01000000 05", NULL, 0); /* padding of an oid */
    expect(world, PHOENIX_MOUNT, "{\"iraw\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/w==\"}",
           "000000000000000000000000000000000000000000000000 ff", NULL, 0); /* no text */
    expect(world, PHOENIX_DEVCTL, "{\"raw\":\"AQ==\",\"text\":\"x\"}", "01", "x", 1);
}

static void ioctls_are_put_together(void **state)
{
    struct world *world = *state;
    /* TCGETS: 64 octets of output. */
    expect(world, PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":1077965825}}",
           "01744040 00000000 4000000000000000", NULL, 0);
    assert_true(world->request.is_ioctl);
    assert_int_equal(world->question.ioctl, 0x40407401);
    assert_false(world->request.has_out);
    /* Output of 100 octets goes to o.data. */
    expect(world, PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":1080325121}}",
           "01746440 00000000 6400000000000000", NULL, 0);
    assert_int_equal(world->request.out_size, 100);
    /* Input of 3 octets; by value; none. */
    expect(world, PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":2147709953,\"data\":\"AQID\"}}",
           "01740380 00000000 0300000000000000 010203", NULL, 0);
    expect(world, PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":291841,\"data\":\"BQAAAA==\"}}",
           "01740400 00000000 0400000000000000 05", NULL, 0);
    expect(world, PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":29697}}", "01740000", NULL, 0);
}

static void long_input_of_an_ioctl_is_data(void **state)
{
    struct world *world = *state;
    char text[256];
    /* 49 octets: 48 fit on this side of the border. */
    (void)snprintf(text, sizeof text, "{\"ioctl\":{\"request\":%u,\"data\":\"%s\"}}",
                   PHOENIX_IOC_IN | 49u << 16 | 0x7401u,
                   "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAg==");
    assert_int_equal(read_as(world, PHOENIX_DEVCTL, text, false), VIA_OK);
    assert_int_equal(world->request.in_size, 49);
    assert_int_equal(((const uint8_t *)world->request.in_data)[48], 2);
    expect_again(world);
}

static void a_pulse_is_one(void **state)
{
    struct world *world = *state;
    assert_int_equal(read_as(world, PHOENIX_READ, "{\"size\":64,\"text\":\"x\"}", true), VIA_OK);
    assert_true(world->request.is_pulse);
    assert_false(world->request.has_out);
    expect_again(world);
}

static void codes_have_names(void **state)
{
    (void)state;
    uint32_t code = 7;
    assert_true(phoenix_json_code("mtOpen", 6, &code));
    assert_int_equal(code, 0);
    assert_true(phoenix_json_code("mtMountPoint", 12, &code));
    assert_int_equal(code, 0xf54);
    assert_false(phoenix_json_code("mtCount", 7, &code));
    assert_int_equal(code, 0xf54);
}

static void faults_name_what_is_wrong(void **state)
{
    struct world *world = *state;
    static const struct {
        int32_t type;
        const char *text, *words;
        size_t offset;
    } bad[] = {
        {PHOENIX_OPEN, "", "", 0},
        {PHOENIX_OPEN, "[]", "object", 0},
        {PHOENIX_OPEN, "{\"flags\":1", "", 10},
        {PHOENIX_OPEN, "{}{}", "", 2},
        {PHOENIX_OPEN, "{\"flag\":1}", "flag: nothing here has this name", 2},
        {PHOENIX_OPEN, "{\"fl\\u0061gs\":1}", "fl\\u0061gs: nothing here has this name", 2},
        {PHOENIX_OPEN, "{\"\":1}", "\"\": nothing here has this name", 2},
        {PHOENIX_OPEN, "{\"flags\":1,\"flags\":1}", "flags: stands there twice", 12},
        {PHOENIX_OPEN, "{\"offs\":1}", "offs: mtOpen has none", 8},
        {PHOENIX_OPEN, "{\"ioctl\":{}}", "ioctl: mtOpen has none", 9},
        {77, "{\"name\":\"x\"}", "name: a message of no standard type has none", 8},
        {PHOENIX_OPEN, "{\"flags\":-1}", "flags: is to be an integer of 32 bits, not signed", 9},
        {PHOENIX_OPEN, "{\"flags\":4294967296}", "flags: is to be an integer of 32 bits", 9},
        {PHOENIX_OPEN, "{\"flags\":1.5}", "flags: is to be an integer of 32 bits", 9},
        {PHOENIX_OPEN, "{\"flags\":\"O_RDRW\"}",
         "flags: is to be an integer or an array of names such as \"O_RDONLY\"", 9},
        {PHOENIX_OPEN, "{\"flags\":[\"O_RDWR\",1]}", "an array of names", 9},
        {PHOENIX_OPEN, "{\"flags\":null}", "an array of names", 9},
        {PHOENIX_GETATTR, "{\"attr\":[\"atMode\"]}", "a name such as \"atMode\"", 8},
        {PHOENIX_READ, "{\"offs\":9223372036854775808}",
         "offs: is to be an integer of 64 bits, signed", 8},
        {PHOENIX_READ, "{\"offs\":\"x\"}", "offs: is to be an integer", 8},
        {PHOENIX_READ, "{\"size\":16777217}", "size: is to be an integer from 0 to 16777216", 8},
        {PHOENIX_READ, "{\"size\":-1}", "size: is to be an integer from 0", 8},
        {PHOENIX_READ, "{\"priority\":8}", "priority: is to be an integer from 0 to 7", 12},
        {PHOENIX_READ, "{\"oid\":7}", "oid: is to be {\"port\":...,\"id\":...}", 7},
        {PHOENIX_READ, "{\"oid\":{\"port\":4294967296}}", "oid.port: is to be an integer from 0",
         15},
        {PHOENIX_READ, "{\"oid\":{\"name\":1}}", "oid.name: nothing here has this name", 9},
        {PHOENIX_LINK, "{\"ln\":{\"port\":1,\"id\":\"\"}}", "ln.id: is to be an integer", 21},
        {PHOENIX_LINK, "{\"ln\":{\"id\":1,\"id\":1}}", "ln.id: stands there twice", 15},
        {PHOENIX_LINK, "{\"ln\":{\"port\":1}}", "ln: is to be {\"port\":...,\"id\":...}", 6},
        {PHOENIX_WRITE, "{\"data\":\"x\"}", "data: is to be base64", 8},
        {PHOENIX_WRITE, "{\"data\":5}", "data: is to be base64", 8},
        {PHOENIX_WRITE, "{\"text\":5}", "text: is to be a string", 8},
        {PHOENIX_WRITE, "{\"data\":\"\",\"text\":\"\"}", "text: the same octets are said by data",
         18},
        {PHOENIX_LOOKUP, "{\"name\":\"a\\u0000b\"}", "name: is to be a string without NUL", 8},
        {PHOENIX_LOOKUP, "{\"name\":\"a\",\"data\":\"\"}", "name: the same octets are said by data",
         8},
        {PHOENIX_CREATE, "{\"target\":\"a\"}", "target: is to be beside a name", 10},
        {PHOENIX_MOUNT, "{\"fstype\":\"0123456789abcdef\"}", "fstype: is to be at most 15", 10},
        {PHOENIX_SETATTR, "{\"dev\":{\"port\":1,\"id\":1},\"text\":\"\"}", "dev: the same octets",
         7},
        {PHOENIX_SETATTR, "{\"dev\":{\"port\":1,\"id\":1}}", "dev: is to be beside attr \"atDev\"",
         7},
        {PHOENIX_SETATTR, "{\"attr\":\"atUid\",\"dev\":{\"port\":1,\"id\":1}}",
         "dev: is to be beside attr \"atDev\"", 22},
        {PHOENIX_DEVCTL, "{\"raw\":\"\",\"iraw\":\"\"}", "raw: the same octets are said by iraw",
         7},
        {PHOENIX_DEVCTL,
         "{\"iraw\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
         "AAAAAAAAAAA=\"}",
         "iraw: is to be base64 of at most 64 octets", 8},
        {PHOENIX_DEVCTL, "{\"ioctl\":{}}", "ioctl: is to be an object with a request", 9},
        {PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":29697,\"data\":\"AA==\"}}",
         "ioctl.data: is to be absent: this request takes no input", 33},
        {PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":2147709953}}",
         "ioctl.data: have 0 octets and not 3", 9},
        {PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":291841,\"data\":\"AAAAAAAAAAAA\"}}",
         "ioctl.data: is to be a value of at most 8 octets", 34},
        {PHOENIX_DEVCTL, "{\"ioctl\":[]}", "ioctl: is to be an object with a request", 9},
        {PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":\"\"}}", "ioctl.request: is to be an integer",
         20},
        {PHOENIX_DEVCTL, "{\"ioctl\":{\"request\":1},\"raw\":\"\"}", "ioctl: the same octets", 9},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        enum via_status status = read_as(world, bad[i].type, bad[i].text, false);
        if (status != VIA_BAD_JSON || strstr(world->fault.text, bad[i].words) == NULL ||
            world->fault.offset != bad[i].offset || world->fault.text[0] == '\0')
            fail_msg("%s: %s, \"%s\" at %zu", bad[i].text, via_status_name(status),
                     world->fault.text, world->fault.offset);
        assert_int_equal(via_parcel_size(world->parcel), 0);
    }
}

static void data_over_the_limit_are_refused(void **state)
{
    struct world *world = *state;
    static const char head[] = "{\"text\":\"";
    size_t size = PHOENIX_DATA_MAX + 1 + sizeof head - 1 + 2;
    char *text = malloc(size + 1);
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + size - 2, "\"}", 3);
    assert_int_equal(read_as(world, PHOENIX_WRITE, text, false), VIA_TOO_LARGE);
    assert_non_null(strstr(world->fault.text, "too_large"));
    free(text);
}

static void the_name_of_a_fault_may_be_anything(void **state)
{
    struct world *world = *state;
    char text[600] = "{\"";
    memset(text + 2, 'n', 500);
    (void)snprintf(text + 502, sizeof text - 502, "\":1}");
    assert_int_equal(read_as(world, PHOENIX_OPEN, text, false), VIA_BAD_JSON);
    assert_string_equal(world->fault.text,
                        "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...: nothing here has this name");
    for (size_t i = 2; i < 502; i += 2) /* one octet of it would stand outside */
        memcpy(text + i + 1, i < 500 ? "\xc3\xa9" : "n", i < 500 ? 2 : 1);
    assert_int_equal(read_as(world, PHOENIX_OPEN, text, false), VIA_BAD_JSON);
    assert_string_equal(world->fault.text, "n\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                           "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9...: "
                                           "nothing here has this name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_type_has_its_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sync_names_its_object_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_left_out_is_the_services, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_raw_outweighs_its_members, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ioctls_are_put_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_input_of_an_ioctl_is_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pulse_is_one, set_up, tear_down),
        cmocka_unit_test(codes_have_names),
        cmocka_unit_test_setup_teardown(faults_name_what_is_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_over_the_limit_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_name_of_a_fault_may_be_anything, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
