/*
 * The peer does the protocol; what it tells is copied into records, in order of arrival.
 */
#include "tests/integration/raw_client.h"

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
#include "codecs/parcel.h"

#define INPUT_MAX (8u << 20)

/* ---- records ---- */

static struct raw_record *record(struct raw_client *client, enum raw_kind kind,
                                 const struct frame *frame)
{
    struct raw_record *new = calloc(1, sizeof *new);
    assert_non_null(new);
    new->kind = kind;
    if (frame != NULL) {
        size_t refs = (size_t)frame->n_refs * FRAME_REF_SIZE;
        new->frame = *frame;
        new->octets = malloc(refs + frame->body_size + frame->tape_size + 1);
        assert_non_null(new->octets);
        if (refs > 0)
            memcpy(new->octets, frame->refs, refs);
        if (frame->body_size > 0)
            memcpy(new->octets + refs, frame->body, frame->body_size);
        if (frame->tape_size > 0)
            memcpy(new->octets + refs + frame->body_size, frame->tape, frame->tape_size);
        new->octets[refs + frame->body_size + frame->tape_size] = '\0';
        new->frame.refs = new->octets;
        new->frame.body = new->octets + refs;
        new->frame.tape = new->octets + refs + frame->body_size;
        new->frame.meta = NULL;
    }
    *client->last = new;
    client->last = &new->next;
    return new;
}

void raw_record_free(struct raw_record *old)
{
    if (old == NULL)
        return;
    free(old->octets);
    free(old);
}

static void on_hello(void *user, const struct hello *hello)
{
    struct raw_record *new = record(user, RAW_WELCOME, NULL);
    new->handle = (uint32_t)hello->pid;
    new->context = hello->token;
}

static void copy_fds(struct raw_record *new, const struct frame *frame, const int *fds)
{
    assert_true(frame->n_fds <= 8);
    for (size_t i = 0; i < frame->n_fds; i++)
        new->fds[i] = fds[i];
}

static void on_call(void *user, void *object, const struct frame *frame, const struct meta *meta,
                    const int *fds)
{
    struct raw_record *new = record(user, RAW_CALL, frame);
    new->object = object;
    new->meta = *meta;
    if (meta->n_introductions > 0) {
        const struct meta_introduction *who = &meta->introductions[0];
        memcpy(new->identity, who->identity, who->identity_size);
    }
    copy_fds(new, frame, fds);
}

static void on_reply(void *user, uint64_t context, const struct frame *frame, const int *fds)
{
    struct raw_record *new = record(user, RAW_REPLY, frame);
    new->context = context;
    copy_fds(new, frame, fds);
}

static void on_refused(void *user, const struct frame *frame)
{
    (void)record(user, RAW_REFUSED, frame);
}

static void on_cancel(void *user, uint32_t id, uint64_t context)
{
    struct raw_record *new = record(user, RAW_CANCEL, NULL);
    new->handle = id;
    new->context = context;
}

static void on_event(void *user, void *object, struct their_handle from, const struct frame *frame,
                     const int *fds)
{
    struct raw_record *new = record(user, RAW_EVENT, frame);
    new->object = object;
    new->handle = from.number;
    copy_fds(new, frame, fds);
}

static void on_death(void *user, struct their_handle handle, void *attached, enum via_cause cause)
{
    struct raw_record *new = record(user, RAW_DEATH, NULL);
    (void)attached;
    new->handle = handle.number;
    new->cause = cause;
}

static void on_unexported(void *user, void *object, struct our_handle handle)
{
    struct raw_record *new = record(user, RAW_UNEXPORTED, NULL);
    new->object = object;
    new->handle = handle.number;
}

static void on_bye(void *user, uint32_t code)
{
    struct raw_record *new = record(user, RAW_BYE, NULL);
    new->handle = code;
}

static const struct peer_ops ops = {.hello = on_hello,
                                    .call = on_call,
                                    .reply = on_reply,
                                    .refused = on_refused,
                                    .cancel = on_cancel,
                                    .event = on_event,
                                    .death = on_death,
                                    .unexported = on_unexported,
                                    .bye = on_bye};

/* ---- octets ---- */

static bool write_some(struct raw_client *client)
{
    struct outbox_block *head = outbox_head(peer_outbox(client->peer));
    if (head == NULL || client->closed)
        return false;
    struct iovec octets = {.iov_base = head->octets + head->done,
                           .iov_len = head->size - head->done};
    struct msghdr message = {.msg_iov = &octets, .msg_iovlen = 1};
    char control[CMSG_SPACE(64 * sizeof(int))];
    if (head->n_fds > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(head->n_fds * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(head->n_fds * sizeof(int));
        memcpy(CMSG_DATA(rights), head->fds, head->n_fds * sizeof(int));
    }
    ssize_t n = sendmsg(client->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n < 0) { /* what has arrived is still read */
        outbox_clear(peer_outbox(client->peer));
        return false;
    }
    for (size_t i = 0; i < head->n_fds; i++)
        (void)close(head->fds[i]);
    head->n_fds = 0;
    outbox_wrote(peer_outbox(client->peer), (size_t)n);
    return true;
}

static void take_fds(struct raw_client *client, struct msghdr *message)
{
    struct cmsghdr *part = CMSG_FIRSTHDR(message);
    for (; part != NULL; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        int fds[64];
        assert_true(n <= 64);
        memcpy(fds, CMSG_DATA(part), n * sizeof(int));
        peer_feed_fds(client->peer, fds, n, false);
    }
}

static void closed(struct raw_client *client)
{
    client->closed = true;
    peer_end(client->peer, VIA_LINK_LOST);
    (void)record(client, RAW_CLOSED, NULL);
}

static void read_some(struct raw_client *client)
{
    struct iovec octets = {.iov_base = client->input + client->input_size,
                           .iov_len = INPUT_MAX - client->input_size};
    char control[CMSG_SPACE(64 * sizeof(int))];
    struct msghdr message = {.msg_iov = &octets,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(client->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        closed(client);
        return;
    }
    take_fds(client, &message);
    client->input_size += (size_t)n;
    size_t used = 0;
    assert_int_equal(peer_feed(client->peer, client->input, client->input_size, &used), VIA_OK);
    memmove(client->input, client->input + used, client->input_size - used);
    client->input_size -= used;
}

void raw_client_flush(struct raw_client *client)
{
    while (outbox_head(peer_outbox(client->peer)) != NULL && !client->closed) {
        if (write_some(client))
            continue;
        struct pollfd poll_fd = {.fd = client->fd, .events = POLLOUT | POLLIN};
        assert_true(poll(&poll_fd, 1, RAW_WAIT_MS) > 0);
        if (poll_fd.revents & POLLIN)
            read_some(client);
    }
}

/* ---- life ---- */

struct raw_client *raw_client_open(const char *path)
{
    struct raw_client *client = calloc(1, sizeof *client);
    assert_non_null(client);
    client->last = &client->first;
    client->input = malloc(INPUT_MAX);
    assert_non_null(client->input);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client->fd >= 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_in_range(length, 1, sizeof address.sun_path - 1);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof address), 0);
    const struct peer_config config = {.role = PEER_CLIENT};
    assert_int_equal(peer_create(&client->peer, &config, &ops, client), VIA_OK);
    struct hello hello = {.version = HELLO_VERSION, .name = "raw"};
    assert_int_equal(peer_hello(client->peer, &hello), VIA_OK);
    raw_record_free(raw_client_wait(client, RAW_WELCOME));
    return client;
}

void raw_client_kill(struct raw_client *client)
{
    if (client == NULL)
        return;
    (void)close(client->fd);
    peer_end(client->peer, VIA_LINK_LOST);
    client->peer = peer_destroy(client->peer);
    while (client->first != NULL) {
        struct raw_record *next = client->first->next;
        raw_record_free(client->first);
        client->first = next;
    }
    free(client->input);
    free(client);
}

void raw_client_close(struct raw_client *client)
{
    if (!client->closed && peer_bye(client->peer, FRAME_BYE_EXITED, NULL) == VIA_OK)
        raw_client_flush(client);
    raw_client_kill(client);
}

/* ---- waiting ---- */

/* Takes the first record of @kind out; with @id only the one of that call. */
static struct raw_record *take(struct raw_client *client, enum raw_kind kind, const uint32_t *id)
{
    for (struct raw_record **link = &client->first; *link != NULL; link = &(*link)->next) {
        struct raw_record *found = *link;
        if (found->kind != kind || (id != NULL && found->frame.id != *id))
            continue;
        *link = found->next;
        if (client->last == &found->next)
            client->last = link;
        found->next = NULL;
        return found;
    }
    return NULL;
}

static struct raw_record *wait_for(struct raw_client *client, enum raw_kind kind,
                                   const uint32_t *id)
{
    struct raw_record *found;
    raw_client_flush(client);
    while ((found = take(client, kind, id)) == NULL) {
        if (client->closed)
            fail_msg("the connection has closed; record %d never came", (int)kind);
        struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
        if (poll(&poll_fd, 1, RAW_WAIT_MS) <= 0)
            fail_msg("record %d did not come", (int)kind);
        read_some(client);
        if (!client->closed)
            raw_client_flush(client);
    }
    return found;
}

struct raw_record *raw_client_wait(struct raw_client *client, enum raw_kind kind)
{
    return wait_for(client, kind, NULL);
}

struct raw_record *raw_client_wait_reply(struct raw_client *client, uint32_t id)
{
    return wait_for(client, RAW_REPLY, &id);
}

struct raw_record *raw_client_look(struct raw_client *client, enum raw_kind kind)
{
    raw_record_free(raw_directory_wait(client, DIRECTORY_PING, NULL, NULL, 0));
    return take(client, kind, NULL);
}

/* ---- verbs ---- */

static void as_frame(struct frame *frame, const struct via_parcel *request,
                     const struct frame_ref *refs, size_t n_refs, uint8_t *places)
{
    if (request == NULL)
        return;
    struct payload payload;
    union {
        const struct via_parcel *in;
        struct via_parcel *out;
    } both = {.in = request};
    parcel_payload(both.out, &payload);
    frame->body = payload.octets;
    frame->body_size = (uint32_t)payload.size;
    frame->tape = payload.tape;
    frame->tape_size = (uint32_t)payload.tape_size;
    for (size_t i = 0; i < n_refs; i++)
        frame_ref_put(places, i, &refs[i]);
    frame->refs = places;
    frame->n_refs = (uint16_t)n_refs;
}

uint32_t raw_directory(struct raw_client *client, uint32_t verb, const struct via_parcel *request,
                       uint32_t time, const struct frame_ref *refs, size_t n_refs)
{
    uint8_t places[8 * FRAME_REF_SIZE];
    struct frame frame = {.layout = VIA_LAYOUT_CONTROL, .code = verb, .time = time};
    as_frame(&frame, request, refs, n_refs, places);
    uint32_t id;
    static uint64_t context = UINT64_C(1) << 40;
    assert_int_equal(peer_call(client->peer, &frame, NULL, NULL, context++, &id), VIA_OK);
    raw_client_flush(client);
    return id;
}

struct raw_record *raw_directory_wait(struct raw_client *client, uint32_t verb,
                                      const struct via_parcel *request,
                                      const struct frame_ref *refs, size_t n_refs)
{
    uint32_t id = raw_directory(client, verb, request, FRAME_NO_DEADLINE, refs, n_refs);
    return raw_client_wait_reply(client, id);
}

/* Adds the slot of a reference, as raw values have it. */
void raw_put_slot(struct via_parcel *parcel, struct frame_ref *ref)
{
    ref->offset = (uint32_t)via_parcel_size(parcel);
    static const uint8_t slot[4];
    assert_int_equal(via_parcel_append(parcel, slot, sizeof slot, VIA_TAG_REF, NULL), VIA_OK);
}

enum via_status raw_publish(struct raw_client *client, const char *family, const char *name,
                            void *object, uint32_t flags, uint32_t mode)
{
    struct our_handle handle;
    bool new;
    assert_int_equal(peer_export(client->peer, object, &handle, &new), VIA_OK);
    struct frame_ref ref = {.handle = handle.number};
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, family), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, name), VIA_OK);
    raw_put_slot(request, &ref);
    assert_int_equal(via_parcel_write_u32(request, flags), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, mode), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "class"), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "protocol"), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, 64), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "info"), VIA_OK);
    struct raw_record *reply = raw_directory_wait(client, DIRECTORY_PUBLISH, request, &ref, 1);
    enum via_status status = (enum via_status)reply->frame.code;
    raw_record_free(reply);
    via_parcel_unref(request);
    return status;
}

/* The handle in the answer to a find, which ends here. */
static enum via_status take_found(struct raw_record *reply, uint32_t *handlep)
{
    enum via_status status = (enum via_status)reply->frame.code;
    if (status == VIA_OK) {
        struct frame_ref ref;
        assert_int_equal(reply->frame.n_refs, 1);
        frame_ref_get(reply->frame.refs, 0, &ref);
        *handlep = ref.handle;
    }
    raw_record_free(reply);
    return status;
}

enum via_status raw_find(struct raw_client *client, const char *family, const char *name,
                         uint32_t *handlep)
{
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, family), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, name), VIA_OK);
    assert_int_equal(via_parcel_write_bool(request, false), VIA_OK);
    struct raw_record *reply = raw_directory_wait(client, DIRECTORY_FIND, request, NULL, 0);
    via_parcel_unref(request);
    return take_found(reply, handlep);
}

enum via_status raw_numbers(struct raw_client *client, uint32_t wanted, struct raw_block *block)
{
    struct via_parcel *request, *values;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, wanted), VIA_OK);
    struct raw_record *reply = raw_directory_wait(client, DIRECTORY_NUMBERS, request, NULL, 0);
    enum via_status status = (enum via_status)reply->frame.code;
    if (status == VIA_OK) {
        assert_int_equal(via_parcel_create(&values), VIA_OK);
        assert_int_equal(
            via_parcel_append(values, reply->frame.body, reply->frame.body_size, 0, NULL), VIA_OK);
        assert_int_equal(via_parcel_read_u32(values, &block->first), VIA_OK);
        assert_int_equal(via_parcel_read_u32(values, &block->n), VIA_OK);
        assert_int_equal(via_parcel_read_u64(values, &block->seal), VIA_OK);
        via_parcel_unref(values);
    }
    raw_record_free(reply);
    via_parcel_unref(request);
    return status;
}

struct via_parcel *raw_claim_request(uint32_t number, uint32_t mode, struct frame_ref *ref,
                                     const struct raw_block *proof)
{
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, number), VIA_OK);
    raw_put_slot(request, ref);
    assert_int_equal(via_parcel_write_u32(request, mode), VIA_OK);
    if (proof != NULL) {
        assert_int_equal(via_parcel_write_u32(request, proof->first), VIA_OK);
        assert_int_equal(via_parcel_write_u32(request, proof->n), VIA_OK);
        assert_int_equal(via_parcel_write_u64(request, proof->seal), VIA_OK);
    }
    return request;
}

enum via_status raw_claim(struct raw_client *client, uint32_t number, void *object,
                          const struct raw_block *proof)
{
    struct our_handle handle;
    bool new;
    assert_int_equal(peer_export(client->peer, object, &handle, &new), VIA_OK);
    struct frame_ref ref = {.handle = handle.number};
    struct via_parcel *request = raw_claim_request(number, 0, &ref, proof);
    struct raw_record *reply = raw_directory_wait(client, DIRECTORY_CLAIM, request, &ref, 1);
    enum via_status status = (enum via_status)reply->frame.code;
    raw_record_free(reply);
    via_parcel_unref(request);
    return status;
}

enum via_status raw_find_number(struct raw_client *client, uint32_t number, uint32_t *handlep)
{
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, number), VIA_OK);
    struct raw_record *reply = raw_directory_wait(client, DIRECTORY_FIND_NUMBER, request, NULL, 0);
    via_parcel_unref(request);
    return take_found(reply, handlep);
}

enum via_status raw_publish_number(struct raw_client *client, const char *name, uint32_t flags,
                                   uint32_t number)
{
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "core"), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, name), VIA_OK);
    assert_int_equal(via_parcel_write_ref(request, NULL), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, flags), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, 0), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "class"), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "protocol"), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, 0), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "info"), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, number), VIA_OK);
    struct raw_record *reply = raw_directory_wait(client, DIRECTORY_PUBLISH, request, NULL, 0);
    enum via_status status = (enum via_status)reply->frame.code;
    raw_record_free(reply);
    via_parcel_unref(request);
    return status;
}

uint32_t raw_call(struct raw_client *client, uint32_t handle, uint32_t code, const char *body)
{
    const struct frame frame = {.object = handle,
                                .code = code,
                                .time = FRAME_NO_DEADLINE,
                                .body = (const uint8_t *)body,
                                .body_size = (uint32_t)strlen(body)};
    uint32_t id;
    assert_int_equal(peer_call(client->peer, &frame, NULL, NULL, code, &id), VIA_OK);
    return id;
}

void raw_reply(struct raw_client *client, const struct raw_record *call, int32_t result,
               const char *body)
{
    const struct frame frame = {.time = (uint32_t)result,
                                .body = (const uint8_t *)body,
                                .body_size = (uint32_t)strlen(body)};
    assert_int_equal(peer_reply(client->peer, call->frame.id, &frame, NULL), VIA_OK);
    raw_client_flush(client);
}
