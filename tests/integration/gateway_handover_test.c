/*
 * The state of a gateway on its way from process to process, seen from the other end of the
 * conversation: what is loaded and saved again is the same, octet by octet, and what is no state is
 * refused without harm.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codecs/control.h"
#include "gateway/handover/channel.h"
#include "gateway/handover/snapshot.h"
#include "tests/integration/gateway_thread.h"
#include "tests/integration/raw_client.h"

#define WAIT_MS 10000u
#define FLIPS 3000u
#define LARGE 300000u /* octets, more than is under way at once */

static struct gateway_thread gateway;
static int stub_a, stub_b, stub_c, sink;

/* What the gateway offers, and the channel on which it waits. */
struct offer {
    int channel;
    uint8_t *octets;
    size_t size;
    int *fds;
    size_t n_fds;
};

static void take(struct offer *offer)
{
    char path[128], words[256];
    (void)snprintf(path, sizeof path, "%s.handover", gateway.socket);
    assert_int_equal(channel_connect(path, &offer->channel), VIA_OK);
    assert_int_equal(channel_open(offer->channel, WAIT_MS), VIA_OK);
    assert_int_equal(channel_ask(offer->channel, SNAPSHOT_VERSION), VIA_OK);
    assert_int_equal(channel_take(offer->channel, &offer->octets, &offer->size, &offer->fds,
                                  &offer->n_fds, words, sizeof words),
                     VIA_OK);
}

static void drop(struct offer *offer)
{
    for (size_t i = 0; i < offer->n_fds; i++)
        (void)close(offer->fds[i]);
    free(offer->fds);
    free(offer->octets);
    (void)close(offer->channel);
}

/* A gateway without sockets, into which a state may be loaded. */
static void begin(struct gateway *empty)
{
    memset(empty, 0, sizeof *empty);
    gateway_prepare(empty);
    assert_int_equal(config_init(&empty->config), VIA_OK);
    assert_int_equal(audit_open(&empty->audit, "/dev/null"), VIA_OK);
    assert_int_equal(gateway_init(empty), VIA_OK);
}

/* Loads @octets beside copies of the offer's descriptors. */
static enum via_status load(struct gateway *empty, struct snapshot *snapshot,
                            const struct offer *offer, const uint8_t *octets, size_t size)
{
    struct state state;
    int *fds = malloc((offer->n_fds + 1) * sizeof *fds);
    assert_non_null(fds);
    for (size_t i = 0; i < offer->n_fds; i++)
        fds[i] = fcntl(offer->fds[i], F_DUPFD_CLOEXEC, 0);
    state_load(&state, octets, size, fds, offer->n_fds);
    enum via_status status = snapshot_load(snapshot, empty, &state);
    state_deinit(&state);
    return status;
}

static void try(const struct offer *offer, const uint8_t *octets, size_t size,
                enum via_status *statusp)
{
    static struct gateway empty;
    struct snapshot snapshot;
    begin(&empty);
    *statusp = load(&empty, &snapshot, offer, octets, size);
    snapshot_deinit(&snapshot);
    gateway_deinit(&empty);
}

/* ---- a gateway with something of everything ---- */

struct scene {
    struct raw_client *service, *client;
    uint32_t handle, call;
    char *large;
};

static void subscribe(struct scene *scene)
{
    struct frame_ref refs[2];
    struct via_parcel *request = NULL;
    struct our_handle ours;
    bool is_new;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    raw_put_slot(request, &refs[0]);
    refs[0].handle = scene->handle;
    refs[0].flags = FRAME_REF_YOURS;
    raw_put_slot(request, &refs[1]);
    assert_int_equal(peer_export(scene->client->peer, &sink, &ours, &is_new), VIA_OK);
    refs[1].handle = ours.number;
    refs[1].flags = 0;
    assert_int_equal(via_parcel_write_u8(request, 1), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, 0), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, 0), VIA_OK);
    struct raw_record *reply =
        raw_directory_wait(scene->client, DIRECTORY_SUBSCRIBE, request, refs, 2);
    assert_int_equal(reply->frame.code, VIA_OK);
    raw_record_free(reply);
    via_parcel_unref(request);
}

static void find_and_wait(struct scene *scene)
{
    struct via_parcel *request = NULL;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "core"), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "not there yet"), VIA_OK);
    assert_int_equal(via_parcel_write_bool(request, true), VIA_OK);
    (void)raw_directory(scene->client, DIRECTORY_FIND, request, 60000, NULL, 0);
    via_parcel_unref(request);
}

static void watch_names(struct scene *scene)
{
    struct frame_ref ref;
    struct via_parcel *request = NULL;
    struct our_handle ours;
    bool is_new;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "core"), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "*"), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, ""), VIA_OK);
    raw_put_slot(request, &ref);
    assert_int_equal(peer_export(scene->client->peer, &sink, &ours, &is_new), VIA_OK);
    ref.handle = ours.number;
    ref.flags = 0;
    struct raw_record *reply =
        raw_directory_wait(scene->client, DIRECTORY_WATCH_NAMES, request, &ref, 1);
    assert_int_equal(reply->frame.code, VIA_OK);
    raw_record_free(reply);
    via_parcel_unref(request);
}

static void emit(struct scene *scene, uint32_t code, const char *body)
{
    struct our_handle ours;
    assert_true(peer_is_exported(scene->service->peer, &stub_a, &ours));
    const struct frame event = {.object = ours.number,
                                .code = code,
                                .body = (const uint8_t *)body,
                                .body_size = (uint32_t)strlen(body)};
    assert_int_equal(peer_event(scene->service->peer, &event, NULL), VIA_OK);
    raw_client_flush(scene->service);
}

/* Some in use, one of something that is dead and held, some left; and names for some. */
static void take_numbers(struct scene *scene)
{
    struct raw_block block, other;
    uint32_t handle;
    assert_int_equal(raw_numbers(scene->service, 5, &block), VIA_OK);
    assert_int_equal(raw_numbers(scene->client, 2, &other), VIA_OK);
    assert_int_equal(raw_claim(scene->service, block.first, &stub_a, NULL), VIA_OK);
    assert_int_equal(raw_claim(scene->service, block.first + 3, &stub_c, NULL), VIA_OK);
    assert_int_equal(raw_find_number(scene->client, block.first + 3, &handle), VIA_OK);
    peer_death(scene->service->peer, &stub_c, VIA_WITHDRAWN);
    raw_client_flush(scene->service);
    raw_record_free(raw_client_wait(scene->client, RAW_DEATH));
    assert_int_equal(raw_publish_number(scene->service, "/a", DIRECTORY_NUMBERED, block.first),
                     VIA_OK);
    assert_int_equal(raw_publish_number(scene->client, "/5", DIRECTORY_NUMBERED, 5), VIA_OK);
    assert_int_equal(raw_publish_number(scene->client, "/0", DIRECTORY_NUMBERED, 0), VIA_OK);
}

static int open_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    gateway_thread_start(&gateway, NULL);
    scene->service = raw_client_open(gateway.socket);
    scene->client = raw_client_open(gateway.socket);
    assert_int_equal(raw_publish(scene->service, "core", "service", &stub_a, 0, 0), VIA_OK);
    assert_int_equal(raw_publish(scene->service, "core", "other", &stub_b, 0, 0), VIA_OK);
    assert_int_equal(raw_find(scene->client, "core", "service", &scene->handle), VIA_OK);
    emit(scene, 1, "first");
    emit(scene, 2, "second");
    subscribe(scene);
    watch_names(scene);
    take_numbers(scene);
    find_and_wait(scene);
    scene->call = raw_call(scene->client, scene->handle, 7, "question");
    raw_client_flush(scene->client);
    raw_record_free(raw_client_wait(scene->service, RAW_CALL));
    /* One that nobody reads yet: its pieces wait in the gateway. */
    scene->large = calloc(1, LARGE + 1);
    assert_non_null(scene->large);
    memset(scene->large, 'x', LARGE);
    (void)raw_call(scene->client, scene->handle, 8, scene->large);
    raw_client_flush(scene->client);
    assert_null(raw_client_look(scene->client, RAW_REPLY));
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;
    raw_client_close(scene->client);
    raw_client_close(scene->service);
    gateway_thread_stop(&gateway);
    free(scene->large);
    free(scene);
    return 0;
}

/* Into the corpus of the fuzz target: see tests/fuzz/gateway/snapshot_fuzz.c. */
static void keep(const struct offer *offer, const char *path)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputc((int)offer->n_fds, file);
    for (size_t i = 0; i < offer->n_fds; i++) {
        struct stat what;
        assert_int_equal(fstat(offer->fds[i], &what), 0);
        (void)fputc(S_ISSOCK(what.st_mode) ? 0 : 3, file);
    }
    (void)fwrite(offer->octets, 1, offer->size, file);
    assert_int_equal(fclose(file), 0);
}

/* ---- */

static void what_was_loaded_is_saved_as_the_same(void **state)
{
    (void)state;
    static struct gateway empty;
    struct offer offer;
    struct snapshot snapshot;
    struct state again;
    take(&offer);
    begin(&empty);
    assert_int_equal(load(&empty, &snapshot, &offer, offer.octets, offer.size), VIA_OK);
    assert_int_equal(empty.sessions.n, 2);
    assert_int_equal(empty.directory.n, 5);
    assert_int_equal(empty.numbers.n, 8); /* 5, 2, and the one that a name alone stands for */
    assert_int_equal(empty.waiters.n, 1);
    assert_int_equal(empty.events.n, 1);
    assert_int_equal(empty.name_watches.n, 1);
    state_save(&again);
    assert_int_equal(snapshot_save(&empty, &again), VIA_OK);
    assert_int_equal(again.n_fds, offer.n_fds);
    assert_int_equal(again.out.size, offer.size);
    assert_memory_equal(again.out.data, offer.octets, offer.size);
    state_deinit(&again);
    snapshot_deinit(&snapshot);
    gateway_deinit(&empty);
    const char *corpus = getenv("VIADUCT_TEST_SNAPSHOT");
    if (corpus != NULL)
        keep(&offer, corpus);
    drop(&offer);
}

static void one_that_asked_and_went_has_changed_nothing(void **state)
{
    struct scene *scene = *state;
    struct offer offer;
    for (unsigned i = 0; i < 3; i++) {
        take(&offer);
        drop(&offer);
        emit(scene, 3, "third");
        struct raw_record *event = raw_client_wait(scene->client, RAW_EVENT);
        raw_record_free(event);
        assert_int_equal(raw_find(scene->client, "core", "other", &(uint32_t){0}), VIA_OK);
    }
    assert_null(raw_client_look(scene->client, RAW_DEATH));
}

static void a_state_that_is_cut_is_refused(void **state)
{
    (void)state;
    struct offer offer;
    enum via_status status;
    take(&offer);
    for (size_t cut = 0; cut < offer.size; cut += cut < 256 || offer.size - cut < 4096 ? 1 : 511) {
        try(&offer, offer.octets, cut, &status);
        assert_int_not_equal(status, VIA_OK);
    }
    drop(&offer);
}

static void a_state_that_lies_does_no_harm(void **state)
{
    (void)state;
    struct offer offer;
    enum via_status status;
    uint64_t random = 1;
    take(&offer);
    uint8_t *octets = malloc(offer.size);
    assert_non_null(octets);
    for (unsigned i = 0; i < FLIPS; i++) {
        memcpy(octets, offer.octets, offer.size);
        for (unsigned n = 0; n <= i % 3; n++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            /* Large bodies are not looked at: the beginning and the end have the tables. */
            size_t at = (size_t)(random >> 33) % 8192;
            at = (random >> 32 & 1) != 0 ? at : offer.size - 1 - at;
            octets[at % offer.size] ^= (uint8_t)(1u << (random >> 40 & 7));
        }
        try(&offer, octets, offer.size, &status);
    }
    free(octets);
    drop(&offer);
}

static void another_version_is_refused_in_words(void **state)
{
    (void)state;
    char path[128], words[256] = "";
    uint8_t *octets;
    int *fds, channel;
    size_t size, n_fds;
    (void)snprintf(path, sizeof path, "%s.handover", gateway.socket);
    assert_int_equal(channel_connect(path, &channel), VIA_OK);
    assert_int_equal(channel_open(channel, WAIT_MS), VIA_OK);
    assert_int_equal(channel_ask(channel, SNAPSHOT_VERSION + 1), VIA_OK);
    assert_int_equal(channel_take(channel, &octets, &size, &fds, &n_fds, words, sizeof words),
                     VIA_UNSUPPORTED);
    assert_non_null(strstr(words, "version"));
    (void)close(channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_loaded_is_saved_as_the_same),
        cmocka_unit_test(one_that_asked_and_went_has_changed_nothing),
        cmocka_unit_test(a_state_that_is_cut_is_refused),
        cmocka_unit_test(a_state_that_lies_does_no_harm),
        cmocka_unit_test(another_version_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
