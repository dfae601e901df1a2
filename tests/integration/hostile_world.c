/*
 * A gateway in a process of its own, and small things.
 */
#include "tests/integration/hostile_world.h"

#include <cmocka.h>
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "codecs/control.h"

#define SPARE_DESCRIPTORS 8u

/* ---- programs ---- */

void hostile_world_start(struct hostile_world *world)
{
    daemon_prepare(&world->daemon);
    daemon_start(&world->daemon);
    daemon_settings(&world->daemon, false, &world->near);
    daemon_settings(&world->daemon, true, &world->far);
}

void hostile_world_stop(struct hostile_world *world)
{
    daemon_stop(&world->daemon);
    daemon_clean(&world->daemon);
}

void hostile_start_program(struct process *process, const char *name, const char *role,
                           const struct settings *settings)
{
    char path[256], place[128];
    (void)snprintf(place, sizeof place, "../tests/integration/%s", name);
    const char *const argv[] = {process_program(path, place), role, NULL};
    process_start(process, argv, settings->list);
}

void hostile_expect(struct process *process, const char *expected)
{
    char line[64];
    process_line(process, line, sizeof line);
    assert_string_equal(line, expected);
}

void hostile_end_program(struct process *process)
{
    process_kill(process, SIGKILL);
    (void)process_wait(process);
}

unsigned hostile_n_descriptors(const struct process *process)
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

void hostile_await_descriptors(const struct process *process, unsigned before)
{
    while (hostile_n_descriptors(process) > before + SPARE_DESCRIPTORS)
        (void)sched_yield();
}

/* ---- what is none ---- */

uint32_t hostile_random(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

void hostile_fill(uint8_t *octets, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        octets[i] = (uint8_t)hostile_random();
}

uint16_t hostile_layout(uint16_t own)
{
    static const uint16_t others[] = {VIA_LAYOUT_RAW, VIA_LAYOUT_OPENHARMONY, VIA_LAYOUT_CONTROL,
                                      0x1234};
    return hostile_random() % 2 == 0 ? own : others[hostile_random() % 4];
}

/* Up to three descriptors in @entries, some of which are none, and all of them at one place each.
 */
static uint8_t add_descriptors(uint8_t *entries, int *fds, uint32_t body_size)
{
    uint8_t n = body_size >= 12 ? (uint8_t)(hostile_random() % 4) : 0;
    for (uint8_t i = 0; i < n; i++) {
        int ends[2];
        bool is_none = hostile_random() % 2 == 0;
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

void hostile_send_lie(struct raw_client *client, uint32_t handle, uint16_t layout, uint32_t code,
                      const uint8_t *body, uint32_t size)
{
    uint8_t tape[64], entries[3 * FRAME_FD_SIZE];
    int fds[3];
    uint32_t id = 0;
    uint32_t tape_size = hostile_random() % 2 * (hostile_random() % sizeof tape);
    hostile_fill(tape, tape_size);
    struct frame frame = {.layout = layout,
                          .object = handle,
                          .code = code,
                          .time = FRAME_NO_DEADLINE,
                          .body = body,
                          .body_size = size,
                          .tape = tape,
                          .tape_size = tape_size,
                          .fds = entries};
    frame.n_fds = add_descriptors(entries, fds, size);
    if (hostile_random() % 2 == 0) {
        if (peer_oneway(client->peer, &frame, NULL, fds, &id) != VIA_OK)
            close_all(fds, frame.n_fds);
        raw_client_flush(client);
        return;
    }
    if (peer_call(client->peer, &frame, NULL, fds, 0, &id) != VIA_OK) {
        close_all(fds, frame.n_fds);
        return;
    }
    struct raw_record *reply = raw_client_wait_reply(client, id);
    close_all(reply->fds, reply->frame.n_fds);
    raw_record_free(reply);
}

/* ---- opening ---- */

uint32_t hostile_send_open(struct raw_client *client, uint32_t service, const uint8_t *body,
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

uint32_t hostile_find(struct raw_client *client, const char *family, const char *name)
{
    uint32_t handle = 0;
    assert_int_equal(raw_find(client, family, name, &handle), VIA_OK);
    return handle;
}

uint32_t hostile_open(struct raw_client *client, const char *family, const char *name)
{
    static const uint8_t no_back[4];
    struct frame_ref ref;
    uint32_t id =
        hostile_send_open(client, hostile_find(client, family, name), no_back, sizeof no_back);
    struct raw_record *reply = raw_client_wait_reply(client, id);
    assert_int_equal(reply->frame.code, VIA_OK);
    assert_int_equal(reply->frame.n_refs, 1);
    frame_ref_get(reply->frame.refs, 0, &ref);
    raw_record_free(reply);
    return ref.handle;
}
