/*
 * What those who mean harm send to a Legato server, and to a Legato client, through a real gateway:
 * it costs them alone. They are made by hand; the programs are other processes.
 */
#include <cmocka.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codecs/control.h"
#include "codecs/octets.h"
#include "tests/integration/daemon.h"
#include "tests/integration/raw_client.h"

#define N_LIES 3000u
#define N_OPENS 500u
#define BODY_MAX 4096u
#define MESSAGE_SIZE 64u
#define SPARE_DESCRIPTORS 8u

enum code { MESSAGE, CLOSED, OPENED, UNKNOWN };

static struct daemon daemon_;
static struct settings settings;
static char stub, opened_stub;

static int start(void **state)
{
    (void)state;
    daemon_prepare(&daemon_);
    daemon_start(&daemon_);
    daemon_settings(&daemon_, false, &settings);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    daemon_stop(&daemon_);
    daemon_clean(&daemon_);
    return 0;
}

static void start_prey(struct process *process, const char *role)
{
    char path[256];
    const char *const argv[] = {process_program(path, "../tests/integration/legato/prey"), role,
                                NULL};
    process_start(process, argv, settings.list);
}

static void expect(struct process *process, const char *expected)
{
    char line[64];
    process_line(process, line, sizeof line);
    assert_string_equal(line, expected);
}

static void ask_honestly(struct process *server)
{
    struct process honest;
    start_prey(&honest, "honest");
    expect(&honest, "answer");
    process_release(&honest);
    assert_int_equal(process_wait(&honest), 0);
    expect(server, "opened");
    expect(server, "closed");
}

static unsigned n_descriptors(const struct process *process)
{
    char path[64];
    unsigned n = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)process->pid);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        n++;
    (void)closedir(folder);
    return n;
}

/* It still serves, and has no descriptors more; ctest has a limit. */
static void assert_as_before(struct process *server, unsigned descriptors)
{
    ask_honestly(server);
    while (n_descriptors(server) > descriptors + SPARE_DESCRIPTORS)
        (void)sched_yield();
}

static void end_server(struct process *server)
{
    process_kill(server, 9);
    (void)process_wait(server);
}

/* ---- a hostile client ---- */

static uint32_t send_open(struct raw_client *client, uint32_t service, const uint8_t *body,
                          uint32_t size)
{
    const struct frame frame = {.layout = VIA_LAYOUT_CONTROL,
                                .code = OBJECT_OPEN,
                                .object = service,
                                .time = FRAME_NO_DEADLINE,
                                .body = body,
                                .body_size = size};
    uint32_t id = 0;
    assert_int_equal(peer_call(client->peer, &frame, NULL, NULL, 0, &id), VIA_OK);
    return id;
}

static uint32_t find_prey(struct raw_client *client)
{
    uint32_t handle = 0;
    assert_int_equal(raw_find(client, "legato", "prey.api", &handle), VIA_OK);
    return handle;
}

/* Without a back reference, as one who is no Legato program. */
static uint32_t open_prey(struct raw_client *client)
{
    static const uint8_t no_back[4];
    struct frame_ref ref;
    struct raw_record *reply = raw_client_wait_reply(
        client, send_open(client, find_prey(client), no_back, sizeof no_back));
    assert_int_equal(reply->frame.code, VIA_OK);
    assert_int_equal(reply->frame.n_refs, 1);
    frame_ref_get(reply->frame.refs, 0, &ref);
    raw_record_free(reply);
    return ref.handle;
}

static uint32_t seed = 1;

static uint32_t next_random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static void fill(uint8_t *octets, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        octets[i] = (uint8_t)next_random();
}

/* Up to three descriptors in @entries, some of which are none, and all of them at one place each.
 */
static uint8_t add_descriptors(uint8_t *entries, int *fds, uint32_t body_size)
{
    uint8_t n = body_size >= 12 ? (uint8_t)(next_random() % 4) : 0;
    for (uint8_t i = 0; i < n; i++) {
        int ends[2];
        bool is_none = next_random() % 2 == 0;
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(close(ends[1]), 0);
        if (is_none)
            assert_int_equal(close(ends[0]), 0);
        fds[i] = is_none ? -1 : ends[0];
        frame_fd_put(entries, i,
                     &(struct frame_fd){.offset = 4u * i,
                                        .kind = is_none ? FRAME_FD_NONE : (uint16_t)1,
                                        .directions = is_none ? 0 : 1});
    }
    return n;
}

static void close_all(const int *fds, uint8_t n)
{
    for (uint8_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            assert_int_equal(close(fds[i]), 0);
}

static void send_lie(struct raw_client *client, uint32_t handle)
{
    static const uint32_t codes[] = {MESSAGE, MESSAGE, OPENED, UNKNOWN, 0x80000000u, UINT32_MAX};
    static const uint16_t layouts[] = {VIA_LAYOUT_LEGATO,      VIA_LAYOUT_LEGATO,  VIA_LAYOUT_RAW,
                                       VIA_LAYOUT_OPENHARMONY, VIA_LAYOUT_CONTROL, 0x1234};
    uint8_t body[BODY_MAX], tape[64], entries[3 * FRAME_FD_SIZE];
    int fds[3];
    uint32_t id = 0;
    uint32_t size = next_random() % 2 == 0 ? next_random() % BODY_MAX : next_random() % 80;
    uint32_t tape_size = next_random() % 2 * (next_random() % sizeof tape);
    fill(body, size);
    fill(tape, tape_size);
    struct frame frame = {.layout = layouts[next_random() % 6],
                          .object = handle,
                          .code = codes[next_random() % 6],
                          .time = FRAME_NO_DEADLINE,
                          .body = body,
                          .body_size = size,
                          .tape = tape,
                          .tape_size = tape_size,
                          .fds = entries};
    frame.n_fds = add_descriptors(entries, fds, size);
    if (next_random() % 2 == 0) {
        if (peer_oneway(client->peer, &frame, NULL, fds, &id) != VIA_OK)
            close_all(fds, frame.n_fds);
        raw_client_flush(client);
        return;
    }
    enum via_status status = peer_call(client->peer, &frame, NULL, fds, 0, &id);
    if (status != VIA_OK) {
        close_all(fds, frame.n_fds);
        return;
    }
    struct raw_record *reply = raw_client_wait_reply(client, id); /* whatever it says, it comes */
    close_all(reply->fds, reply->frame.n_fds);
    raw_record_free(reply);
}

static void messages_that_are_none_cost_a_server_nothing(void **state)
{
    (void)state;
    struct process server;
    start_prey(&server, "server");
    expect(&server, "ready");
    ask_honestly(&server);
    unsigned before = n_descriptors(&server);
    struct raw_client *client = raw_client_open(daemon_.socket);
    uint32_t handle = open_prey(client);
    expect(&server, "opened");
    for (uint32_t i = 0; i < N_LIES; i++) {
        send_lie(client, handle);
        if (i % 500 == 0)
            ask_honestly(&server);
    }
    raw_client_kill(client);
    expect(&server, "closed");
    assert_as_before(&server, before);
    end_server(&server);
}

static void opens_that_are_none_open_nothing(void **state)
{
    (void)state;
    static const uint8_t no_back[4];
    uint8_t nonsense[64];
    struct process server;
    start_prey(&server, "server");
    expect(&server, "ready");
    struct raw_client *client = raw_client_open(daemon_.socket);
    uint32_t service = find_prey(client);
    for (uint32_t i = 0; i < N_OPENS; i++) {
        uint32_t size = 4 + next_random() % (sizeof nonsense - 4);
        memset(nonsense, 0, 4);
        fill(nonsense + 4, (uint32_t)sizeof nonsense - 4);
        struct raw_record *reply =
            raw_client_wait_reply(client, send_open(client, service, nonsense, size));
        assert_true(reply->frame.code != VIA_OK || size <= 8); /* of which it asks nothing */
        raw_record_free(reply);
    }
    raw_client_kill(client);
    client = raw_client_open(daemon_.socket);
    /* One that is opened and closed in one breath, and closed again. */
    uint32_t handle = open_prey(client), number;
    for (unsigned i = 0; i < 3; i++) {
        const struct frame closing = {.object = handle, .code = CLOSED, .time = FRAME_NO_DEADLINE};
        assert_int_equal(peer_oneway(client->peer, &closing, NULL, NULL, &number), VIA_OK);
    }
    struct raw_record *reply =
        raw_client_wait_reply(client, raw_call(client, handle, MESSAGE, "too late"));
    assert_int_equal(reply->frame.code, VIA_DEAD);
    raw_record_free(reply);
    assert_int_equal(send_open(client, find_prey(client), no_back, sizeof no_back) != 0, 1);
    raw_client_kill(client); /* before it knows */
    unsigned n_opened = 0, n_closed = 0;
    char line[64];
    while (n_closed < 1 || n_opened != n_closed) {
        process_line(&server, line, sizeof line);
        n_opened += strcmp(line, "opened") == 0;
        n_closed += strcmp(line, "closed") == 0;
    }
    end_server(&server);
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
    uint8_t body[BODY_MAX];
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
    uint8_t body[BODY_MAX];
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
    struct raw_client *server = raw_client_open(daemon_.socket);
    struct process client;
    assert_int_equal(
        raw_publish(server, "legato", "prey.api", &stub, DIRECTORY_OPENS | DIRECTORY_PER_USER, 0),
        VIA_OK);
    start_prey(&client, "client");
    uint32_t back = accept_open(server);
    answer_with(server, BODY_MAX);
    expect(&client, "null");
    send_stray_reply(server, 0xfffffff0);
    struct raw_record *reply =
        raw_client_wait_reply(server, raw_call(server, back, MESSAGE, "a client answers nothing"));
    assert_int_equal(reply->frame.code, VIA_UNSUPPORTED);
    raw_record_free(reply);
    answer_with(server, 8);
    expect(&client, "answer");
    send_back(server, back, UNKNOWN, 16);
    send_back(server, back, OPENED, 16);
    send_back(server, back, MESSAGE, BODY_MAX);
    send_back(server, back, MESSAGE, MESSAGE_SIZE + 1);
    send_back(server, back, MESSAGE, MESSAGE_SIZE);
    expect(&client, "heard"); /* the only one of these that is a message */
    send_back(server, back, MESSAGE, 0);
    send_back(server, back, CLOSED, BODY_MAX);
    send_back(server, back, MESSAGE, 8); /* too late */
    send_back(server, back, CLOSED, 0);
    expect(&client, "heard");
    expect(&client, "null");
    expect(&client, "closed");
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
