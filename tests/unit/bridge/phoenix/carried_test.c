/*
 * Which ports go along with a message as references, and which of those that come are kept. No
 * gateway is asked: the linker puts what it would say in the place of the node's questions.
 */
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>
#include <viaduct/node.h>

#include "bridge/phoenix/carried.h"

#define NUMBER 0x40000005u
#define SIZE 256u
#define OID_SIZE 16u
#define OFFSETS_MAX 3u

static struct via_stub *stub;
static struct via_proxy *proxy; /* the stub's, or, with is_far, another process's */
static struct via_parcel *parcel;
static bool is_far, has_memory;
static unsigned int n_found, n_asked;

/* ---- what the linker puts in their places (--wrap) ---- */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
enum via_status __wrap_via_node_find_number(struct via_node *node, uint32_t number,
                                            struct via_proxy **proxyp);
struct via_stub *__wrap_via_proxy_local(struct via_proxy *of);
enum via_status __wrap_via_proxy_number(struct via_proxy *of, uint32_t *numberp);
enum via_status __real_via_parcel_add_ref(struct via_parcel *to, size_t offset,
                                          struct via_proxy *of, uint16_t kind);
enum via_status __wrap_via_parcel_add_ref(struct via_parcel *to, size_t offset,
                                          struct via_proxy *of, uint16_t kind);

enum via_status __wrap_via_node_find_number(struct via_node *node, uint32_t number,
                                            struct via_proxy **proxyp)
{
    assert_non_null(node);
    if (number != NUMBER)
        return VIA_NOT_FOUND;
    n_found++;
    *proxyp = via_proxy_ref(proxy);
    return VIA_OK;
}

enum via_status __wrap_via_parcel_add_ref(struct via_parcel *to, size_t offset,
                                          struct via_proxy *of, uint16_t kind)
{
    return has_memory ? __real_via_parcel_add_ref(to, offset, of, kind) : VIA_NO_MEMORY;
}

struct via_stub *__wrap_via_proxy_local(struct via_proxy *of)
{
    assert_ptr_equal(of, proxy);
    return is_far ? NULL : stub;
}

enum via_status __wrap_via_proxy_number(struct via_proxy *of, uint32_t *numberp)
{
    assert_ptr_equal(of, proxy);
    n_asked++;
    *numberp = NUMBER;
    return VIA_OK;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* ---- the stage ---- */

static void on_destroyed(void *user)
{
    *(bool *)user = true;
}

static bool is_destroyed;

static int set_up(void **state)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .destroyed = on_destroyed};
    uint8_t *octets;
    (void)state;
    is_far = is_destroyed = false;
    has_memory = true;
    n_found = n_asked = 0;
    if (via_stub_create(via_node_default(), &ops, &is_destroyed, &stub) != VIA_OK ||
        via_parcel_create(&parcel) != VIA_OK ||
        via_parcel_extend(parcel, SIZE, VIA_TAG_PAD, 0, &octets) != VIA_OK)
        return 1;
    via_parcel_set_layout(parcel, VIA_LAYOUT_PHOENIX);
    proxy = via_stub_proxy(stub);
    return 0;
}

/* Counts are all given back: the stub goes with the last. */
static int tear_down(void **state)
{
    (void)state;
    parcel = via_parcel_unref(parcel);
    proxy = via_proxy_unref(proxy);
    stub = via_stub_unref(stub);
    return !is_destroyed;
}

static void put_number(uint8_t *octets)
{
    const struct phoenix_oid oid = {.port = NUMBER, .id = 7};
    assert_true(phoenix_put_oid(PHOENIX_ABI_HOST, octets, &oid));
}

/* A raw in which every place where an oid may stand has one. */
static void fill(uint8_t raw[PHOENIX_RAW_SIZE])
{
    const uint32_t number = NUMBER;
    for (size_t at = 0; at < PHOENIX_RAW_SIZE; at += sizeof number)
        memcpy(raw + at, &number, sizeof number);
}

static void expect_references(const size_t *offsets)
{
    size_t n = 0;
    for (; n < OFFSETS_MAX && offsets[n] != 0; n++)
        assert_ptr_equal(via_parcel_ref_at(parcel, offsets[n], NULL), proxy);
    assert_int_equal(via_parcel_n_refs(parcel), n);
}

static void clear(void)
{
    uint8_t *octets;
    via_parcel_clear(parcel);
    assert_int_equal(via_parcel_extend(parcel, SIZE, VIA_TAG_PAD, 0, &octets), VIA_OK);
}

/* ---- out ---- */

/* Where references stand in the payload: a message's raw is at 48, an answer's at 16. */
static const struct {
    int32_t type;
    size_t in[OFFSETS_MAX], out[OFFSETS_MAX];
} rows[] = {
    {PHOENIX_OPEN, {0}, {0}},
    {PHOENIX_CLOSE, {0}, {0}},
    {PHOENIX_READ, {0}, {0}},
    {PHOENIX_WRITE, {0}, {0}},
    {PHOENIX_TRUNCATE, {0}, {0}},
    {PHOENIX_DEVCTL, {0}, {0}},
    {PHOENIX_CREATE, {48 + 8}, {16}},
    {PHOENIX_DESTROY, {0}, {0}},
    {PHOENIX_SETATTR, {0}, {0}},
    {PHOENIX_GETATTR, {0}, {0}},
    {PHOENIX_GETATTRALL, {0}, {0}},
    {PHOENIX_LOOKUP, {0}, {16, 16 + 16}},
    {PHOENIX_LINK, {48}, {0}},
    {PHOENIX_UNLINK, {48}, {0}},
    {PHOENIX_READDIR, {0}, {0}},
    {PHOENIX_MOUNT, {48}, {16}},
    {PHOENIX_UMOUNT, {0}, {0}},
    {PHOENIX_SYNC, {48}, {0}},
    {PHOENIX_STAT, {0}, {0}},
    {PHOENIX_MOUNT_POINT, {0}, {16}},
    {77, {0}, {0}},
    {-1, {0}, {0}},
};

static void ports_go_along_where_a_type_has_them(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE];
    fill(raw);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct phoenix_request request = {.type = rows[i].type,
                                                .abi = PHOENIX_ABI_HOST,
                                                .in_raw = raw,
                                                .in_data = raw,
                                                .in_size = sizeof raw};
        carried_add_to_request(parcel, &request);
        expect_references(rows[i].in);
        clear();
        carried_add_to_reply(parcel, rows[i].type, 0, raw, NULL);
        expect_references(rows[i].out);
        clear();
        carried_add_to_reply(parcel, rows[i].type, 5, raw, NULL);
        expect_references(rows[i].out);
        clear();
        carried_add_to_reply(parcel, rows[i].type, -2, raw, NULL); /* it means nothing */
        assert_int_equal(via_parcel_n_refs(parcel), 0);
    }
}

/* In i.data, and only where the attribute is that one. */
static void what_is_to_be_mounted_goes_along(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE] = {0}, data[OID_SIZE + 1] = {0};
    static const size_t at_raw[OFFSETS_MAX] = {48};
    struct phoenix_request request = {.type = PHOENIX_SETATTR,
                                      .abi = PHOENIX_ABI_HOST,
                                      .in_raw = raw,
                                      .in_data = data,
                                      .in_size = OID_SIZE};
    put_number(data);
    raw[8] = PHOENIX_AT_DEV; /* i.attr.type */
    carried_add_to_request(parcel, &request);
    expect_references(at_raw);
    clear();
    for (request.in_size = 0; request.in_size <= sizeof data; request.in_size++)
        if (request.in_size != OID_SIZE)
            carried_add_to_request(parcel, &request);
    request.in_size = OID_SIZE;
    raw[8] = 0;
    carried_add_to_request(parcel, &request);
    request.type = PHOENIX_GETATTR;
    raw[8] = PHOENIX_AT_DEV;
    carried_add_to_request(parcel, &request);
    assert_int_equal(via_parcel_n_refs(parcel), 0);
    assert_int_equal(n_found, 1);
}

static void a_number_that_nobody_has_goes_alone(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    static const size_t dev_alone[OFFSETS_MAX] = {16 + 16};
    carried_add_to_reply(parcel, PHOENIX_LOOKUP, 0, raw, NULL);
    assert_int_equal(via_parcel_n_refs(parcel), 0);
    put_number(raw + OID_SIZE);
    carried_add_to_reply(parcel, PHOENIX_LOOKUP, 0, raw, NULL);
    expect_references(dev_alone);
}

/* So that nobody is given a port for a number that he has guessed. */
static void what_the_client_left_there_goes_alone(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE], left[PHOENIX_RAW_SIZE] = {0};
    static const size_t fil_alone[OFFSETS_MAX] = {16};
    fill(raw);
    fill(left);
    left[8] ^= 1; /* another object of the port's */
    carried_add_to_reply(parcel, PHOENIX_LOOKUP, 0, raw, left);
    assert_int_equal(via_parcel_n_refs(parcel), 0);
    assert_int_equal(n_found, 0);
    left[0] ^= 1;
    carried_add_to_reply(parcel, PHOENIX_LOOKUP, 0, raw, left);
    expect_references(fil_alone);
}

static void without_memory_it_goes_as_a_number(void **state)
{
    (void)state;
    uint8_t raw[PHOENIX_RAW_SIZE];
    fill(raw);
    has_memory = false;
    carried_add_to_reply(parcel, PHOENIX_LOOKUP, 0, raw, NULL);
    assert_int_equal(n_found, 2);
    assert_int_equal(via_parcel_n_refs(parcel), 0);
}

/* ---- in ---- */

static void put_reference(size_t at)
{
    assert_int_equal(via_parcel_add_ref(parcel, at, proxy, 0), VIA_OK);
}

static void what_comes_along_is_asked_for_its_number(void **state)
{
    (void)state;
    is_far = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned int n = 0;
        clear();
        for (size_t k = 0; k < OFFSETS_MAX && rows[i].in[k] != 0; k++, n++)
            put_reference(rows[i].in[k]);
        n_asked = 0;
        carried_take_from_request(parcel, rows[i].type, PHOENIX_ABI_HOST);
        assert_int_equal(n_asked, n);
        clear();
        for (size_t k = n = 0; k < OFFSETS_MAX && rows[i].out[k] != 0; k++, n++)
            put_reference(rows[i].out[k]);
        n_asked = 0;
        carried_take_from_reply(parcel, rows[i].type, PHOENIX_ABI_HOST);
        assert_int_equal(n_asked, n);
    }
    clear();
    put_reference(48);
    n_asked = 0;
    carried_take_from_request(parcel, PHOENIX_SETATTR, PHOENIX_ABI_HOST);
    assert_int_equal(n_asked, 1);
}

static void it_stands_where_the_senders_abi_has_it(void **state)
{
    (void)state;
    is_far = true;
    put_reference(16 + 8); /* o.lookup.dev behind an oid of 8 octets */
    carried_take_from_reply(parcel, PHOENIX_LOOKUP, PHOENIX_ABI_HOST);
    assert_int_equal(n_asked, 0);
    carried_take_from_reply(parcel, PHOENIX_LOOKUP, PHOENIX_ABI_ARMV7M);
    assert_int_equal(n_asked, 1);
}

static void all_else_that_comes_along_is_left_alone(void **state)
{
    (void)state;
    is_far = true;
    put_reference(48 + 4);
    put_reference(48 + 32);
    put_reference(128);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        carried_take_from_request(parcel, rows[i].type, PHOENIX_ABI_HOST);
        carried_take_from_reply(parcel, rows[i].type, PHOENIX_ABI_HOST);
    }
    assert_int_equal(n_asked, 0);
}

/* Its number is known here. */
static void ones_own_port_needs_no_question(void **state)
{
    (void)state;
    put_reference(16);
    put_reference(32);
    carried_take_from_reply(parcel, PHOENIX_LOOKUP, PHOENIX_ABI_HOST);
    assert_int_equal(n_asked, 0);
}

int main(void)
{
#define carried_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        carried_test(ports_go_along_where_a_type_has_them),
        carried_test(what_is_to_be_mounted_goes_along),
        carried_test(a_number_that_nobody_has_goes_alone),
        carried_test(what_the_client_left_there_goes_alone),
        carried_test(without_memory_it_goes_as_a_number),
        carried_test(what_comes_along_is_asked_for_its_number),
        carried_test(it_stands_where_the_senders_abi_has_it),
        carried_test(all_else_that_comes_along_is_left_alone),
        carried_test(ones_own_port_needs_no_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
