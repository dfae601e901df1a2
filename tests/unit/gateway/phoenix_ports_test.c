/*
 * Ports in messages from another host, by a table of all places where they stand: a number is
 * refused where it is that of what the sender may not call, and nowhere else.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/phoenix_message.h"
#include "gateway/numbers.h"
#include "gateway/phoenix_ports.h"
#include "gateway/router.h"
#include "tests/unit/gateway/fake_world.h"

#define DATA_MAX 32u
#define ANYBODYS 0x7fffff00u /* a number that nothing has */

static struct gateway gateway;
static struct fake_session *far, *server, *owner;
static struct gateway_object *target, *hidden;
static uint32_t number;

static void hold(struct gateway_object *what, struct fake_session *by)
{
    assert_int_equal(objects_reserve_hold(what), VIA_OK);
    objects_hold(what, &by->session);
}

static int init(void **state)
{
    struct number_proof block;
    (void)state;
    fake_world_init(&gateway);
    far = fake_session_create(&gateway);
    principal_set_remote(&far->session.principal, "far", "192.0.2.1:1");
    server = fake_session_create(&gateway);
    owner = fake_session_create(&gateway);
    target = fake_object(server, 1);
    hidden = fake_object(owner, 2);
    assert_int_equal(numbers_give(&gateway.numbers, &owner->session, 1, &block), VIA_OK);
    number = block.first;
    assert_int_equal(numbers_claim(&gateway.numbers, &owner->session, number, hidden, 0, NULL),
                     VIA_OK);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    objects_died(hidden, VIA_EXITED);
    objects_unref(hidden);
    objects_died(target, VIA_EXITED);
    objects_unref(target);
    fake_session_end(far, VIA_EXITED, NULL, 0);
    fake_session_end(server, VIA_EXITED, NULL, 0);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

/* ---- messages ---- */

struct sent {
    int32_t type;
    uint32_t abi;
    uint32_t own_port; /* the message's */
    uint8_t raw[PHOENIX_RAW_SIZE];
    uint8_t data[DATA_MAX];
    size_t data_size;
    uint16_t layout;
    uint8_t flags; /* of the frame */
    size_t cut;    /* octets that are missing at its end */
};

static enum via_status send_it(struct fake_session *from, const struct sent *sent)
{
    uint8_t octets[PHOENIX_HEAD_MAX + DATA_MAX + 1];
    const struct phoenix_request request = {.type = sent->type,
                                            .abi = sent->abi,
                                            .oid = {.port = sent->own_port},
                                            .in_raw = sent->raw,
                                            .in_data = sent->data,
                                            .in_size = sent->data_size};
    size_t size;
    uint64_t context;
    assert_int_equal(phoenix_request_size(&request, &size), VIA_OK);
    assert_in_range(size, 1, sizeof octets);
    phoenix_request_encode(&request, octets);
    const struct frame frame = {.kind = FRAME_CALL,
                                .flags = sent->flags,
                                .layout = sent->layout,
                                .code = (uint32_t)sent->type,
                                .body = octets,
                                .body_size = (uint32_t)(size - sent->cut)};
    const struct message message = {.frame = &frame, .from = &from->session};
    enum via_status status = (sent->flags & FRAME_ONEWAY) != 0
                                 ? router_oneway(&message, target, 1)
                                 : router_call(&message, target, 1, &context);
    assert_int_equal(server->n_notes, status == VIA_OK ? 1 : 0);
    server->n_notes = 0;
    return status;
}

/* All places where a port stands, on 64-bit machines and on those with an id of 32 bits. */
static const struct place {
    int32_t type;
    size_t at, at32; /* in i.raw */
    bool is_data;    /* in i.data */
} places[] = {
    {PHOENIX_CREATE, 8, 8, false}, {PHOENIX_LINK, 0, 0, false}, {PHOENIX_UNLINK, 0, 0, false},
    {PHOENIX_MOUNT, 0, 0, false},  {PHOENIX_SYNC, 0, 0, false}, {PHOENIX_SETATTR, 0, 0, true},
};
#define N_PLACES (sizeof places / sizeof *places)

static struct sent with_port(const struct place *place, uint32_t abi, uint32_t port)
{
    bool is_32 = (abi & PHOENIX_ABI_ID32) != 0;
    struct sent sent = {.type = place->type, .abi = abi, .layout = VIA_LAYOUT_PHOENIX};
    phoenix_store(abi, place->is_data ? sent.data : sent.raw + (is_32 ? place->at32 : place->at), 4,
                  port);
    if (place->is_data) {
        sent.data_size = is_32 ? 8 : 16;
        phoenix_store(abi, sent.raw + 8, 4, PHOENIX_AT_DEV);
    }
    return sent;
}

static enum via_status send_port(struct fake_session *from, size_t place, uint32_t port)
{
    const struct sent sent = with_port(&places[place], PHOENIX_ABI_LP64, port);
    return send_it(from, &sent);
}

/* ---- who may ---- */

static void a_number_of_what_the_sender_may_not_call_is_refused(void **state)
{
    static const uint32_t abis[] = {PHOENIX_ABI_LP64, PHOENIX_ABI_BIG, PHOENIX_ABI_ID32,
                                    PHOENIX_ABI_WORD32 | PHOENIX_ABI_BIG | PHOENIX_ABI_ID32};
    (void)state;
    for (size_t i = 0; i < N_PLACES; i++) {
        for (size_t j = 0; j < sizeof abis / sizeof *abis; j++) {
            struct sent sent = with_port(&places[i], abis[j], number);
            uint64_t n_refused = gateway.audit.n_refused;
            assert_int_equal(send_it(far, &sent), VIA_DENIED);
            sent.flags = FRAME_ONEWAY;
            assert_int_equal(send_it(far, &sent), VIA_DENIED);
            assert_int_equal(gateway.audit.n_refused, n_refused + 2);
            assert_int_equal(send_it(server, &sent), VIA_OK); /* of this host */
        }
    }
}

static void numbers_of_nobody_are_only_numbers(void **state)
{
    static const uint32_t ports[] = {0, 7, ANYBODYS, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < N_PLACES; i++)
        for (size_t j = 0; j < sizeof ports / sizeof *ports; j++)
            assert_int_equal(send_port(far, i, ports[j]), VIA_OK);
    objects_died(hidden, VIA_EXITED);
    for (size_t i = 0; i < N_PLACES; i++)
        assert_int_equal(send_port(far, i, number), VIA_OK);
    assert_int_equal(gateway.audit.n_refused, 0);
}

static void who_has_a_reference_may_pass_the_number(void **state)
{
    (void)state;
    hold(hidden, far);
    for (size_t i = 0; i < N_PLACES; i++)
        assert_int_equal(send_port(far, i, number), VIA_OK);
    objects_let_go(hidden, &far->session);
    for (size_t i = 0; i < N_PLACES; i++)
        assert_int_equal(send_port(far, i, number), VIA_DENIED);
}

static void who_owns_it_may(void **state)
{
    (void)state;
    principal_set_remote(&owner->session.principal, "far", "192.0.2.1:2");
    for (size_t i = 0; i < N_PLACES; i++)
        assert_int_equal(send_port(owner, i, number), VIA_OK);
}

static void who_finds_it_by_a_name_may(void **state)
{
    const struct directory_spec spec = {
        .family = "phoenix", .name = "/x", .class_name = "", .protocol = "", .info = "port=1 id=5"};
    (void)state;
    assert_int_equal(directory_publish_number(&gateway.directory, &spec, number, &owner->session),
                     VIA_OK);
    for (size_t i = 0; i < N_PLACES; i++)
        assert_int_equal(send_port(far, i, number), VIA_OK);
}

/* ---- what is looked at ---- */

static void other_messages_go_as_they_are(void **state)
{
    static const int32_t types[] = {PHOENIX_OPEN,   PHOENIX_WRITE,       PHOENIX_DEVCTL,
                                    PHOENIX_LOOKUP, PHOENIX_MOUNT_POINT, 77};
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct sent sent = {.type = types[i], .layout = VIA_LAYOUT_PHOENIX, .own_port = number};
        phoenix_store(PHOENIX_ABI_LP64, sent.raw, 4, number);
        assert_int_equal(send_it(far, &sent), VIA_OK);
        sent.cut = 100; /* is for its receiver to refuse */
        assert_int_equal(send_it(far, &sent), VIA_OK);
    }
    for (size_t i = 0; i < N_PLACES; i++) {
        struct sent sent = with_port(&places[i], PHOENIX_ABI_LP64, number);
        sent.layout = VIA_LAYOUT_RAW;
        assert_int_equal(send_it(far, &sent), VIA_OK);
    }
    struct sent sent = with_port(&places[N_PLACES - 1], PHOENIX_ABI_LP64, number);
    phoenix_store(PHOENIX_ABI_LP64, sent.raw + 8, 4, PHOENIX_AT_DEV - 1); /* no port */
    assert_int_equal(send_it(far, &sent), VIA_OK);
}

/* A server may read the port out of data of any size, as it lies there. */
static void data_that_are_no_oid_are_read_both_ways(void **state)
{
    (void)state;
    for (size_t size = 0; size < DATA_MAX; size++) {
        struct sent sent = with_port(&places[N_PLACES - 1], PHOENIX_ABI_LP64, number);
        sent.data_size = size;
        assert_int_equal(send_it(far, &sent), size < 4 ? VIA_OK : VIA_DENIED);
        phoenix_store(PHOENIX_ABI_BIG, sent.data, 4, number);
        assert_int_equal(send_it(far, &sent), size < 4 || size == 16 ? VIA_OK : VIA_DENIED);
    }
}

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PLACES; i++) {
        struct sent sent = with_port(&places[i], PHOENIX_ABI_LP64, ANYBODYS);
        sent.data_size = 16;
        for (sent.cut = 1; sent.cut < 112 + 16 + 1; sent.cut++)
            assert_int_equal(send_it(far, &sent), VIA_BAD_PAYLOAD);
    }
    assert_int_equal(gateway.audit.n_refused, 0);
}

/* A large message is put together where there is something to see, and else goes as it comes. */
static void what_is_looked_into_is_known_by_its_head(void **state)
{
    struct frame head = {.kind = FRAME_CALL, .layout = VIA_LAYOUT_PHOENIX};
    (void)state;
    for (size_t i = 0; i < N_PLACES; i++) {
        head.code = (uint32_t)places[i].type;
        assert_true(phoenix_ports_concern(&far->session, &head));
        assert_false(phoenix_ports_concern(&server->session, &head));
    }
    head.code = PHOENIX_WRITE;
    assert_false(phoenix_ports_concern(&far->session, &head));
    head.kind = FRAME_REPLY;
    head.code = PHOENIX_CREATE;
    assert_false(phoenix_ports_concern(&far->session, &head));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, init, deinit)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_number_of_what_the_sender_may_not_call_is_refused),
        TEST(numbers_of_nobody_are_only_numbers),
        TEST(who_has_a_reference_may_pass_the_number),
        TEST(who_owns_it_may),
        TEST(who_finds_it_by_a_name_may),
        TEST(other_messages_go_as_they_are),
        TEST(data_that_are_no_oid_are_read_both_ways),
        TEST(what_is_no_message_is_refused),
        TEST(what_is_looked_into_is_known_by_its_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
