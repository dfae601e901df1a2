/*
 * Values into octets and back when memory runs out, at each request in turn: the one thing fails,
 * nothing is left, no object's count is off, no descriptor stays open.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/event_filter.h"
#include "codecs/json_parcel.h"
#include "codecs/json_payload.h"
#include "codecs/json_tree.h"
#include "codecs/jsonrpc_answer.h"
#include "codecs/parcel.h"
#include "codecs/phoenix_json.h"
#include "codecs/portfolio_json.h"
#include "tests/unit/bridge/scarce_memory.h"
#include "tests/unit/codecs/phoenix_json_request.h"

enum { N_OBJECTS = 12, N_FDS = 3 };

static int counts; /* of all objects */

static void ref_object(struct object *object)
{
    (void)object;
    counts++;
}

static void unref_object(struct object *object)
{
    (void)object;
    counts--;
}

static const struct object_ops object_ops = {ref_object, unref_object};
static struct object objects[N_OBJECTS];

static struct via_proxy *proxy_of(unsigned index)
{
    return (struct via_proxy *)&objects[index];
}

/* Where the next step is only made when those before it were. */
#define STEP(status, step)                                                                         \
    do {                                                                                           \
        if ((status) == VIA_OK)                                                                    \
            (status) = (step);                                                                     \
    } while (0)

/* A parcel of everything; NULL on an error. */
static enum via_status fill(struct via_parcel **parcelp)
{
    static const uint8_t octets[9000];
    static const uint16_t units[] = {'w', 'i', 'd', 'e'};
    struct via_parcel *parcel = NULL;
    enum via_status status = via_parcel_create(&parcel);
    STEP(status, via_parcel_write_u32(parcel, 7));
    STEP(status, via_parcel_write_str(parcel, "a string with \"quotes\" and \\ in it"));
    STEP(status, via_parcel_write_str16(parcel, units, 4));
    STEP(status, via_parcel_write_bytes(parcel, octets, 40));
    for (unsigned i = 0; i < N_OBJECTS; i++)
        STEP(status, via_parcel_write_ref(parcel, proxy_of(i)));
    for (int i = 0; i < N_FDS; i++)
        STEP(status, via_parcel_write_fd(parcel, STDIN_FILENO));
    for (unsigned i = 0; i < 300; i++) /* a tape that grows: no two of one type stand together */
        STEP(status, i % 2 == 0 ? via_parcel_write_i16(parcel, (int16_t)i)
                                : via_parcel_write_f64(parcel, i));
    STEP(status, via_parcel_write_bytes(parcel, octets, sizeof octets));
    if (status != VIA_OK)
        parcel = via_parcel_unref(parcel);
    *parcelp = parcel;
    return status;
}

/* ---- parcels ---- */

static enum via_status put(void *user, struct object *object, struct frame_ref *refp)
{
    (void)user;
    *refp = (struct frame_ref){.handle = (uint32_t)(object - objects) + 1};
    return VIA_OK;
}

static enum via_status get(void *user, const struct frame_ref *ref, struct object **objectp)
{
    (void)user;
    *objectp = &objects[ref->handle - 1];
    ref_object(*objectp);
    return VIA_OK;
}

static void take_back(void *user, const struct frame_ref *ref)
{
    (void)user;
    (void)ref;
}

static enum via_status cross(void)
{
    const struct parcel_crossing crossing = {.put = put, .get = get, .take_back = take_back};
    uint8_t refs[N_OBJECTS * FRAME_REF_SIZE], entries[N_FDS * FRAME_FD_SIZE];
    struct via_parcel *parcel = NULL, *copy = NULL;
    struct frame frame = {.kind = FRAME_CALL};
    int fds[N_FDS] = {-1, -1, -1};
    enum via_status status = fill(&parcel);
    STEP(status, parcel_to_frame(parcel, &frame, refs, entries, &crossing));
    for (int i = 0; i < N_FDS && status == VIA_OK; i++) {
        fds[i] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
        assert_true(fds[i] >= 0);
    }
    bool offered = status == VIA_OK;
    STEP(status, parcel_from_frame(&copy, &frame, fds, &crossing));
    for (int i = 0; i < N_FDS && offered && status != VIA_OK; i++)
        assert_int_equal(close(fds[i]), 0); /* still ours */
    if (status == VIA_OK)
        assert_int_equal(via_parcel_size(copy), via_parcel_size(parcel));
    via_parcel_unref(parcel);
    via_parcel_unref(copy);
    parcel_pool_drain();
    return status;
}

/* ---- JSON ---- */

static enum via_status show(void *user, uint32_t index, uint32_t *numberp)
{
    (void)user;
    *numberp = index;
    return VIA_OK;
}

static enum via_status find_ref(void *user, uint32_t number, struct via_proxy **proxyp)
{
    (void)user;
    *proxyp = proxy_of(number);
    return VIA_OK;
}

static enum via_status find_fd(void *user, uint32_t number, int *fdp)
{
    (void)user;
    (void)number;
    *fdp = STDIN_FILENO;
    return VIA_OK;
}

static enum via_status to_json_and_back(void)
{
    const struct json_numbers numbers = {.ref = show, .fd = show};
    const struct json_objects found = {.ref = find_ref, .fd = find_fd};
    struct via_parcel *parcel = NULL, *copy = NULL;
    struct buffer text, scratch;
    struct payload payload;
    struct json_parcel_fault fault;
    buffer_init(&text, SIZE_MAX);
    buffer_init(&scratch, SIZE_MAX);
    enum via_status status = fill(&parcel);
    if (status == VIA_OK)
        parcel_payload(parcel, &payload);
    STEP(status, json_payload_write(&text, &payload, &numbers));
    STEP(status, via_parcel_create(&copy));
    STEP(status,
         json_parcel_read((const char *)text.data, text.size, copy, &found, &scratch, &fault));
    if (status == VIA_OK)
        assert_int_equal(via_parcel_size(copy), via_parcel_size(parcel));
    via_parcel_unref(parcel);
    via_parcel_unref(copy);
    buffer_deinit(&text);
    buffer_deinit(&scratch);
    parcel_pool_drain();
    return status;
}

static enum via_status answers(void)
{
    static const struct json_span id = {.text = "17", .size = 2};
    struct via_parcel *parcel = NULL;
    struct payload payload;
    struct buffer out;
    struct jsonrpc_fault fault;
    buffer_init(&out, SIZE_MAX);
    enum via_status status = fill(&parcel);
    if (status == VIA_OK)
        parcel_payload(parcel, &payload);
    const struct json_numbers numbers = {.ref = show, .fd = show};
    const struct jsonrpc_source source = {.service = {.text = "core:x", .size = 6}};
    const struct jsonrpc_event event = {.source = source, .number = 5, .payload = &payload};
    STEP(status, jsonrpc_write_reply(&out, &id, 3, &payload, &numbers));
    STEP(status, jsonrpc_write_event(&out, &event, &numbers));
    jsonrpc_fault_set(&fault, VIA_DEAD, VIA_CRASHED, "it is gone");
    jsonrpc_write_fault(&out, &id, &fault);
    jsonrpc_write_death(&out, &source, VIA_CRASHED);
    STEP(status, out.status);
    via_parcel_unref(parcel);
    buffer_deinit(&out);
    parcel_pool_drain();
    return status;
}

static enum via_status tree(void)
{
    static const char text[] = "{\"listen\": [\"127.0.0.1:0\", \"[::]:1\"], \"limits\": "
                               "{\"grace_ms\": 5, \"x\": [1, 2.5, null, true]}, \"a\\n\": \"b\"}";
    struct json_tree_fault fault;
    cJSON *root = NULL;
    enum via_status status = json_tree_parse(text, sizeof text - 1, &root, &fault);
    cJSON_Delete(root);
    return status;
}

static enum via_status filter(void)
{
    static const char text[] = "{\"ids\":[3,1,2],\"every\":100,\"age\":5000,\"change\":0.5,"
                               "\"range\":[0,10],\"value\":0}";
    struct event_filter wish = {0}, read = {0};
    char words[EVENT_FILTER_WORDS_MAX];
    struct via_parcel *parcel = NULL;
    enum via_status status = event_filter_read_json(&wish, text, sizeof text - 1, words);
    STEP(status, via_parcel_create(&parcel));
    STEP(status, event_filter_write(&wish, parcel));
    STEP(status, via_parcel_seek(parcel, 0));
    STEP(status, event_filter_read(&read, parcel));
    if (status == VIA_OK)
        assert_int_equal(read.n_ids, 3);
    via_parcel_unref(parcel);
    parcel_pool_drain();
    return status;
}

/* A message of Phoenix from its JSON, that again, and the JSON of an answer. */
static enum via_status phoenix(void)
{
    static const char text[] = "{\"oid\":{\"port\":1,\"id\":2},\"otype\":\"otSymlink\","
                               "\"name\":\"n\\u0061me\",\"target\":\"target\",\"size\":64,"
                               "\"oraw\":\"AQ==\"}";
    static const uint8_t raw[PHOENIX_RAW_SIZE] = {1};
    const struct phoenix_json_target target = {.type = PHOENIX_CREATE};
    const struct phoenix_reply reply = {.out_raw = raw, .out_data = raw, .n = 1};
    struct phoenix_question question = {.type = -1};
    struct phoenix_request request;
    struct via_parcel *parcel = NULL;
    struct buffer out, scratch;
    struct json_parcel_fault fault;
    buffer_init(&out, SIZE_MAX);
    buffer_init(&scratch, SIZE_MAX);
    enum via_status status = via_parcel_create(&parcel);
    STEP(status,
         phoenix_json_read(text, sizeof text - 1, &target, parcel, &question, &scratch, &fault));
    STEP(status, phoenix_request_decode(via_parcel_data(parcel), via_parcel_size(parcel),
                                        PHOENIX_CREATE, &request));
    STEP(status, phoenix_json_write_request(&out, &request));
    STEP(status, phoenix_json_write_reply(&out, &reply, &question, &scratch));
    if (status == VIA_OK)
        assert_int_equal(request.in_size, sizeof "name\0target");
    via_parcel_unref(parcel);
    buffer_deinit(&out);
    buffer_deinit(&scratch);
    parcel_pool_drain();
    return status;
}

/* Messages of Portfolio from their JSON, and that again. */
static enum via_status portfolio(void)
{
    static const struct {
        uint32_t code;
        const char *text;
    } messages[] = {
        {5, "{\"name\":\"p\\u0061ge\",\"frames\":[{\"event\":\"FilesystemMounted\",\"data\":"
            "{\"name\":\"c\\u0064\"}},{\"event\":200,\"data\":{\"words\":[1,2]}}]}"},
        {9, "{\"eventName\":\"door\"}"},
        {25, "{\"pod\":1,\"octets\":[4,0,3]}"},
        {0, "{\"text\":\"t\\u0065xt\"}"},
        {256, "{\"type\":1,\"name\":\"desk\"}"},
        {257, "{\"pod\":1,\"states\":{\"Stick\":{\"words\":[1,2,3,4]},\"Mouse\":{}}}"},
        {260, "{\"pod\":1,\"id\":1,\"octets\":[1]}"},
    };
    struct portfolio_question question;
    struct json_parcel_fault fault;
    enum via_status status = VIA_OK;
    for (size_t i = 0; status == VIA_OK && i < sizeof messages / sizeof *messages; i++) {
        struct via_parcel *parcel = NULL;
        struct buffer out, scratch;
        buffer_init(&out, SIZE_MAX);
        buffer_init(&scratch, SIZE_MAX);
        status = via_parcel_create(&parcel);
        STEP(status,
             portfolio_json_read(messages[i].text, strlen(messages[i].text), messages[i].code, NULL,
                                 parcel, &question, &scratch, &fault));
        STEP(status, portfolio_json_write_message(&out, via_parcel_data(parcel),
                                                  via_parcel_size(parcel), messages[i].code, NULL));
        via_parcel_unref(parcel);
        buffer_deinit(&out);
        buffer_deinit(&scratch);
        parcel_pool_drain();
    }
    return status;
}

/* ---- each of them ---- */

static size_t n_fds(void)
{
    size_t n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void fail_each(enum via_status (*scenario)(void), size_t at_least)
{
    size_t fds = n_fds();
    size_t n_requests = memory_fail_each(scenario);
    assert_true(n_requests >= at_least);
    assert_int_equal(counts, 0);
    assert_int_equal(n_fds(), fds);
}

static void parcels_across_a_link(void **state)
{
    (void)state;
    fail_each(cross, 8);
}

static void parcels_to_json_and_back(void **state)
{
    (void)state;
    fail_each(to_json_and_back, 10);
}

static void answers_and_notifications(void **state)
{
    (void)state;
    fail_each(answers, 6);
}

static void trees(void **state)
{
    (void)state;
    fail_each(tree, 10);
}

static void filters(void **state)
{
    (void)state;
    fail_each(filter, 1);
}

static void messages_of_phoenix(void **state)
{
    (void)state;
    fail_each(phoenix, 3);
}

static void messages_of_portfolio(void **state)
{
    (void)state;
    fail_each(portfolio, 14);
}

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N_OBJECTS; i++)
        objects[i].ops = &object_ops;
    parcel_pool_drain();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parcels_across_a_link),
        cmocka_unit_test(parcels_to_json_and_back),
        cmocka_unit_test(answers_and_notifications),
        cmocka_unit_test(trees),
        cmocka_unit_test(filters),
        cmocka_unit_test(messages_of_phoenix),
        cmocka_unit_test(messages_of_portfolio),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
