/*
 * Numbers by frames made by hand: what a client may ask for that means harm, or is clumsy, and what
 * it is told.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/control.h"
#include "codecs/parcel.h"
#include "gateway/numbers.h"
#include "tests/integration/gateway_thread.h"
#include "tests/integration/raw_client.h"

#define MAX 40u

static struct gateway_thread gateway;
static char stubs[MAX + 2]; /* objects of the clients: their addresses are their names */

static int start(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, "\"limits\": {\"max_numbers\": 40, \"max_number_block\": 16}");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    gateway_thread_stop(&gateway);
    return 0;
}

static enum via_status ask(struct raw_client *client, uint32_t verb,
                           const struct via_parcel *request, const struct frame_ref *ref)
{
    struct raw_record *reply = raw_directory_wait(client, verb, request, ref, ref == NULL ? 0 : 1);
    enum via_status status = (enum via_status)reply->frame.code;
    raw_record_free(reply);
    return status;
}

static void only_ones_own_numbers_can_be_claimed(void **state)
{
    (void)state;
    struct raw_client *owner = raw_client_open(gateway.socket);
    struct raw_client *thief = raw_client_open(gateway.socket);
    struct raw_block block, theirs;
    uint32_t handle;
    assert_int_equal(raw_numbers(owner, 4, &block), VIA_OK);
    assert_int_equal(raw_numbers(thief, 4, &theirs), VIA_OK);
    assert_int_equal(block.n, 4);
    assert_int_equal(raw_claim(thief, block.first, &stubs[1], NULL), VIA_DENIED);
    assert_int_equal(raw_claim(thief, block.first, &stubs[1], &theirs), VIA_DENIED);
    assert_int_equal(raw_claim(owner, block.first, &stubs[0], NULL), VIA_OK);
    assert_int_equal(raw_claim(owner, block.first, &stubs[0], NULL), VIA_OK);
    assert_int_equal(raw_claim(owner, block.first, &stubs[2], NULL), VIA_EXISTS);
    assert_int_equal(raw_claim(owner, block.first + 1, &stubs[0], NULL), VIA_EXISTS);
    assert_int_equal(raw_claim(thief, block.first, &stubs[1], &block), VIA_EXISTS);
    const uint32_t wrong[] = {0, 1, NUMBERS_FIRST - 1, NUMBERS_LAST + 1, 0x80000000u, UINT32_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(raw_claim(thief, wrong[i], &stubs[1], NULL), VIA_INVALID);

    /* For an object that is another's, it finds by its number and has as a reference. */
    assert_int_equal(raw_find_number(thief, block.first, &handle), VIA_OK);
    struct frame_ref ref = {.handle = handle, .flags = FRAME_REF_YOURS};
    struct via_parcel *request = raw_claim_request(theirs.first, 0, &ref, NULL);
    assert_int_equal(ask(thief, DIRECTORY_CLAIM, request, &ref), VIA_DENIED);
    via_parcel_unref(request);
    char *audit = gateway_thread_audit(&gateway);
    assert_non_null(strstr(audit, "it was given to another process"));
    assert_non_null(strstr(audit, "the object is another process's"));
    free(audit);
    raw_client_close(thief);
    raw_client_close(owner);
}

static void what_does_not_parse_is_refused(void **state)
{
    (void)state;
    struct raw_client *client = raw_client_open(gateway.socket);
    struct raw_block block;
    assert_int_equal(raw_numbers(client, 1, &block), VIA_OK);
    const uint32_t verbs[] = {DIRECTORY_NUMBERS,   DIRECTORY_CLAIM,       DIRECTORY_FIND_NUMBER,
                              DIRECTORY_NUMBER_OF, DIRECTORY_FIND_PREFIX, DIRECTORY_WALK};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        assert_int_not_equal(ask(client, verbs[i], NULL, NULL), VIA_OK);

    /* No object; a mode that is none; half a proof. */
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, block.first), VIA_OK);
    assert_int_equal(via_parcel_write_ref(request, NULL), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, 0), VIA_OK);
    assert_int_equal(ask(client, DIRECTORY_CLAIM, request, NULL), VIA_INVALID);
    via_parcel_unref(request);
    struct our_handle ours;
    bool new;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(peer_export(client->peer, &stubs[0], &ours, &new), VIA_OK);
        struct frame_ref ref = {.handle = ours.number};
        request = raw_claim_request(block.first, i == 0 ? 01000 : 0, &ref, NULL);
        if (i == 1)
            assert_int_equal(via_parcel_write_u32(request, block.first), VIA_OK);
        assert_int_not_equal(ask(client, DIRECTORY_CLAIM, request, &ref), VIA_OK);
        via_parcel_unref(request);
    }

    /* Names for numbers: only with their flag, and without an object. */
    assert_int_equal(raw_publish_number(client, "/x", 0, block.first), VIA_INVALID);
    assert_int_equal(
        raw_publish_number(client, "/x", DIRECTORY_NUMBERED | DIRECTORY_OPENS, block.first),
        VIA_INVALID);
    assert_int_equal(raw_publish_number(client, "/x", DIRECTORY_NUMBERED | 0x100, block.first),
                     VIA_INVALID);
    assert_int_equal(raw_publish(client, "core", "/x", &stubs[0], DIRECTORY_NUMBERED, 0),
                     VIA_INVALID);
    assert_int_equal(raw_publish_number(client, "/x", DIRECTORY_NUMBERED, block.first), VIA_OK);
    assert_int_equal(
        raw_publish_number(client, "/x", DIRECTORY_NUMBERED | DIRECTORY_NEW, block.first),
        VIA_EXISTS);
    raw_client_close(client);
}

static void a_claim_may_be_a_oneway_and_is_refused_as_one(void **state)
{
    (void)state;
    struct raw_client *client = raw_client_open(gateway.socket);
    struct raw_block block;
    struct our_handle ours;
    bool new;
    uint32_t number, handle;
    uint8_t place[FRAME_REF_SIZE];
    assert_int_equal(raw_numbers(client, 1, &block), VIA_OK);
    for (unsigned i = 0; i < 2; i++) {
        struct payload payload;
        assert_int_equal(peer_export(client->peer, &stubs[i], &ours, &new), VIA_OK);
        struct frame_ref ref = {.handle = ours.number};
        struct via_parcel *request = raw_claim_request(block.first, 0, &ref, NULL);
        parcel_payload(request, &payload);
        frame_ref_put(place, 0, &ref);
        const struct frame frame = {.layout = VIA_LAYOUT_CONTROL,
                                    .code = DIRECTORY_CLAIM,
                                    .time = FRAME_NO_DEADLINE,
                                    .refs = place,
                                    .n_refs = 1,
                                    .body = payload.octets,
                                    .body_size = (uint32_t)payload.size};
        assert_int_equal(peer_oneway(client->peer, &frame, NULL, NULL, &number), VIA_OK);
        via_parcel_unref(request);
    }
    assert_int_equal(raw_find_number(client, block.first, &handle), VIA_OK);
    struct raw_record *refused = raw_client_wait(client, RAW_REFUSED);
    assert_int_equal(refused->frame.id, number); /* the second alone */
    assert_int_equal(refused->frame.code, VIA_EXISTS);
    raw_record_free(refused);
    assert_null(raw_client_look(client, RAW_REFUSED));
    raw_client_close(client);
}

static void numbers_run_out_for_one_session_alone(void **state)
{
    (void)state;
    struct raw_client *greedy = raw_client_open(gateway.socket);
    struct raw_client *other = raw_client_open(gateway.socket);
    struct raw_block block, last = {.n = 0};
    uint32_t n = 0;
    while (raw_numbers(greedy, UINT32_MAX, &block) == VIA_OK) {
        assert_true(block.n <= 16);
        for (uint32_t i = 0; i < block.n; i++)
            assert_int_equal(raw_claim(greedy, block.first + i, &stubs[n + i], NULL), VIA_OK);
        n += block.n;
        last = block;
    }
    assert_int_equal(n, MAX);
    assert_int_equal(raw_numbers(greedy, 1, &block), VIA_BUSY);
    assert_int_equal(raw_numbers(other, 1, &block), VIA_OK);
    peer_death(greedy->peer, &stubs[0], VIA_WITHDRAWN);
    raw_client_flush(greedy);
    assert_int_equal(raw_numbers(greedy, 9, &block), VIA_OK);
    assert_int_equal(block.n, 1);
    raw_client_kill(greedy);
    /* What it had is free, and is given to nobody for long. */
    struct raw_client *late = raw_client_open(gateway.socket);
    assert_int_equal(raw_numbers(late, 0, &block), VIA_OK);
    assert_true(block.first + block.n <= last.first || block.first > last.first + last.n);
    raw_client_close(late);
    raw_client_close(other);
}

static void a_number_is_its_owners_again_in_another_session(void **state)
{
    (void)state;
    struct raw_client *owner = raw_client_open(gateway.socket);
    struct raw_client *holder = raw_client_open(gateway.socket);
    struct raw_block block;
    uint32_t handle, again;
    assert_int_equal(raw_numbers(owner, 2, &block), VIA_OK);
    assert_int_equal(raw_claim(owner, block.first, &stubs[0], NULL), VIA_OK);
    assert_int_equal(raw_find_number(holder, block.first, &handle), VIA_OK);
    raw_client_kill(owner);
    raw_record_free(raw_client_wait(holder, RAW_DEATH));
    assert_int_equal(raw_find_number(holder, block.first, &again), VIA_NOT_FOUND);
    struct raw_client *thief = raw_client_open(gateway.socket);
    assert_int_equal(raw_claim(thief, block.first, &stubs[1], NULL), VIA_DENIED);
    assert_int_equal(raw_claim(thief, block.first + 1, &stubs[1], NULL), VIA_DENIED);
    owner = raw_client_open(gateway.socket);
    assert_int_equal(raw_claim(owner, block.first, &stubs[0], &block), VIA_OK);
    assert_int_equal(raw_find_number(holder, block.first, &again), VIA_OK);
    assert_int_not_equal(again, handle);
    raw_client_close(thief);
    raw_client_close(holder);
    raw_client_close(owner);
}

static void a_long_path_of_many_parts_costs_no_more_than_a_name(void **state)
{
    (void)state;
    struct raw_client *client = raw_client_open(gateway.socket);
    static char path[60000];
    memset(path, '/', sizeof path - 1);
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "core"), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, path), VIA_OK);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(ask(client, DIRECTORY_FIND_PREFIX, request, NULL), VIA_NOT_FOUND);
    assert_int_equal(raw_publish_number(client, "/", DIRECTORY_NUMBERED, 1), VIA_OK);
    assert_int_equal(ask(client, DIRECTORY_FIND_PREFIX, request, NULL), VIA_OK);
    via_parcel_unref(request);
    raw_client_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_ones_own_numbers_can_be_claimed, start, stop),
        cmocka_unit_test_setup_teardown(what_does_not_parse_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_claim_may_be_a_oneway_and_is_refused_as_one, start, stop),
        cmocka_unit_test_setup_teardown(numbers_run_out_for_one_session_alone, start, stop),
        cmocka_unit_test_setup_teardown(a_number_is_its_owners_again_in_another_session, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_long_path_of_many_parts_costs_no_more_than_a_name, start,
                                        stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
