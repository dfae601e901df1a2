/*
 * What a peer may send wrong, over real sockets: each is told what was wrong with a BYE, its link
 * is closed, one line goes to the audit, and nobody else notices. And what a peer may not read: who
 * lets too much gather is thrown out, who falls behind with events is told what it missed.
 */
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "codecs/control.h"
#include "codecs/octets.h"
#include "tests/integration/gateway_thread.h"
#include "tests/integration/raw_client.h"

static struct gateway_thread gateway;
static int stub_a, stub_b;

static int start(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, "\"limits\": {\"max_queue_size\": 65536, \"hello_ms\": 300, "
                                   "\"max_connections\": 8, \"max_kept_events\": 16}");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    gateway_thread_stop(&gateway);
    return 0;
}

/* ---- a bare socket ---- */

static int dial(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(fd >= 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", gateway.socket);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* false: the other end has closed. */
static bool say(int fd, const struct frame *frame)
{
    uint8_t octets[4096];
    size_t size = frame_size(frame);
    assert_true(size <= sizeof octets);
    frame_encode(frame, octets);
    return send(fd, octets, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static void say_hello(int fd, uint32_t version)
{
    uint8_t body[HELLO_SIZE_MAX];
    const struct hello hello = {.version = version, .frame_max = 65536, .name = "bare"};
    const struct frame frame = {.kind = FRAME_HELLO,
                                .code = version,
                                .body = body,
                                .body_size = (uint32_t)hello_encode(&hello, body)};
    assert_true(say(fd, &frame));
}

/* Reads to the end; the words of the BYE that came last, or "". */
static void read_bye(int fd, char words[512])
{
    static uint8_t octets[65536];
    size_t size = 0, at = 0, used = 0;
    struct frame frame;
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, RAW_WAIT_MS) <= 0)
            fail_msg("the link was not closed");
        ssize_t n = recv(fd, octets + size, sizeof octets - size, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            break;
        assert_true(n > 0);
        size += (size_t)n;
    }
    words[0] = '\0';
    while (frame_decode(octets + at, size - at, sizeof octets, &frame, &used) == VIA_OK &&
           used > 0) {
        at += used;
        if (frame.kind != FRAME_BYE)
            continue;
        assert_int_equal(frame.code, FRAME_BYE_EVICTED);
        assert_true(frame.body_size < 512);
        memcpy(words, frame.body, frame.body_size);
        words[frame.body_size] = '\0';
    }
    assert_int_equal(at, size);
}

static bool is_audited(const char *words)
{
    char *audit = gateway_thread_audit(&gateway);
    bool found = strstr(audit, words) != NULL;
    free(audit);
    return found;
}

static void assert_audited(const char *words)
{
    if (!is_audited(words))
        fail_msg("\"%s\" is not in the audit", words);
}

/* ---- bad frames ---- */

/* A good header of a call to object 0, to be spoilt. */
static void put_call(uint8_t octets[FRAME_HEADER_SIZE])
{
    const struct frame call = {.kind = FRAME_CALL, .id = 1, .time = FRAME_NO_DEADLINE};
    frame_encode(&call, octets);
}

static const struct {
    const char *what;
    size_t offset; /* of the octets to spoil in a call's header */
    size_t size;
    uint32_t value;
    const char *words; /* in the BYE and in the audit */
} bad_frames[] = {
    {"a size of nothing", 0, 4, 0, "bad_size"},
    {"a size below the header's", 0, 4, 24, "bad_size"},
    {"a size that is no multiple of 8", 0, 4, 33, "bad_size"},
    {"a size over the limit", 0, 4, 0x7ffffff8, "is over 65536"},
    {"the largest size", 0, 4, 0xfffffff8, "is over 65536"},
    {"a body larger than the frame", 24, 4, 0xffffffff, "bad_size"},
    {"kind 0", 4, 1, 0, "bad_kind"},
    {"an unknown kind", 4, 1, 200, "bad_kind"},
    {"WELCOME from a client", 4, 1, FRAME_WELCOME, "may not come now"},
    {"a second HELLO", 4, 1, FRAME_HELLO, "may not come now"},
    {"a chunk without the head of a frame", 4, 1, FRAME_CHUNK, "begins no good frame"},
    {"unknown flags", 5, 1, 0x80, "bad_flags"},
    {"META that is not there", 5, 1, FRAME_META, "bad_"},
    {"a reserved octet", 31, 1, 1, "bad_"},
    {"references that are not there", 28, 2, 9, "bad_"},
    {"too many references", 28, 2, 0xffff, "bad_"},
    {"descriptors that are not there", 30, 1, 3, "bad_"},
};

static void a_bad_frame_costs_its_sender_the_link_and_nobody_else(void **state)
{
    (void)state;
    struct raw_client *other = raw_client_open(gateway.socket);
    for (size_t i = 0; i < sizeof bad_frames / sizeof *bad_frames; i++) {
        uint8_t octets[FRAME_HEADER_SIZE];
        char words[512];
        int fd = dial();
        say_hello(fd, HELLO_VERSION);
        put_call(octets);
        for (size_t j = 0; j < bad_frames[i].size; j++)
            octets[bad_frames[i].offset + j] = (uint8_t)(bad_frames[i].value >> (8 * j));
        assert_int_equal(send(fd, octets, sizeof octets, MSG_NOSIGNAL), sizeof octets);
        read_bye(fd, words);
        if (words[0] == '\0' || strstr(words, bad_frames[i].words) == NULL)
            fail_msg("%s: the BYE says \"%s\"", bad_frames[i].what, words);
        assert_audited(words);
        assert_int_equal(close(fd), 0);
    }
    assert_null(raw_client_look(other, RAW_BYE)); /* it is still served */
    raw_client_close(other);
}

static void what_comes_before_hello_is_refused(void **state)
{
    (void)state;
    uint8_t octets[FRAME_HEADER_SIZE];
    char words[512];
    int fd = dial();
    put_call(octets);
    assert_int_equal(send(fd, octets, sizeof octets, MSG_NOSIGNAL), sizeof octets);
    read_bye(fd, words);
    assert_non_null(strstr(words, "before HELLO"));
    assert_int_equal(close(fd), 0);

    fd = dial();
    assert_int_equal(send(fd, "GET / HTTP/1.1\r\n\r\n and what browsers say", 39, MSG_NOSIGNAL),
                     39);
    read_bye(fd, words);
    assert_true(words[0] != '\0');
    assert_int_equal(close(fd), 0);
}

static void a_wrong_version_is_told_the_right_one(void **state)
{
    (void)state;
    char words[512];
    int fd = dial();
    say_hello(fd, 77);
    read_bye(fd, words);
    assert_non_null(strstr(words, "77"));
    assert_non_null(strstr(words, "1"));
    assert_int_equal(close(fd), 0);
}

static void who_says_nothing_is_not_kept(void **state)
{
    (void)state;
    char words[512];
    int fd = dial();
    read_bye(fd, words);
    assert_non_null(strstr(words, "hello_ms"));
    assert_audited("hello_ms");
    assert_int_equal(close(fd), 0);
}

static void releasing_too_often_and_naming_what_one_does_not_hold_are_faults(void **state)
{
    (void)state;
    char words[512];
    uint8_t ref[FRAME_REF_SIZE];
    frame_ref_put(ref, 0, &(struct frame_ref){.handle = 5, .flags = FRAME_REF_YOURS});
    const struct frame bad[] = {
        {.kind = FRAME_RELEASE, .object = 5, .code = 1},
        {.kind = FRAME_CALL, .id = 1, .refs = ref, .n_refs = 1, .body = ref, .body_size = 4},
        {.kind = FRAME_DEATH, .object = 1, .code = 99},
        {.kind = FRAME_BYE, .code = 99},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int fd = dial();
        say_hello(fd, HELLO_VERSION);
        assert_true(say(fd, &bad[i]));
        read_bye(fd, words);
        assert_true(words[0] != '\0');
        assert_audited(words);
        assert_int_equal(close(fd), 0);
    }
}

static void a_handle_never_given_out_is_answered_not_punished(void **state)
{
    (void)state;
    struct raw_client *client = raw_client_open(gateway.socket);
    struct raw_record *reply = raw_client_wait_reply(client, raw_call(client, 12345, 1, "x"));
    assert_int_equal(reply->frame.code, VIA_BAD_HANDLE);
    raw_record_free(reply);
    assert_null(raw_client_look(client, RAW_BYE));
    raw_client_close(client);
}

static void a_cut_connection_is_an_end_like_any_other(void **state)
{
    (void)state;
    uint8_t octets[FRAME_HEADER_SIZE];
    put_call(octets);
    for (size_t cut = 1; cut < sizeof octets; cut += 5) {
        int fd = dial();
        say_hello(fd, HELLO_VERSION);
        assert_int_equal(send(fd, octets, cut, MSG_NOSIGNAL), (ssize_t)cut);
        assert_int_equal(close(fd), 0);
    }
    struct raw_client *client = raw_client_open(gateway.socket);
    assert_null(raw_client_look(client, RAW_BYE));
    raw_client_close(client);
}

static void one_connection_too_many_is_closed_and_told_to_the_audit(void **state)
{
    (void)state;
    struct raw_client *clients[8];
    char words[512];
    for (size_t i = 0; i < 8; i++)
        clients[i] = raw_client_open(gateway.socket);
    int fd = dial();
    read_bye(fd, words);
    assert_int_equal(close(fd), 0);
    assert_audited("max_connections = 8");
    for (size_t i = 0; i < 8; i++)
        raw_client_close(clients[i]);
}

/* ---- who does not read ---- */

static void a_link_over_its_bound_is_busy_and_twice_over_evicted(void **state)
{
    (void)state;
    struct raw_client *service = raw_client_open(gateway.socket);
    struct raw_client *client = raw_client_open(gateway.socket);
    char body[8193];
    uint32_t handle;
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    assert_int_equal(raw_publish(service, "core", "deaf", &stub_a, 0, 0), VIA_OK);
    assert_int_equal(raw_find(client, "core", "deaf", &handle), VIA_OK);
    /* the service reads nothing: kernel buffer and queue fill, then it is busy */
    struct raw_record *reply = NULL;
    uint32_t n = 0;
    while (reply == NULL && n++ < 10000) {
        (void)raw_call(client, handle, n, body);
        reply = raw_client_look(client, RAW_REPLY);
    }
    assert_non_null(reply);
    assert_int_equal(reply->frame.code, VIA_BUSY);
    raw_record_free(reply);

    /* Replies are never refused: who calls and does not read gets more than twice its bound. */
    struct frame ping = {.kind = FRAME_CALL,
                         .layout = VIA_LAYOUT_CONTROL,
                         .code = DIRECTORY_PING,
                         .time = FRAME_NO_DEADLINE,
                         .body = (const uint8_t *)body,
                         .body_size = 4000};
    int fd = dial();
    say_hello(fd, HELLO_VERSION);
    for (ping.id = 1; ping.id <= 400; ping.id++)
        if (!say(fd, &ping))
            break;
    while (!is_audited("over twice max_queue_size")) /* the gateway is still reading */
        assert_null(raw_client_look(client, RAW_BYE));
    assert_int_equal(close(fd), 0);
    raw_client_kill(service);
    raw_client_close(client);
}

/* ---- who falls behind ---- */

static uint32_t subscribe(struct raw_client *client, uint32_t target, void *sink, uint8_t from,
                          uint64_t epoch, uint64_t number, struct raw_record **replyp)
{
    struct our_handle ours;
    bool new;
    struct via_parcel *request;
    struct frame_ref refs[2] = {{.handle = target, .flags = FRAME_REF_YOURS}};
    assert_int_equal(peer_export(client->peer, sink, &ours, &new), VIA_OK);
    refs[1].handle = ours.number;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    raw_put_slot(request, &refs[0]);
    raw_put_slot(request, &refs[1]);
    assert_int_equal(via_parcel_write_u8(request, from), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, epoch), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, number), VIA_OK);
    *replyp = raw_directory_wait(client, DIRECTORY_SUBSCRIBE, request, refs, 2);
    via_parcel_unref(request);
    assert_int_equal((*replyp)->frame.code, VIA_OK);
    return octets_get_u32((*replyp)->frame.body);
}

static void emit(struct raw_client *service, void *object, uint32_t event, const char *body)
{
    struct our_handle ours;
    assert_true(peer_is_exported(service->peer, object, &ours));
    const struct frame frame = {.object = ours.number,
                                .code = event,
                                .body = (const uint8_t *)body,
                                .body_size = (uint32_t)strlen(body)};
    assert_int_equal(peer_event(service->peer, &frame, NULL), VIA_OK);
    raw_client_flush(service);
}

static void who_falls_behind_is_told_how_many_it_lost(void **state)
{
    (void)state;
    struct raw_client *service = raw_client_open(gateway.socket);
    struct raw_client *slow = raw_client_open(gateway.socket);
    struct raw_client *quick = raw_client_open(gateway.socket);
    struct raw_record *reply;
    char body[8193];
    uint32_t handle;
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    assert_int_equal(raw_publish(service, "core", "loud", &stub_a, 0, 0), VIA_OK);
    assert_int_equal(raw_find(slow, "core", "loud", &handle), VIA_OK);
    (void)subscribe(slow, handle, &stub_b, 0, 0, 0, &reply);
    raw_record_free(reply);
    assert_int_equal(raw_find(quick, "core", "loud", &handle), VIA_OK);
    (void)subscribe(quick, handle, &stub_b, 0, 0, 0, &reply);
    raw_record_free(reply);

    for (uint64_t number = 1; number <= 300; number++) {
        emit(service, &stub_a, 1, body);
        struct raw_record *event = raw_client_wait(quick, RAW_EVENT); /* is served all the while */
        assert_int_equal(frame_number(&event->frame), number);
        assert_int_equal(event->frame.flags & FRAME_GAP, 0);
        assert_ptr_equal(event->object, &stub_b);
        raw_record_free(event);
    }
    uint64_t last = 0, lost = 0;
    while (last < 300) {
        struct raw_record *event = raw_client_wait(slow, RAW_EVENT);
        uint64_t gap = event->frame.flags & FRAME_GAP ? event->frame.lost : 0;
        assert_int_equal(frame_number(&event->frame), last + gap + 1);
        last = frame_number(&event->frame);
        lost += gap;
        raw_record_free(event);
    }
    assert_true(lost > 0);

    /* A death waits for the events before it, also for who is behind. */
    for (uint64_t number = 301; number <= 600; number++) {
        emit(service, &stub_a, 1, body);
        raw_record_free(raw_client_wait(quick, RAW_EVENT));
    }
    raw_client_kill(service);
    raw_record_free(raw_client_wait(quick, RAW_DEATH));
    struct raw_record *death = raw_client_wait(slow, RAW_DEATH);
    assert_int_equal(death->handle, handle);
    raw_record_free(death);
    while (last < 600) { /* all of them have come before it */
        struct raw_record *event = slow->first;
        assert_non_null(event);
        event = raw_client_wait(slow, RAW_EVENT);
        last = frame_number(&event->frame);
        raw_record_free(event);
    }
    raw_client_close(quick);
    raw_client_close(slow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bad_frame_costs_its_sender_the_link_and_nobody_else,
                                        start, stop),
        cmocka_unit_test_setup_teardown(what_comes_before_hello_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_wrong_version_is_told_the_right_one, start, stop),
        cmocka_unit_test_setup_teardown(who_says_nothing_is_not_kept, start, stop),
        cmocka_unit_test_setup_teardown(
            releasing_too_often_and_naming_what_one_does_not_hold_are_faults, start, stop),
        cmocka_unit_test_setup_teardown(a_handle_never_given_out_is_answered_not_punished, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_cut_connection_is_an_end_like_any_other, start, stop),
        cmocka_unit_test_setup_teardown(one_connection_too_many_is_closed_and_told_to_the_audit,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_link_over_its_bound_is_busy_and_twice_over_evicted, start,
                                        stop),
        cmocka_unit_test_setup_teardown(who_falls_behind_is_told_how_many_it_lost, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
