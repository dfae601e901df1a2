/*
 * Walks past servers that only write down what they are asked, and answer what the test says: as
 * they should, and as they should not.
 */
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/numbers.h"
#include "gateway/phoenix_walk.h"
#include "gateway/router.h"
#include "tests/unit/gateway/fake_world.h"

#define ANSWER_MAX 128u
#define FIL_AT 16u /* in an answer: o.raw, where the oids stand on 64-bit machines */
#define ROOT_ID 5u

static struct gateway gateway;
static struct fake_session *client, *server[2];
static struct gateway_object *port[2];
static uint32_t number[2];
static struct phoenix_walk walk;
static unsigned n_done, n_ended, n_moves;

static void walk_done(struct phoenix_walk *done)
{
    assert_ptr_equal(done, &walk);
    assert_true(done->is_over);
    n_done++;
}

static void walk_ended(struct phoenix_ask *ask)
{
    assert_ptr_equal(ask, &walk.ask);
    n_ended++;
}

static void walk_moves(struct phoenix_ask *ask)
{
    assert_ptr_equal(ask, &walk.ask);
    n_moves++;
}

static void publish_root(uint32_t which)
{
    const struct directory_spec spec = {
        .family = "phoenix", .name = "/", .class_name = "", .protocol = "", .info = "port=1 id=5"};
    assert_int_equal(
        directory_publish_number(&gateway.directory, &spec, which, &server[0]->session), VIA_OK);
}

static void make_walk(void)
{
    n_done = 0;
    phoenix_walk_init(&walk, &client->session);
    walk.done = walk_done;
    walk.ask.ended = walk_ended;
    walk.ask.moves = walk_moves;
}

static void begin_anew(void)
{
    phoenix_walk_deinit(&walk);
    make_walk();
}

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    client = fake_session_create(&gateway);
    for (size_t i = 0; i < 2; i++) {
        struct number_proof block;
        server[i] = fake_session_create(&gateway);
        port[i] = fake_object(server[i], 1);
        assert_int_equal(numbers_give(&gateway.numbers, &server[i]->session, 1, &block), VIA_OK);
        number[i] = block.first;
        assert_int_equal(
            numbers_claim(&gateway.numbers, &server[i]->session, number[i], port[i], 0, NULL),
            VIA_OK);
    }
    publish_root(number[0]);
    n_ended = n_moves = 0;
    make_walk();
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    phoenix_walk_deinit(&walk);
    for (size_t i = 0; i < 2; i++) {
        objects_died(port[i], VIA_EXITED);
        objects_unref(port[i]);
        fake_session_end(server[i], VIA_EXITED, NULL, 0);
    }
    if (client != NULL)
        fake_session_end(client, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

/* ---- questions ---- */

/* What server @i was asked last; forgets it. */
static struct fake_note asked(unsigned i)
{
    assert_int_equal(server[i]->n_notes, 1);
    assert_int_equal(server[i]->notes[0].kind, 'C');
    server[i]->n_notes = 0;
    return server[i]->notes[0];
}

static void assert_asks(const struct fake_note *note, unsigned i, uint64_t id, const char *rest)
{
    struct phoenix_request request;
    assert_ptr_equal(note->from, &client->session);
    assert_int_equal(note->handle, 1);
    assert_int_equal(note->code, PHOENIX_LOOKUP);
    assert_int_equal(
        phoenix_request_decode((const uint8_t *)note->body, note->body_size, note->code, &request),
        VIA_OK);
    assert_int_equal(request.oid.port, number[i]);
    assert_int_equal(request.oid.id, id);
    assert_int_equal(request.pid, client->session.principal.pid);
    assert_int_equal(request.in_size, strlen(rest) + 1);
    assert_string_equal(request.in_data, rest);
}

/* ---- answers ---- */

static void reply(unsigned i, const struct fake_note *note, const struct frame *frame,
                  struct gateway_object *const *objects)
{
    const struct message message = {
        .frame = frame, .objects = objects, .from = &server[i]->session};
    router_reply(&message, note->context);
}

struct words {
    int32_t err;
    uint32_t abi;
    struct phoenix_oid fil, dev;
    struct gateway_object *carried; /* a reference for dev */
};

static void answer(unsigned i, const struct fake_note *note, const struct words *words)
{
    uint8_t octets[ANSWER_MAX], raw[PHOENIX_RAW_SIZE] = {0}, refs[FRAME_REF_SIZE];
    const struct phoenix_struct *out = &phoenix_type_of(PHOENIX_LOOKUP)->out;
    size_t dev_at = phoenix_member_at(out, 1, words->abi);
    assert_true(phoenix_put_oid(words->abi, raw, &words->fil));
    assert_true(phoenix_put_oid(words->abi, raw + dev_at, &words->dev));
    /* The head of an answer is little-endian whatever the raws are. */
    size_t size = phoenix_reply_encode(words->err, words->abi, raw, 0, octets);
    const struct frame_ref ref = {.offset = (uint32_t)(FIL_AT + dev_at), .handle = 1};
    frame_ref_put(refs, 0, &ref);
    const struct frame frame = {.kind = FRAME_REPLY,
                                .layout = VIA_LAYOUT_PHOENIX,
                                .body = octets,
                                .body_size = (uint32_t)size,
                                .refs = refs,
                                .n_refs = words->carried != NULL ? 1 : 0};
    reply(i, note, &frame, &words->carried);
}

static void answer_found(unsigned i, const struct fake_note *note, int32_t err, unsigned next,
                         uint64_t id)
{
    const struct words words = {
        .err = err, .fil = {number[i], 77}, .dev = {next < 2 ? number[next] : next, id}};
    answer(i, note, &words);
}

static void answer_status(unsigned i, const struct fake_note *note, enum via_status status)
{
    const struct frame frame = {.kind = FRAME_REPLY, .code = status, .time = VIA_CRASHED};
    reply(i, note, &frame, NULL);
}

static struct fake_note begin(const char *path)
{
    assert_int_equal(phoenix_walk_begin(&walk, path), VIA_OK);
    assert_false(walk.is_over);
    return asked(0);
}

static void assert_over(enum via_status status, int32_t err)
{
    assert_true(walk.is_over);
    assert_int_equal(n_done, 1);
    assert_int_equal(walk.outcome.status, status);
    assert_int_equal(walk.outcome.err, err);
    assert_int_equal(gateway.asks.n, 0);
    assert_int_equal(client->session.n_asks, 0);
}

/* ---- ways ---- */

static void a_name_is_known_without_a_question(void **state)
{
    (void)state;
    assert_int_equal(phoenix_walk_begin(&walk, "/"), VIA_OK);
    assert_true(walk.is_over);
    assert_int_equal(walk.fil.oid.port, number[0]);
    assert_int_equal(walk.dev.oid.id, ROOT_ID);
    assert_ptr_equal(walk.dev.object, port[0]);
    assert_int_equal(n_done, 0);
}

static void what_no_name_leads_to_is_not_walked(void **state)
{
    (void)state;
    char longest[PHOENIX_PATH_MAX + 1];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(phoenix_walk_begin(&walk, "relative"), VIA_NOT_FOUND);
    assert_int_equal(phoenix_walk_begin(&walk, ""), VIA_NOT_FOUND);
    assert_int_equal(phoenix_walk_begin(&walk, longest), VIA_TOO_LARGE);
    assert_int_equal(gateway.asks.n, 0);
}

static void the_way_leads_from_server_to_server(void **state)
{
    (void)state;
    struct fake_note note = begin("/mnt/dir/file");
    assert_asks(&note, 0, ROOT_ID, "mnt/dir/file");
    answer_found(0, &note, 3, 1, 9);
    assert_int_equal(n_done, 0);
    note = asked(1);
    assert_asks(&note, 1, 9, "dir/file");
    answer_found(1, &note, 8, 1, 12);
    assert_over(VIA_OK, 0);
    assert_int_equal(walk.fil.oid.port, number[1]);
    assert_int_equal(walk.fil.oid.id, 77);
    assert_int_equal(walk.dev.oid.id, 12);
    assert_ptr_equal(walk.dev.object, port[1]);
}

static void the_mode_is_asked_for_where_the_way_ends(void **state)
{
    (void)state;
    uint8_t octets[ANSWER_MAX], raw[PHOENIX_RAW_SIZE] = {0xed, 0x41};
    walk.asks_mode = true;
    walk.ask.priority = 2;
    struct fake_note note = begin("/x");
    answer_found(0, &note, 1, 1, 9);
    note = asked(0); /* that of the node, not of what it stands for */
    struct phoenix_request request;
    assert_int_equal(note.code, PHOENIX_GETATTR);
    assert_int_equal(
        phoenix_request_decode((const uint8_t *)note.body, note.body_size, note.code, &request),
        VIA_OK);
    assert_int_equal(request.oid.id, 77);
    assert_int_equal(request.priority, 2);
    const struct frame frame = {.kind = FRAME_REPLY,
                                .layout = VIA_LAYOUT_PHOENIX,
                                .body = octets,
                                .body_size = (uint32_t)phoenix_reply_encode(-7, 0, raw, 0, octets)};
    reply(0, &note, &frame, NULL);
    assert_over(VIA_OK, 0);
    assert_int_equal(walk.mode_outcome.err, -7);
    assert_int_equal(walk.mode, 040755);
}

static void a_failure_is_the_servers_own(void **state)
{
    (void)state;
    walk.asks_mode = true;
    struct fake_note note = begin("/x");
    answer_found(0, &note, -ENOENT, 0, 3);
    assert_over(VIA_OK, -ENOENT);
    assert_int_equal(walk.dev.oid.id, 3); /* it is written all the same */
    assert_int_equal(server[0]->n_notes, 0);
}

static void other_machines_answer_alike(void **state)
{
    (void)state;
    const uint32_t abis[] = {PHOENIX_ABI_IA32, PHOENIX_ABI_ARMV7M, PHOENIX_ABI_SPARCV8LEON};
    for (size_t i = 0; i < sizeof abis / sizeof *abis; i++) {
        const struct words words = {.err = 3,
                                    .abi = abis[i],
                                    .fil = {number[0], 77},
                                    .dev = {number[1], 9},
                                    .carried = port[1]};
        struct fake_note note = begin("/mnt/x");
        answer(0, &note, &words);
        note = asked(1);
        assert_asks(&note, 1, 9, "x");
        begin_anew();
        assert_string_equal(fake_kinds(server[1]), "X");
    }
}

/* ---- what servers should not answer ---- */

static void what_cannot_have_been_followed_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *path;
        int32_t used;
    } rows[] = {{"/abc", 4}, {"/abc", INT32_MAX}, {"/abc", 2},
                {"/abc", 0}, {"/abc/def", 5},     {"/abc/def", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fake_note note = begin(rows[i].path);
        answer_found(0, &note, rows[i].used, 0, 3);
        assert_over(VIA_OK, -EINVAL);
        begin_anew();
    }
}

static void a_chain_ends_in_the_end(void **state)
{
    (void)state;
    char path[2 * PHOENIX_HOPS_MAX + 8] = "";
    for (size_t i = 0; i + 2 < sizeof path; i += 2)
        memcpy(path + i, "/a", 3);
    struct fake_note note = begin(path);
    unsigned n = 1;
    for (; !walk.is_over && n < 2 * PHOENIX_HOPS_MAX; n++) {
        answer_found(0, &note, 1, 0, 3);
        if (!walk.is_over)
            note = asked(0);
    }
    assert_int_equal(n - 1, PHOENIX_HOPS_MAX);
    assert_over(VIA_OK, -ELOOP);
}

static void octets_that_are_no_answer_end_it(void **state)
{
    (void)state;
    static const uint8_t zeros[PHOENIX_REPLY_SIZE + 1];
    const uint32_t sizes[] = {0, 1, PHOENIX_REPLY_SIZE - 1, PHOENIX_REPLY_SIZE + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_note note = begin("/abc");
        const struct frame frame = {.kind = FRAME_REPLY,
                                    .layout = VIA_LAYOUT_PHOENIX,
                                    .body = zeros,
                                    .body_size = sizes[i]};
        reply(0, &note, &frame, NULL);
        assert_over(VIA_OK, -EIO);
        begin_anew();
    }
}

static void ports_that_nobody_has_lead_nowhere(void **state)
{
    (void)state;
    const uint32_t ports[] = {2, 0x3fffffff, NUMBERS_FIRST, NUMBERS_LAST, UINT32_MAX};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        struct fake_note note = begin("/mnt/x");
        answer_found(0, &note, 3, ports[i] == number[0] ? 2 : ports[i], 3);
        assert_over(VIA_NOT_FOUND, 0);
        assert_null(walk.dev.object);
        begin_anew();
    }
}

/* ---- rights ---- */

static void a_port_is_no_right(void **state)
{
    (void)state;
    struct words words = {.err = 3, .fil = {number[0], 77}, .dev = {number[1], 9}};
    principal_set_remote(&client->session.principal, "far", "192.0.2.1:1");
    struct fake_note note = begin("/mnt/x");
    answer(0, &note, &words);
    assert_over(VIA_NOT_FOUND, 0);
    assert_int_equal(server[1]->n_notes, 0);
    begin_anew();

    /* A reference to another one does not help. */
    note = begin("/mnt/x");
    words.carried = port[0];
    answer(0, &note, &words);
    assert_over(VIA_NOT_FOUND, 0);
    begin_anew();

    /* Who may call it gave a reference: that is a right. */
    note = begin("/mnt/x");
    words.carried = port[1];
    answer(0, &note, &words);
    note = asked(1);
    answer_found(1, &note, 1, 1, 4);
    assert_over(VIA_OK, 0);
}

static void a_mode_forbids_it(void **state)
{
    (void)state;
    client->session.principal.uid = client->session.principal.gid = 2000;
    port[1]->number_mode = 0600;
    struct fake_note note = begin("/mnt/x");
    answer_found(0, &note, 3, 1, 9);
    assert_over(VIA_DENIED, 0);
    assert_int_equal(server[1]->n_notes, 0);
}

/* ---- ends ---- */

static void a_dead_server_ends_it(void **state)
{
    (void)state;
    struct fake_note note = begin("/mnt/x");
    answer_found(0, &note, 3, 1, 9);
    note = asked(1);
    answer_status(1, &note, VIA_DEAD);
    assert_over(VIA_DEAD, 0);
    assert_int_equal(walk.outcome.cause, VIA_CRASHED);
    assert_int_equal(walk.dev.oid.id, 9);
}

static void one_that_died_before_is_not_asked(void **state)
{
    (void)state;
    struct fake_note note = begin("/mnt/x");
    struct words words = {
        .err = 3, .fil = {number[0], 77}, .dev = {number[1], 9}, .carried = port[1]};
    objects_died(port[1], VIA_EXITED);
    answer(0, &note, &words);
    assert_true(walk.outcome.status == VIA_DEAD || walk.outcome.status == VIA_NOT_FOUND);
    assert_over(walk.outcome.status, 0);
}

static void a_full_link_is_told(void **state)
{
    (void)state;
    server[0]->refuses = VIA_BUSY;
    assert_int_equal(phoenix_walk_begin(&walk, "/x"), VIA_OK);
    assert_true(walk.is_over);
    assert_int_equal(walk.outcome.status, VIA_BUSY);
    assert_int_equal(gateway.asks.n, 0);
}

static void the_end_of_the_session_ends_its_walks(void **state)
{
    (void)state;
    struct fake_note note = begin("/x");
    fake_session_end(client, VIA_CRASHED, NULL, 0);
    client = NULL;
    assert_int_equal(n_ended, 1);
    assert_string_equal(fake_kinds(server[0]), "X"); /* and the server is told */
    answer_found(0, &note, 1, 0, 3);
    assert_int_equal(n_done, 0);
}

static void what_comes_late_finds_nobody(void **state)
{
    (void)state;
    struct fake_note note = begin("/x");
    phoenix_walk_deinit(&walk);
    assert_string_equal(fake_kinds(server[0]), "X");
    answer_found(0, &note, 1, 0, 3);
    assert_int_equal(n_done, 0);
    struct fake_note second = begin("/x"); /* in the same place of the table, perhaps */
    answer_found(0, &note, 1, 0, 3);
    assert_int_equal(n_done, 0);
    answer_found(0, &second, 1, 0, 3);
    assert_int_equal(n_done, 1);
}

static void a_cancelled_one_waits_for_the_answer(void **state)
{
    (void)state;
    struct fake_note note = begin("/x");
    phoenix_walk_cancel(&walk);
    assert_string_equal(fake_kinds(server[0]), "X");
    assert_int_equal(n_done, 0);
    answer_status(0, &note, VIA_CANCELLED);
    assert_over(VIA_CANCELLED, 0);
}

static void a_walk_that_is_late_is_told(void **state)
{
    (void)state;
    walk.ask.until_ms = 1; /* long ago */
    assert_int_equal(phoenix_walk_begin(&walk, "/x"), VIA_OK);
    assert_true(walk.is_over);
    assert_int_equal(walk.outcome.status, VIA_TIMEOUT);
    assert_int_equal(server[0]->n_notes, 0);
}

static void another_process_is_told_of(void **state)
{
    (void)state;
    (void)begin("/x");
    asks_move(&gateway.asks);
    assert_int_equal(n_moves, 1);
}

static void a_session_has_no_more_than_allowed(void **state)
{
    (void)state;
    static struct phoenix_walk walks[ASKS_OF_SESSION + 1];
    for (size_t i = 0; i <= ASKS_OF_SESSION; i++) {
        phoenix_walk_init(&walks[i], &client->session);
        walks[i].done = walk_done;
        assert_int_equal(phoenix_walk_begin(&walks[i], "/x"), VIA_OK);
        server[0]->n_notes = 0;
    }
    assert_true(walks[ASKS_OF_SESSION].is_over);
    assert_int_equal(walks[ASKS_OF_SESSION].outcome.status, VIA_BUSY);
    assert_int_equal(gateway.asks.n, ASKS_OF_SESSION);
    for (size_t i = 0; i <= ASKS_OF_SESSION; i++) {
        phoenix_walk_deinit(&walks[i]);
        server[0]->n_notes = 0;
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, init, deinit)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_is_known_without_a_question),
        TEST(what_no_name_leads_to_is_not_walked),
        TEST(the_way_leads_from_server_to_server),
        TEST(the_mode_is_asked_for_where_the_way_ends),
        TEST(a_failure_is_the_servers_own),
        TEST(other_machines_answer_alike),
        TEST(what_cannot_have_been_followed_is_refused),
        TEST(a_chain_ends_in_the_end),
        TEST(octets_that_are_no_answer_end_it),
        TEST(ports_that_nobody_has_lead_nowhere),
        TEST(a_port_is_no_right),
        TEST(a_mode_forbids_it),
        TEST(a_dead_server_ends_it),
        TEST(one_that_died_before_is_not_asked),
        TEST(a_full_link_is_told),
        TEST(the_end_of_the_session_ends_its_walks),
        TEST(what_comes_late_finds_nobody),
        TEST(a_cancelled_one_waits_for_the_answer),
        TEST(a_walk_that_is_late_is_told),
        TEST(another_process_is_told_of),
        TEST(a_session_has_no_more_than_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
