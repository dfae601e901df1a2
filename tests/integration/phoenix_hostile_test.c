/*
 * What those who mean harm send to a Phoenix server, and to a Phoenix client, through a real
 * gateway, from its host and from another one: it costs them alone, and meanwhile the server serves
 * the others. They are made by hand; the programs are other processes.
 */
#include <cmocka.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <viaduct/node.h>
#include <viaduct/object.h>

#include "codecs/octets.h"
#include "codecs/phoenix_message.h"
#include "tests/include/bell.h"
#include "tests/integration/hostile_world.h"

#define SERVER "/srv/prey"
#define OPENED "/srv/opened"
#define LIAR "/srv/liar"
#define N_LIES 1000u
#define N_PROBES "693" /* three times each of the types with each of the sizes */
#define N_HUGE 500u
#define OPENED_MAX 16384u     /* docs/phoenix.md, "Messages" */
#define N_OPENS 3000u         /* over the limit */
#define HUGE_MORE_KIB 65536ul /* of 8 GB that were asked for */
#define N_FLOOD 12000u
#define FLOOD_SIZE 60000u /* of each: 720 MB in all, and nobody receives them */
#define FLOOD_MORE_KIB (300ul << 10)
#define FAR_PID 0x40000000
#define KEY 0xa5u /* of an echo */

enum type { OPEN = 0, CLOSE = 1, SETATTR = 8, ECHO = 0x7200, HOLD, NUMBERED, FLUSH, WHO };
/* Where fields of a message stand, of an answer, and the message's flags. */
enum at { TYPE = 0, PID = 4, PRIORITY = 8, FLAGS = 28, IN_SIZE = 32, OUT_SIZE = 40 };
enum reply_at { REPLY_FLAGS = 4, REPLY_N = 8 };
enum flag { HAS_IN = 1, HAS_OUT = 2, PULSE = 8, IOCTL = 16 };

static struct hostile_world world;
static struct process server, honest;

/* ---- programs ---- */

/* Told line by line. */
static void start_puppet(struct process *process, const struct settings *settings)
{
    hostile_start_program(process, "phoenix/older/puppet", NULL, settings);
    hostile_expect(process, "ready");
}

static void tell(const struct process *process, const char *words)
{
    assert_true(dprintf(process->in, "%s\n", words) > 0);
}

static void must_say(struct process *process, const char *words, const char *expected)
{
    tell(process, words);
    hostile_expect(process, expected);
}

static void end_well(struct process *process)
{
    process_release(process);
    assert_int_equal(process_wait(process), 0);
}

static int start(void **state)
{
    (void)state;
    hostile_world_start(&world);
    start_puppet(&server, &world.near);
    must_say(&server, "serve " SERVER " 2", "ok");
    must_say(&server, "serve " OPENED " 1", "ok");
    start_puppet(&honest, &world.far);
    must_say(&honest, "ask " SERVER, "0");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    must_say(&honest, "ask " SERVER, "0");
    end_well(&honest);
    end_well(&server);
    hostile_world_stop(&world);
    return 0;
}

static struct via_node *node_at(const struct settings *where)
{
    struct via_node *node;
    struct via_node_options options = {.size = sizeof options,
                                       .connect_ms = 60000,
                                       .n_workers = 1,
                                       .gateway = strchr(where->list[0], '=') + 1};
    if (where == &world.far) {
        options.ca = strchr(where->list[1], '=') + 1;
        options.cert = strchr(where->list[2], '=') + 1;
        options.key = strchr(where->list[3], '=') + 1;
    }
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    return node;
}

static struct via_proxy *find(struct via_node *node, const char *name)
{
    struct via_proxy *proxy = NULL;
    assert_int_equal(via_node_find(node, "phoenix", name, 0, &proxy), VIA_OK);
    return proxy;
}

static const struct settings *const places[] = {&world.near, &world.far};

/* ---- what is sent ---- */

struct message {
    uint32_t code;
    bool is_oneway;
    uint32_t size;
    uint8_t octets[HOSTILE_BODY_MAX];
};

/* One that is as it should be. */
static void write_message(struct message *message, int32_t type, const void *in, size_t in_size,
                          size_t out_size)
{
    static const uint8_t raw[PHOENIX_RAW_SIZE];
    const struct phoenix_request request = {.type = type,
                                            .pid = 1,
                                            .priority = 99,
                                            .abi = PHOENIX_ABI_HOST,
                                            .has_out = true,
                                            .in_raw = raw,
                                            .in_data = in,
                                            .in_size = in_size,
                                            .out_size = out_size};
    size_t size = 0;
    assert_int_equal(phoenix_request_size(&request, &size), VIA_OK);
    assert_in_range(size, 1, sizeof message->octets);
    *message = (struct message){.code = (uint32_t)type, .size = (uint32_t)size};
    phoenix_request_encode(&request, message->octets);
}

static void write_echo(struct message *message)
{
    uint8_t data[200];
    hostile_fill(data, sizeof data);
    write_message(message, ECHO, data, sizeof data, sizeof data);
}

static struct via_parcel *parcel_of(const uint8_t *octets, uint32_t size)
{
    struct via_parcel *parcel;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, VIA_LAYOUT_PHOENIX);
    assert_int_equal(via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL), VIA_OK);
    return parcel;
}

/* What it is answered; *@replyp, if that is wanted, is set where it is VIA_OK. */
static enum via_status send_to(struct via_proxy *proxy, const struct message *message,
                               struct via_parcel **replyp)
{
    struct via_parcel *request = parcel_of(message->octets, message->size), *reply = NULL;
    enum via_status status = message->is_oneway
                                 ? via_proxy_send(proxy, message->code, request)
                                 : via_proxy_call(proxy, message->code, request, 0, NULL, &reply);
    (void)via_parcel_unref(request);
    if (replyp != NULL && status == VIA_OK)
        *replyp = reply;
    else
        (void)via_parcel_unref(reply);
    return status;
}

static void add_flags(struct message *message, uint32_t flags)
{
    octets_put_u32(message->octets + FLAGS, octets_get_u32(message->octets + FLAGS) | flags);
}

static void take_flags(struct message *message, uint32_t flags)
{
    octets_put_u32(message->octets + FLAGS, octets_get_u32(message->octets + FLAGS) & ~flags);
}

/* ---- a hostile client ---- */

static void messages_that_are_cut_off_are_refused_at_every_length(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct via_node *node = node_at(places[i]);
        struct via_proxy *proxy = find(node, SERVER);
        struct message message;
        write_echo(&message);
        const uint32_t size = message.size;
        assert_int_equal(send_to(proxy, &message, NULL), VIA_OK);
        for (message.size = 0; message.size < size; message.size++) {
            assert_int_equal(send_to(proxy, &message, NULL), VIA_BAD_PAYLOAD);
            if (message.size % 50 == 0)
                must_say(&honest, "ask " SERVER, "0");
        }
        message.size = size + 1;
        assert_int_equal(send_to(proxy, &message, NULL), VIA_BAD_PAYLOAD);
        (void)via_proxy_unref(proxy);
        (void)via_node_destroy(node);
    }
}

static enum via_status lie_of_size(struct via_proxy *proxy, size_t at, uint64_t value)
{
    struct message message;
    write_echo(&message);
    octets_put_u64(message.octets + at, value);
    return send_to(proxy, &message, NULL);
}

static enum via_status lie_of_flags(struct via_proxy *proxy, uint32_t more, uint32_t less)
{
    struct message message;
    write_echo(&message);
    add_flags(&message, more);
    take_flags(&message, less);
    return send_to(proxy, &message, NULL);
}

static void sizes_and_flags_that_lie_are_refused(void **state)
{
    static const uint64_t large[] = {
        PHOENIX_DATA_MOST + 1u, UINT32_MAX, 1ull << 32, INT64_MAX, 1ull << 63, UINT64_MAX};
    static const uint64_t wrong[] = {0, 1, 199, 201, PHOENIX_DATA_MAX, PHOENIX_DATA_MOST};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct via_node *node = node_at(places[i]);
        struct via_proxy *proxy = find(node, SERVER);
        struct message message;
        for (unsigned j = 0; j < sizeof large / sizeof *large; j++) {
            assert_int_equal(lie_of_size(proxy, IN_SIZE, large[j]), VIA_TOO_LARGE);
            assert_int_equal(lie_of_size(proxy, OUT_SIZE, large[j]), VIA_TOO_LARGE);
        }
        /* true, and over what this receiver takes */
        assert_int_equal(lie_of_size(proxy, OUT_SIZE, PHOENIX_DATA_MAX + 1u), VIA_TOO_LARGE);
        for (unsigned j = 0; j < sizeof wrong / sizeof *wrong; j++)
            assert_int_equal(lie_of_size(proxy, IN_SIZE, wrong[j]), VIA_BAD_PAYLOAD);
        for (uint32_t flag = 0x20; flag != 0; flag <<= 1)
            if ((flag & PHOENIX_ABI_MASK) == 0)
                assert_int_equal(lie_of_flags(proxy, flag, 0), VIA_BAD_PAYLOAD);
        assert_int_equal(lie_of_flags(proxy, 0, HAS_IN), VIA_BAD_PAYLOAD);  /* i.size, no data */
        assert_int_equal(lie_of_flags(proxy, 0, HAS_OUT), VIA_BAD_PAYLOAD); /* o.size, none */
        assert_int_equal(lie_of_flags(proxy, PULSE, 0), VIA_BAD_PAYLOAD);
        assert_int_equal(lie_of_flags(proxy, IOCTL, 0), VIA_BAD_PAYLOAD);
        write_echo(&message);
        message.code++; /* rules have judged another type */
        assert_int_equal(send_to(proxy, &message, NULL), VIA_BAD_PAYLOAD);
        write_echo(&message);
        message.octets[message.size - 1] = 'x'; /* no NUL */
        assert_int_equal(send_to(proxy, &message, NULL), VIA_BAD_PAYLOAD);
        must_say(&honest, "ask " SERVER, "0");
        (void)via_proxy_unref(proxy);
        (void)via_node_destroy(node);
    }
}

/* Whatever becomes of it, it comes to an end. */
static void messages_of_any_machine_and_any_damage_cost_a_server_nothing(void **state)
{
    static const int32_t types[] = {0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 14, 0xf50, 0xf52, ECHO, WHO};
    (void)state;
    unsigned before = hostile_n_descriptors(&server);
    for (unsigned i = 0; i < 2; i++) {
        struct via_node *node = node_at(places[i]);
        struct via_proxy *proxy = find(node, SERVER);
        for (unsigned j = 0; j < N_LIES; j++) {
            struct message message;
            uint8_t data[64];
            hostile_fill(data, sizeof data);
            write_message(&message, types[hostile_random() % 15], data,
                          hostile_random() % sizeof data, hostile_random() % 300);
            add_flags(&message, hostile_random() & PHOENIX_ABI_MASK);
            if (message.code == 5 && j % 2 == 0)
                add_flags(&message, IOCTL);
            for (unsigned k = hostile_random() % 3; k > 0; k--)
                message.octets[hostile_random() % message.size] = (uint8_t)hostile_random();
            message.code = octets_get_u32(message.octets + TYPE);
            message.is_oneway = hostile_random() % 8 == 0;
            if (message.is_oneway && hostile_random() % 2 == 0)
                message.size = 0;
            if (message.code != HOLD && message.code != NUMBERED)
                (void)send_to(proxy, &message, NULL);
            if (j % 100 == 0)
                must_say(&honest, "ask " SERVER, "0");
        }
        (void)via_proxy_unref(proxy);
        (void)via_node_destroy(node);
    }
    hostile_await_descriptors(&server, before);
}

static void frames_that_lie_cost_a_server_nothing(void **state)
{
    (void)state;
    unsigned before = hostile_n_descriptors(&server);
    struct raw_client *client = raw_client_open(world.daemon.socket);
    uint32_t handle = hostile_find(client, "phoenix", SERVER);
    for (unsigned i = 0; i < N_LIES; i++) {
        struct message message;
        write_echo(&message);
        if (hostile_random() % 2 == 0)
            hostile_fill(message.octets, hostile_random() % message.size);
        hostile_send_lie(
            client, handle, hostile_layout(VIA_LAYOUT_PHOENIX), message.code, message.octets,
            hostile_random() % 2 == 0 ? message.size : hostile_random() % message.size);
        if (i % 100 == 0)
            must_say(&honest, "ask " SERVER, "0");
    }
    /* A port opens nothing. */
    static const uint8_t no_back[4];
    struct raw_record *reply =
        raw_client_wait_reply(client, hostile_send_open(client, handle, no_back, sizeof no_back));
    assert_int_not_equal(reply->frame.code, VIA_OK);
    raw_record_free(reply);
    raw_client_kill(client);
    hostile_await_descriptors(&server, before);
    must_say(&honest, "ask " SERVER, "0");
}

static void who_sends_is_the_gateways_word(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct via_node *node = node_at(places[i]);
        struct via_proxy *proxy = find(node, SERVER);
        struct via_parcel *reply = NULL;
        struct message message;
        write_message(&message, WHO, NULL, 0, 0);
        assert_int_equal(octets_get_u32(message.octets + PID), 1);
        assert_int_equal(send_to(proxy, &message, &reply), VIA_OK);
        const uint8_t *raw = via_parcel_data(reply) + 16;
        int32_t pid = (int32_t)octets_get_u32(raw);
        if (i == 0)
            assert_int_equal(pid, getpid());
        else
            assert_in_range(pid, FAR_PID + 1, INT32_MAX);
        assert_int_equal(octets_get_u32(raw + 4), PHOENIX_PRIORITY_MAX);
        (void)via_parcel_unref(reply);
        (void)via_proxy_unref(proxy);
        (void)via_node_destroy(node);
    }
}

/* A message that closes what another has open is heard by the server, with its sender's pid; what
 * the other has open is closed once, when he goes. */
static void what_another_has_open_stays_his(void **state)
{
    char line[128], expected[128];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct process other;
        struct via_node *node = node_at(places[i]);
        struct via_proxy *proxy = find(node, OPENED);
        struct message message;
        start_puppet(&other, &world.near);
        must_say(&other, "open " OPENED " 5", "0");
        for (unsigned j = 0; j < 3; j++) {
            write_message(&message, CLOSE, NULL, 0, 0);
            octets_put_u64(message.octets + 16, 5);
            assert_int_equal(send_to(proxy, &message, NULL), VIA_OK);
            message.size = 0; /* as a port tells itself that somebody is gone */
            message.is_oneway = true;
            assert_int_equal(send_to(proxy, &message, NULL), VIA_OK);
        }
        tell(&server, "closings " OPENED " 3");
        process_line(&server, line, sizeof line);
        assert_int_equal(strncmp(line, "5x3 from ", 9), 0);
        assert_int_not_equal(strtol(line + 9, NULL, 10), other.pid);
        (void)snprintf(expected, sizeof expected, "5x1 from %d", (int)other.pid);
        hostile_end_program(&other);
        must_say(&server, "closings " OPENED " 1", expected);
        (void)via_proxy_unref(proxy);
        (void)via_node_destroy(node);
    }
}

/* ---- numbers ---- */

static uint32_t number_of(struct via_proxy *proxy)
{
    uint32_t number = 0;
    assert_int_equal(via_proxy_number(proxy, &number), VIA_OK);
    return number;
}

static void count(void *user, struct via_call *call)
{
    bell_ring(user);
    (void)via_call_fail(call, VIA_DENIED);
}

/* An object of one's own goes along with another's number: whoever receives that calls the other.
 */
static void a_reference_makes_no_number_ones_own(void **state)
{
    (void)state;
    struct process far_server;
    struct bell stolen = BELL_INIT;
    start_puppet(&far_server, &world.far);
    must_say(&far_server, "serve /srv/far 2", "ok");
    for (unsigned i = 0; i < 2; i++) {
        struct via_node *node = node_at(places[i]);
        struct via_proxy *victim = find(node, SERVER), *proxy = find(node, "/srv/far");
        struct via_stub *stub;
        const struct via_stub_ops ops = {.size = sizeof ops, .call = count};
        uint32_t own = 0;
        struct message message;
        uint8_t oid[16] = {0};
        assert_int_equal(via_stub_create(node, &ops, &stolen, &stub), VIA_OK);
        assert_int_equal(via_stub_number(stub, 0, &own), VIA_OK);
        struct via_proxy *mine = via_stub_proxy(stub);
        octets_put_u32(oid, number_of(victim));
        write_message(&message, SETATTR, oid, sizeof oid, 0);
        octets_put_u32(message.octets + 48 + 8, PHOENIX_AT_DEV);
        struct via_parcel *request = parcel_of(message.octets, message.size), *reply = NULL;
        assert_int_equal(via_parcel_add_ref(request, 48, mine, 0), VIA_OK);
        assert_int_equal(via_proxy_call(proxy, SETATTR, request, 0, NULL, &reply), VIA_OK);
        must_say(&far_server, "ask " SERVER, "0");
        (void)via_parcel_unref(reply);
        (void)via_parcel_unref(request);
        (void)via_proxy_unref(mine);
        (void)via_stub_unref(stub);
        (void)via_proxy_unref(victim);
        (void)via_proxy_unref(proxy);
        (void)via_node_destroy(node);
    }
    assert_int_equal(stolen.rung, 0);
    end_well(&far_server);
}

/* ---- much ---- */

struct answers {
    struct bell bell;
    atomic_uint n_busy;
};

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct answers *answers = user;
    (void)result;
    (void)reply;
    if (status == VIA_BUSY)
        (void)atomic_fetch_add(&answers->n_busy, 1);
    bell_ring(&answers->bell);
}

static void room_for_answers_that_nobody_writes_takes_no_memory(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct process prey;
        struct answers answers = {.bell = BELL_INIT};
        struct message message;
        char words[64];
        start_puppet(&prey, &world.near);
        must_say(&prey, "serve /srv/huge 2", "ok");
        struct via_node *node = node_at(places[i]);
        struct via_proxy *proxy = find(node, "/srv/huge");
        write_message(&message, ECHO, NULL, 0, PHOENIX_DATA_MAX);
        assert_int_equal(send_to(proxy, &message, NULL), VIA_OK); /* one is given back */
        unsigned long before = process_kib(&prey);
        write_message(&message, HOLD, NULL, 0, PHOENIX_DATA_MAX);
        struct via_parcel *request = parcel_of(message.octets, message.size);
        for (unsigned j = 0; j < N_HUGE; j++)
            assert_int_equal(
                via_proxy_call_async(proxy, HOLD, request, 0, on_reply, &answers, NULL), VIA_OK);
        (void)snprintf(words, sizeof words, "held /srv/huge %u", N_HUGE);
        must_say(&prey, words, "ok");
        for (unsigned j = 0; j < 20; j++)
            must_say(&honest, "ask /srv/huge", "0");
        if (!process_is_sanitized())
            assert_in_range(process_kib(&prey), 0, before + HUGE_MORE_KIB);
        hostile_end_program(&prey);
        assert_true(bell_wait(&answers.bell, N_HUGE));
        (void)via_parcel_unref(request);
        (void)via_proxy_unref(proxy);
        (void)via_node_destroy(node);
    }
}

/* One sender's, whether he waits for an answer or not; others come through. */
static void what_waits_of_one_sender_has_a_limit(void **state)
{
    (void)state;
    struct process prey, other;
    struct answers answers = {.bell = BELL_INIT}, last = {.bell = BELL_INIT};
    static uint8_t octets[FLOOD_SIZE];
    char words[64];
    struct message message, echo;
    start_puppet(&prey, &world.near);
    must_say(&prey, "serve /srv/full 0", "ok");
    must_say(&prey, "serve /srv/beside 1", "ok");
    start_puppet(&other, &world.far);
    must_say(&other, "find /srv/full", "ok");
    struct via_node *node = node_at(&world.near);
    struct via_proxy *proxy = find(node, "/srv/full"), *server_proxy = find(node, SERVER);
    write_echo(&echo);
    write_message(&message, HOLD, "", 0, 0);
    add_flags(&message, HAS_IN);
    octets_put_u64(message.octets + IN_SIZE, FLOOD_SIZE - message.size);
    memcpy(octets, message.octets,
           message.size - 1); /* zeros behind it, the last of them the NUL */
    struct via_parcel *request = parcel_of(octets, sizeof octets);
    unsigned long before = process_kib(&prey);
    unsigned n = process_is_sanitized() ? N_FLOOD / 2 : N_FLOOD;
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(via_proxy_call_async(proxy, HOLD, request, 0, on_reply, &answers, NULL),
                         VIA_OK);
        /* The gateway has read them, and then the server: what is full is its list. */
        if (i % 4 == 0)
            assert_int_equal(send_to(server_proxy, &echo, NULL), VIA_OK);
        if (i % 32 == 0)
            must_say(&honest, "ask /srv/beside", "0");
    }
    assert_int_equal(via_proxy_call_async(proxy, HOLD, request, 0, on_reply, &last, NULL), VIA_OK);
    assert_true(bell_wait(&last.bell, 1)); /* and whatever was answered before it is told */
    assert_int_equal(atomic_load(&last.n_busy), 1);
    if (!process_is_sanitized())
        assert_in_range(process_kib(&prey), 0, before + FLOOD_MORE_KIB);
    must_say(&honest, "ask " SERVER, "0");
    must_say(&other, "send /srv/full 1", "ok");
    (void)snprintf(words, sizeof words, "take /srv/full %u", n - atomic_load(&answers.n_busy) + 1);
    must_say(&prey, words, "ok");
    hostile_end_program(&prey);
    must_say(&other, "results", "-22x1");
    (void)via_parcel_unref(request);
    (void)via_proxy_unref(server_proxy);
    (void)via_proxy_unref(proxy);
    (void)via_node_destroy(node);
    end_well(&other);
}

/* Some of them twice; then somebody else's one is the next. */
static void what_one_client_has_open_is_remembered_up_to_a_limit(void **state)
{
    (void)state;
    struct process other;
    struct via_node *node = node_at(&world.near);
    struct via_proxy *proxy = find(node, OPENED);
    struct answers answers = {.bell = BELL_INIT};
    struct message message;
    char words[64];
    for (unsigned i = 0; i < OPENED_MAX + N_OPENS; i++) {
        write_message(&message, OPEN, NULL, 0, 0);
        octets_put_u64(message.octets + 16, i < OPENED_MAX ? i : i % 100);
        if (i >= OPENED_MAX + N_OPENS / 2)
            octets_put_u64(message.octets + 16, i);
        struct via_parcel *request = parcel_of(message.octets, message.size);
        assert_int_equal(via_proxy_call_async(proxy, OPEN, request, 0, on_reply, &answers, NULL),
                         VIA_OK);
        (void)via_parcel_unref(request);
        if (i % 1000 == 999)
            assert_true(bell_wait(&answers.bell, i + 1));
    }
    assert_true(bell_wait(&answers.bell, OPENED_MAX + N_OPENS));
    (void)via_proxy_unref(proxy);
    (void)via_node_destroy(node);
    (void)snprintf(words, sizeof words, "closed " OPENED " %u", OPENED_MAX + N_OPENS / 2);
    tell(&server, words);
    (void)snprintf(words, sizeof words, "%u", OPENED_MAX + N_OPENS / 2);
    hostile_expect(&server, words);
    start_puppet(&other, &world.near);
    must_say(&other, "open " OPENED " 1", "0");
    end_well(&other);
    must_say(&server, "closed " OPENED " 1", "1");
    must_say(&honest, "ask " SERVER, "0");
}

/* ---- a hostile server ---- */

/* An answer that is as it should be, then is not. */
static uint32_t write_answer(uint8_t *octets, uint32_t asked)
{
    uint32_t n =
        hostile_random() % 4 == 0 ? asked + hostile_random() % 100 : hostile_random() % (asked + 1);
    if (n > HOSTILE_BODY_MAX - PHOENIX_REPLY_SIZE)
        n = HOSTILE_BODY_MAX - PHOENIX_REPLY_SIZE;
    hostile_fill(octets, PHOENIX_REPLY_SIZE + n);
    octets_put_u32(octets, hostile_random() % 2 == 0 ? 0 : hostile_random());
    octets_put_u32(octets + REPLY_FLAGS,
                   hostile_random() % 2 == 0 ? 0 : hostile_random() & PHOENIX_ABI_MASK);
    octets_put_u64(octets + REPLY_N, n);
    switch (hostile_random() % 8) {
    case 0:
        octets_put_u32(octets + REPLY_FLAGS, hostile_random());
        break;
    case 1:
        octets_put_u64(octets + REPLY_N, UINT64_MAX - hostile_random() % 100);
        break;
    case 2:
        return hostile_random() % (PHOENIX_REPLY_SIZE + n);
    default:
        break;
    }
    return PHOENIX_REPLY_SIZE + n;
}

struct liar {
    struct via_stub *stub;
    struct via_proxy *own;
    uint32_t victim; /* a number */
};

static void lie(void *user, struct via_call *call)
{
    const struct liar *liar = user;
    struct via_parcel *request = via_call_request(call);
    uint8_t octets[HOSTILE_BODY_MAX];
    if (hostile_random() % 4 == 0) {
        (void)via_call_fail(call, (enum via_status)(1 + hostile_random() % 8));
        return;
    }
    uint32_t size =
        write_answer(octets, (uint32_t)octets_get_u64(via_parcel_data(request) + OUT_SIZE));
    struct via_parcel *reply = parcel_of(octets, size);
    if (size >= PHOENIX_REPLY_SIZE) { /* a lookup's devices: another's number, our object */
        octets_put_u32(via_parcel_data(reply) + 32, liar->victim);
        assert_int_equal(via_parcel_add_ref(reply, 32, liar->own, 0), VIA_OK);
    }
    (void)via_call_reply(call, (int32_t)hostile_random(), reply);
    (void)via_parcel_unref(reply);
}

static void answers_that_lie_are_errors_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct process client;
        struct via_node *node = node_at(places[i / 2]);
        struct via_proxy *victim = find(node, SERVER);
        struct liar liar = {.victim = number_of(victim)};
        const struct via_stub_ops ops = {.size = sizeof ops, .call = lie};
        uint32_t number = 0;
        char info[64], line[64];
        assert_int_equal(via_stub_create(node, &ops, &liar, &liar.stub), VIA_OK);
        assert_int_equal(via_stub_number(liar.stub, 0, &number), VIA_OK);
        liar.own = via_stub_proxy(liar.stub);
        (void)snprintf(info, sizeof info, "port=%" PRIu32 " id=99999999999999999999999", number);
        const struct via_publish_options options = {.size = sizeof options, .info = info};
        assert_int_equal(via_node_publish_number(node, "phoenix", LIAR, number, &options), VIA_OK);
        start_puppet(&client, places[i % 2]);
        must_say(&client, "ask " SERVER, "0");
        tell(&client, "probe " LIAR " " N_PROBES);
        must_say(&honest, "ask " SERVER, "0");
        process_line(&client, line, sizeof line);
        assert_ptr_equal(strstr(line, "ok="), line); /* some of each */
        assert_null(strstr(line, "=0"));
        must_say(&client, "ask " SERVER, "0");
        end_well(&client);
        (void)via_proxy_unref(liar.own);
        (void)via_stub_unref(liar.stub);
        (void)via_proxy_unref(victim);
        (void)via_node_destroy(node);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_that_are_cut_off_are_refused_at_every_length),
        cmocka_unit_test(sizes_and_flags_that_lie_are_refused),
        cmocka_unit_test(messages_of_any_machine_and_any_damage_cost_a_server_nothing),
        cmocka_unit_test(frames_that_lie_cost_a_server_nothing),
        cmocka_unit_test(who_sends_is_the_gateways_word),
        cmocka_unit_test(what_another_has_open_stays_his),
        cmocka_unit_test(a_reference_makes_no_number_ones_own),
        cmocka_unit_test(room_for_answers_that_nobody_writes_takes_no_memory),
        cmocka_unit_test(what_waits_of_one_sender_has_a_limit),
        cmocka_unit_test(what_one_client_has_open_is_remembered_up_to_a_limit),
        cmocka_unit_test(answers_that_lie_are_errors_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
