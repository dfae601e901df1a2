/*
 * What those who mean harm send to a Legato server, and to a Legato client, through a real gateway:
 * it costs them alone. They are made by hand; the programs are other processes.
 */
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "codecs/control.h"
#include "tests/integration/hostile_world.h"

#define N_LIES 3000u
#define N_OPENS 500u
#define MESSAGE_SIZE 64u
#define INTERFACE "prey.api"

enum code { MESSAGE, CLOSED, OPENED, UNKNOWN };

static struct hostile_world world;
static char stub, opened_stub;

static int start(void **state)
{
    (void)state;
    hostile_world_start(&world);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    hostile_world_stop(&world);
    return 0;
}

static void start_prey(struct process *process, const char *role)
{
    hostile_start_program(process, "legato/prey", role, &world.near);
}

static void ask_honestly(struct process *server)
{
    struct process honest;
    start_prey(&honest, "honest");
    hostile_expect(&honest, "answer");
    process_release(&honest);
    assert_int_equal(process_wait(&honest), 0);
    hostile_expect(server, "opened");
    hostile_expect(server, "closed");
}

/* It still serves, and has no descriptors more; ctest has a limit. */
static void assert_as_before(struct process *server, unsigned descriptors)
{
    ask_honestly(server);
    hostile_await_descriptors(server, descriptors);
}

/* ---- a hostile client ---- */

static void send_lie(struct raw_client *client, uint32_t handle)
{
    static const uint32_t codes[] = {MESSAGE, MESSAGE, OPENED, UNKNOWN, 0x80000000u, UINT32_MAX};
    uint8_t body[HOSTILE_BODY_MAX];
    uint32_t size =
        hostile_random() % 2 == 0 ? hostile_random() % HOSTILE_BODY_MAX : hostile_random() % 80;
    hostile_fill(body, size);
    hostile_send_lie(client, handle, hostile_layout(VIA_LAYOUT_LEGATO), codes[hostile_random() % 6],
                     body, size);
}

static void messages_that_are_none_cost_a_server_nothing(void **state)
{
    (void)state;
    struct process server;
    start_prey(&server, "server");
    hostile_expect(&server, "ready");
    ask_honestly(&server);
    unsigned before = hostile_n_descriptors(&server);
    struct raw_client *client = raw_client_open(world.daemon.socket);
    uint32_t handle = hostile_open(client, "legato", INTERFACE);
    hostile_expect(&server, "opened");
    for (uint32_t i = 0; i < N_LIES; i++) {
        send_lie(client, handle);
        if (i % 500 == 0)
            ask_honestly(&server);
    }
    raw_client_kill(client);
    hostile_expect(&server, "closed");
    assert_as_before(&server, before);
    hostile_end_program(&server);
}

static void opens_that_are_none_open_nothing(void **state)
{
    (void)state;
    static const uint8_t no_back[4];
    uint8_t nonsense[64];
    struct process server;
    start_prey(&server, "server");
    hostile_expect(&server, "ready");
    struct raw_client *client = raw_client_open(world.daemon.socket);
    uint32_t service = hostile_find(client, "legato", INTERFACE);
    for (uint32_t i = 0; i < N_OPENS; i++) {
        uint32_t size = 4 + hostile_random() % (sizeof nonsense - 4);
        memset(nonsense, 0, 4);
        hostile_fill(nonsense + 4, (uint32_t)sizeof nonsense - 4);
        struct raw_record *reply =
            raw_client_wait_reply(client, hostile_send_open(client, service, nonsense, size));
        assert_true(reply->frame.code != VIA_OK || size <= 8); /* of which it asks nothing */
        raw_record_free(reply);
    }
    raw_client_kill(client);
    client = raw_client_open(world.daemon.socket);
    /* One that is opened and closed in one breath, and closed again. */
    uint32_t handle = hostile_open(client, "legato", INTERFACE), number;
    for (unsigned i = 0; i < 3; i++) {
        const struct frame closing = {.object = handle, .code = CLOSED, .time = FRAME_NO_DEADLINE};
        assert_int_equal(peer_oneway(client->peer, &closing, NULL, NULL, &number), VIA_OK);
    }
    struct raw_record *reply =
        raw_client_wait_reply(client, raw_call(client, handle, MESSAGE, "too late"));
    assert_int_equal(reply->frame.code, VIA_DEAD);
    raw_record_free(reply);
    assert_int_equal(hostile_send_open(client, hostile_find(client, "legato", INTERFACE), no_back,
                                       sizeof no_back) != 0,
                     1);
    raw_client_kill(client); /* before it knows */
    unsigned n_opened = 0, n_closed = 0;
    char line[64];
    while (n_closed < 1 || n_opened != n_closed) {
        process_line(&server, line, sizeof line);
        n_opened += strcmp(line, "opened") == 0;
        n_closed += strcmp(line, "closed") == 0;
    }
    hostile_end_program(&server);
}

/* ---- a hostile server ---- */

static uint32_t accept_open(struct raw_client *server)
{
    struct raw_record *open = raw_client_wait(server, RAW_CALL);
    struct frame_ref back, opened = {.offset = 0};
    struct our_handle handle;
    bool new;
    assert_int_equal(open->frame.code, OBJECT_OPEN);
    assert_true(open->frame.n_refs >= 1);
    frame_ref_get(open->frame.refs, 0, &back);
    assert_int_equal(peer_export(server->peer, &opened_stub, &handle, &new), VIA_OK);
    opened.handle = handle.number;
    static const uint8_t slot[4];
    uint8_t refs[FRAME_REF_SIZE];
    frame_ref_put(refs, 0, &opened);
    const struct frame answer = {.layout = VIA_LAYOUT_CONTROL,
                                 .body = slot,
                                 .body_size = sizeof slot,
                                 .refs = refs,
                                 .n_refs = 1};
    assert_int_equal(peer_reply(server->peer, open->frame.id, &answer, NULL), VIA_OK);
    raw_client_flush(server);
    raw_record_free(open);
    return back.handle;
}

static void send_back(struct raw_client *server, uint32_t back, uint32_t code, uint32_t size)
{
    uint8_t body[HOSTILE_BODY_MAX];
    uint32_t number;
    memset(body, 0x5a, size);
    const struct frame frame = {.layout = VIA_LAYOUT_LEGATO,
                                .object = back,
                                .code = code,
                                .time = FRAME_NO_DEADLINE,
                                .body = body,
                                .body_size = size};
    assert_int_equal(peer_oneway(server->peer, &frame, NULL, NULL, &number), VIA_OK);
    raw_client_flush(server);
}

/* A reply to what nobody has asked, past the peer, which would not send it. */
static void send_stray_reply(struct raw_client *server, uint32_t id)
{
    uint8_t octets[FRAME_HEADER_SIZE];
    const struct frame stray = {.kind = FRAME_REPLY, .id = id};
    frame_encode(&stray, octets);
    assert_int_equal(write(server->fd, octets, sizeof octets), sizeof octets);
}

static void answer_with(struct raw_client *server, uint32_t size)
{
    uint8_t body[HOSTILE_BODY_MAX];
    struct raw_record *request = raw_client_wait(server, RAW_CALL);
    assert_int_equal(request->frame.code, MESSAGE);
    memset(body, 0x5a, size);
    const struct frame answer = {.layout = VIA_LAYOUT_LEGATO, .body = body, .body_size = size};
    assert_int_equal(peer_reply(server->peer, request->frame.id, &answer, NULL), VIA_OK);
    assert_int_equal(peer_reply(server->peer, request->frame.id, &answer, NULL), VIA_NOT_FOUND);
    raw_client_flush(server);
    send_stray_reply(server, request->frame.id);
    raw_record_free(request);
}

static void a_server_that_lies_is_heard_as_far_as_it_is_one(void **state)
{
    (void)state;
    struct raw_client *server = raw_client_open(world.daemon.socket);
    struct process client;
    assert_int_equal(
        raw_publish(server, "legato", INTERFACE, &stub, DIRECTORY_OPENS | DIRECTORY_PER_USER, 0),
        VIA_OK);
    start_prey(&client, "client");
    uint32_t back = accept_open(server);
    answer_with(server, HOSTILE_BODY_MAX);
    hostile_expect(&client, "null");
    send_stray_reply(server, 0xfffffff0);
    struct raw_record *reply =
        raw_client_wait_reply(server, raw_call(server, back, MESSAGE, "a client answers nothing"));
    assert_int_equal(reply->frame.code, VIA_UNSUPPORTED);
    raw_record_free(reply);
    answer_with(server, 8);
    hostile_expect(&client, "answer");
    send_back(server, back, UNKNOWN, 16);
    send_back(server, back, OPENED, 16);
    send_back(server, back, MESSAGE, HOSTILE_BODY_MAX);
    send_back(server, back, MESSAGE, MESSAGE_SIZE + 1);
    send_back(server, back, MESSAGE, MESSAGE_SIZE);
    hostile_expect(&client, "heard"); /* the only one of these that is a message */
    send_back(server, back, MESSAGE, 0);
    send_back(server, back, CLOSED, HOSTILE_BODY_MAX);
    send_back(server, back, MESSAGE, 8); /* too late */
    send_back(server, back, CLOSED, 0);
    hostile_expect(&client, "heard");
    hostile_expect(&client, "null");
    hostile_expect(&client, "closed");
    process_release(&client);
    assert_int_equal(process_wait(&client), 0);
    raw_client_kill(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_that_are_none_cost_a_server_nothing),
        cmocka_unit_test(opens_that_are_none_open_nothing),
        cmocka_unit_test(a_server_that_lies_is_heard_as_far_as_it_is_one),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
