/*
 * A crowd. It speaks the protocol by the library's own peer, without its node: no threads, no
 * parcels on the way of a call, one write for all that one turn brought.
 */
#include "tests/bench/crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <viaduct/parcel.h>

#include "bridge/unix_link.h"
#include "bridge/wss_context.h"
#include "codecs/control.h"
#include "codecs/parcel.h"
#include "codecs/payload.h"
#include "tests/bench/lean_link.h"

#define OPENING_MAX 16u /* handshakes at once: fewer than the gateway takes */
#define OPEN_MS 300000u /* 10,000 handshakes, on a machine that is rather busy */
#define CONTEXT_FIND 1u
#define CONTEXT_CALL 2u
#define CONTEXT_SUBSCRIBE 3u

/* ---- what the peer tells ---- */

static void open_some(struct crowd *crowd);

/* Calls the directory; takes @request. */
static int ask(struct member *member, uint32_t verb, struct via_parcel *request,
               const uint8_t *refs, uint16_t n_refs, uint64_t context)
{
    struct payload payload;
    parcel_payload(request, &payload);
    const struct frame frame = {.layout = VIA_LAYOUT_CONTROL,
                                .code = verb,
                                .time = FRAME_NO_DEADLINE,
                                .refs = refs,
                                .n_refs = n_refs,
                                .body = payload.octets,
                                .body_size = (uint32_t)payload.size,
                                .tape = payload.tape,
                                .tape_size = (uint32_t)payload.tape_size};
    uint32_t id;
    int failed = peer_call(member->peer, &frame, NULL, NULL, context, &id) != VIA_OK;
    (void)via_parcel_unref(request);
    return failed;
}

static int find(struct member *member)
{
    struct via_parcel *request;
    if (via_parcel_create(&request) != VIA_OK)
        return 1;
    int failed = via_parcel_write_str(request, "core") != VIA_OK ||
                 via_parcel_write_str(request, member->crowd->name) != VIA_OK ||
                 via_parcel_write_bool(request, true) != VIA_OK;
    if (failed) {
        (void)via_parcel_unref(request);
        return 1;
    }
    return ask(member, DIRECTORY_FIND, request, NULL, 0, CONTEXT_FIND);
}

static int put_slot(struct via_parcel *parcel, uint8_t *refs, size_t i, uint32_t handle,
                    uint16_t flags)
{
    static const uint8_t slot[4];
    const struct frame_ref ref = {
        .offset = (uint32_t)via_parcel_size(parcel), .handle = handle, .flags = flags};
    frame_ref_put(refs, i, &ref);
    return via_parcel_append(parcel, slot, sizeof slot, VIA_TAG_REF, NULL) != VIA_OK;
}

static int subscribe(struct member *member)
{
    struct via_parcel *request;
    struct our_handle sink;
    bool new;
    uint8_t refs[2 * FRAME_REF_SIZE];
    if (peer_export(member->peer, member, &sink, &new) != VIA_OK ||
        via_parcel_create(&request) != VIA_OK)
        return 1;
    if (put_slot(request, refs, 0, member->service, FRAME_REF_YOURS) != 0 ||
        put_slot(request, refs, 1, sink.number, 0) != 0 ||
        via_parcel_write_u8(request, 0) != VIA_OK || via_parcel_write_u64(request, 0) != VIA_OK ||
        via_parcel_write_u64(request, 0) != VIA_OK) {
        (void)via_parcel_unref(request);
        return 1;
    }
    return ask(member, DIRECTORY_SUBSCRIBE, request, refs, 2, CONTEXT_SUBSCRIBE);
}

static void on_hello(void *user, const struct hello *hello)
{
    struct member *member = user;
    (void)hello;
    if (find(member) != 0)
        link_close(member->link);
}

static void become_ready(struct member *member)
{
    struct crowd *crowd = member->crowd;
    member->ready = true;
    crowd->n_ready++;
    crowd->n_opening--;
    open_some(crowd);
    crowd->ops->ready(member);
}

static void found(struct member *member, const struct frame *frame)
{
    struct frame_ref ref;
    if (frame->code != VIA_OK || frame->n_refs != 1) {
        link_close(member->link);
        return;
    }
    frame_ref_get(frame->refs, 0, &ref);
    member->service = ref.handle;
    if (member->crowd->ops->event == NULL)
        become_ready(member);
    else if (subscribe(member) != 0)
        link_close(member->link);
}

static void close_fds(const struct frame *frame, const int *fds)
{
    for (size_t i = 0; fds != NULL && i < frame->n_fds; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

static void on_call(void *user, void *object, const struct frame *frame, const struct meta *meta,
                    const int *fds)
{
    struct member *member = user;
    (void)object;
    (void)meta;
    close_fds(frame, fds);
    if (!(frame->flags & FRAME_ONEWAY))
        (void)peer_answer(member->peer, frame->id, VIA_UNSUPPORTED, 0);
}

static void on_reply(void *user, uint64_t context, const struct frame *frame, const int *fds)
{
    struct member *member = user;
    close_fds(frame, fds);
    if (context == CONTEXT_FIND)
        found(member, frame);
    else if (frame->code != VIA_OK)
        member->crowd->n_lost++;
    else if (context == CONTEXT_SUBSCRIBE)
        become_ready(member);
    else
        member->crowd->ops->reply(member, frame);
}

static void on_refused(void *user, const struct frame *frame)
{
    (void)user;
    (void)frame;
}

static void on_cancel(void *user, uint32_t id, uint64_t context)
{
    (void)user;
    (void)id;
    (void)context;
}

static void on_event(void *user, void *object, struct their_handle from, const struct frame *frame,
                     const int *fds)
{
    struct member *member = user;
    (void)object;
    (void)from;
    close_fds(frame, fds);
    if (member->crowd->ops->event != NULL)
        member->crowd->ops->event(member, frame);
}

static void on_death(void *user, struct their_handle handle, void *attached, enum via_cause cause)
{
    (void)user;
    (void)handle;
    (void)attached;
    (void)cause;
}

static void on_unexported(void *user, void *object, struct our_handle handle)
{
    (void)user;
    (void)object;
    (void)handle;
}

static void on_bye(void *user, uint32_t code)
{
    (void)user;
    (void)code;
}

static const struct peer_ops peer_ops = {.hello = on_hello,
                                         .call = on_call,
                                         .reply = on_reply,
                                         .refused = on_refused,
                                         .cancel = on_cancel,
                                         .event = on_event,
                                         .death = on_death,
                                         .unexported = on_unexported,
                                         .bye = on_bye};

/* ---- what the link tells ---- */

static void link_opened(void *user)
{
    struct member *member = user;
    struct hello hello = {.version = HELLO_VERSION};
    (void)snprintf(hello.name, sizeof hello.name, "crowd-%u", member->index);
    if (peer_hello(member->peer, &hello) != VIA_OK)
        link_close(member->link);
    link_flush(member->link);
}

static enum via_status link_received(void *user, const uint8_t *octets, size_t size, size_t *usedp)
{
    struct member *member = user;
    enum via_status status = peer_feed(member->peer, octets, size, usedp);
    link_flush(member->link);
    return status;
}

static void link_received_fds(void *user, const int *fds, size_t n_fds, bool lost)
{
    struct member *member = user;
    peer_feed_fds(member->peer, fds, n_fds, lost);
}

static void link_drained(void *user)
{
    (void)user;
}

static int open_one(struct crowd *crowd, struct member *member);

static void link_closed(void *user, enum via_status why, const char *detail)
{
    struct member *member = user;
    struct crowd *crowd = member->crowd;
    if (!member->ready && crowd->n_failed < crowd->n) {
        crowd->n_failed++; /* a busy machine has been too slow with it */
        peer_end(member->peer, VIA_LINK_LOST);
        member->link = link_destroy(member->link);
        member->peer = peer_destroy(member->peer);
        if (open_one(crowd, member) == 0)
            return;
    }
    fprintf(stderr, "bench: member %u: %s: %s\n", member->index, via_status_name(why), detail);
    member->lost = true;
    crowd->n_lost++;
    if (member->peer != NULL)
        peer_end(member->peer, VIA_LINK_LOST);
    member->link = link_destroy(member->link);
}

static const struct link_events link_events = {.opened = link_opened,
                                               .received = link_received,
                                               .received_fds = link_received_fds,
                                               .drained = link_drained,
                                               .closed = link_closed};

/* ---- beginning and end ---- */

static int open_one(struct crowd *crowd, struct member *member)
{
    static const char *const unix_prefix = "unix:";
    bool near = strncmp(crowd->gateway, unix_prefix, strlen(unix_prefix)) == 0;
    const struct peer_config config = {.role = PEER_CLIENT, .resumes = !near};
    if (peer_create(&member->peer, &config, &peer_ops, member) != VIA_OK)
        return 1;
    if (near)
        return unix_link_connect(&member->link, crowd->loop, crowd->gateway + strlen(unix_prefix),
                                 peer_outbox(member->peer), &link_events, member) != VIA_OK;
    if (crowd->lean != NULL)
        return lean_link_connect(&member->link, crowd->lean, crowd->gateway, "viaduct.bin.1",
                                 peer_outbox(member->peer), &link_events, member) != VIA_OK;
    const struct wss_identity identity = {.ca = crowd->ca, .cert = crowd->cert, .key = crowd->key};
    return wss_link_connect(&member->link, crowd->wss, crowd->gateway, &identity, NULL,
                            "viaduct.bin.1", peer_outbox(member->peer), &link_events,
                            member) != VIA_OK;
}

static void open_some(struct crowd *crowd)
{
    while (crowd->n_opening < OPENING_MAX && crowd->n_ready + crowd->n_opening < crowd->n) {
        struct member *member = &crowd->members[crowd->n_ready + crowd->n_opening];
        crowd->n_opening++;
        if (open_one(crowd, member) != 0)
            crowd->n_lost++;
    }
}

int crowd_turn(struct crowd *crowd, int wait_ms)
{
    return loop_turn(crowd->loop, wait_ms, NULL) != VIA_OK || crowd->n_lost > 0;
}

static int open_all(struct crowd *crowd, unsigned n, const char *gateway,
                    const char *const files[3], const char *name, const struct crowd_ops *ops,
                    void *user, bool lean)
{
    *crowd = (struct crowd){.n = n,
                            .ops = ops,
                            .gateway = gateway,
                            .ca = files[0],
                            .cert = files[1],
                            .key = files[2],
                            .name = name,
                            .user = user};
    crowd->members = calloc(n, sizeof *crowd->members);
    if (crowd->members == NULL || loop_create(&crowd->loop) != VIA_OK ||
        wss_context_create(&crowd->wss, crowd->loop) != VIA_OK)
        return 1;
    if (lean) {
        crowd->lean = lean_links_create(crowd->loop, files[1], files[2]);
        if (crowd->lean == NULL)
            return 1;
    }
    for (unsigned i = 0; i < n; i++)
        crowd->members[i] = (struct member){.crowd = crowd, .index = i};
    open_some(crowd);
    uint64_t until = loop_now() + OPEN_MS;
    while (crowd->n_ready < n && loop_now() < until)
        if (crowd_turn(crowd, 1000) != 0)
            return 1;
    return crowd->n_ready < n;
}

int crowd_open(struct crowd *crowd, unsigned n, const char *gateway, const char *const files[3],
               const char *name, const struct crowd_ops *ops, void *user)
{
    return open_all(crowd, n, gateway, files, name, ops, user, false);
}

int crowd_open_lean(struct crowd *crowd, unsigned n, const char *gateway,
                    const char *const files[3], const char *name, const struct crowd_ops *ops,
                    void *user)
{
    return open_all(crowd, n, gateway, files, name, ops, user, true);
}

void crowd_close(struct crowd *crowd)
{
    for (unsigned i = 0; crowd->members != NULL && i < crowd->n; i++) {
        struct member *member = &crowd->members[i];
        if (member->peer == NULL)
            continue;
        if (!member->lost)
            peer_end(member->peer, VIA_LINK_LOST);
        member->link = link_destroy(member->link);
        member->peer = peer_destroy(member->peer);
    }
    free(crowd->members);
    if (crowd->wss != NULL)
        crowd->wss = wss_context_destroy(crowd->wss);
    crowd->lean = lean_links_destroy(crowd->lean);
    crowd->loop = loop_destroy(crowd->loop);
}

/* ---- calls ---- */

int crowd_call(struct member *member, const uint8_t *body, uint32_t size)
{
    const struct frame frame = {.object = member->service,
                                .code = 1,
                                .time = FRAME_NO_DEADLINE,
                                .body = body,
                                .body_size = size};
    uint32_t id;
    return peer_call(member->peer, &frame, NULL, NULL, CONTEXT_CALL, &id) != VIA_OK;
}

void crowd_flush(struct member *member)
{
    link_flush(member->link);
}
