/*
 * What is sent are the payload's octets without the zeros at the end, to a multiple of 8. What
 * comes may be a little longer than the payload for that reason, in zeros only.
 */
#include "bridge/legato/message.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/local.h"

#define UNIT 8u
#define BLOCK 128u /* of zeros, looked at together */

/* ---- life ---- */

/* All but its payload, which is as the memory was. */
static struct message *create(struct session *session)
{
    size_t size = session->interface->protocol->size;
    struct message *message = malloc(sizeof *message + size);
    if (message == NULL)
        legato_fatal("Interface '%s': no memory for a message of %zu octets.",
                     session->interface->name, size);
    memset(message, 0, sizeof *message);
    message->head.sessionRef = session_reference(session);
    atomic_init(&message->refs, 1);
    atomic_init(&message->fd, -1);
    atomic_init(&message->response_fd, -1);
    atomic_init(&message->needs_response, false);
    message->session = session_ref(session);
    message->size = size;
    session_count_message(session);
    return message;
}

struct message *message_create(struct session *session)
{
    struct message *message = create(session);
    memset(message->payload, 0, message->size);
    return message;
}

struct message *message_ref(struct message *message)
{
    (void)atomic_fetch_add(&message->refs, 1);
    return message;
}

static void close_fd(atomic_int *fdp)
{
    int fd = atomic_exchange(fdp, -1);
    if (fd >= 0)
        (void)close(fd);
}

void message_release(struct message *message)
{
    if (atomic_fetch_sub(&message->refs, 1) != 1)
        return;
    struct session *session = message->session;
    if (message->is_request && !session->ops->released(session, message))
        return;
    close_fd(&message->fd);
    close_fd(&message->response_fd);
    free(message);
    session_uncount_message(session);
    (void)session_unref(session);
}

struct message *message_of(le_msg_MessageRef_t reference, const char *function)
{
    if (reference == NULL)
        legato_fatal("%s: the message is NULL.", function);
    return CONTAINER_OF(reference, struct message, head);
}

/* ---- parcels ---- */

static bool is_zero_block(const uint8_t *octets)
{
    uint64_t words[BLOCK / sizeof(uint64_t)], any = 0;
    memcpy(words, octets, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        any |= words[i];
    return any == 0;
}

/* How much of the payload is sent. */
static size_t used_size(const struct message *message)
{
    size_t size = message->size;
    const uint8_t *payload = message->payload;
    while (size % UNIT != 0 && payload[size - 1] == 0)
        size--;
    if (size % UNIT != 0)
        return size + UNIT - size % UNIT < message->size ? size + UNIT - size % UNIT
                                                         : message->size;
    while (size >= BLOCK && is_zero_block(payload + size - BLOCK))
        size -= BLOCK;
    while (size > 0) {
        uint64_t word;
        memcpy(&word, payload + size - UNIT, sizeof word);
        if (word != 0)
            break;
        size -= UNIT;
    }
    return size;
}

/* Why it is no stream to another host; NULL where it may be one. A directory would be a way out of
 * a sandbox besides. */
static const char *why_no_stream(int fd)
{
    struct stat what;
    int type = 0;
    socklen_t size = sizeof type;
    if (fstat(fd, &what) < 0)
        return strerrordesc_np(errno);
    if (S_ISDIR(what.st_mode))
        return "it is a directory";
    if (S_ISSOCK(what.st_mode) &&
        (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM))
        return "it is a socket of packets";
    if (!S_ISSOCK(what.st_mode) && !S_ISFIFO(what.st_mode) && !S_ISREG(what.st_mode) &&
        !S_ISBLK(what.st_mode) && !S_ISCHR(what.st_mode))
        return "it is no pipe, socket, terminal or file";
    return NULL;
}

/* -1, with a line in the log, for one that does not go to another host. */
static int keep_stream(const struct message *message, int fd)
{
    const char *why = why_no_stream(fd);
    if (why == NULL)
        return fd;
    legato_warn("Interface '%s': descriptor %d does not go to another host: %s.",
                message->session->interface->name, fd, why);
    (void)close(fd);
    return -1;
}

enum via_status message_to_parcel(struct message *message, atomic_int *fdp, bool is_far,
                                  struct via_parcel **parcelp)
{
    int fd = atomic_exchange(fdp, -1);
    if (fd >= 0 && is_far)
        fd = keep_stream(message, fd);
    size_t used = used_size(message);
    struct via_parcel *parcel = NULL;
    enum via_status status = via_parcel_create(&parcel);
    if (status == VIA_OK) {
        via_parcel_set_layout(parcel, VIA_LAYOUT_LEGATO);
        if (used > 0)
            status = via_parcel_append(parcel, message->payload, used, VIA_TAG_PAD, NULL);
        else if (fd >= 0) /* a descriptor has to stand somewhere */
            status = via_parcel_append(parcel, NULL, UNIT, VIA_TAG_PAD, NULL);
    }
    if (status == VIA_OK && fd >= 0) {
        status = via_parcel_add_fd(parcel, 0, fd);
        if (status == VIA_OK)
            fd = -1;
    }
    if (fd >= 0)
        (void)close(fd);
    if (status != VIA_OK)
        parcel = via_parcel_unref(parcel);
    *parcelp = parcel;
    return status;
}

/* The program's own copy, above the standard ones even where those are closed. */
static int take_fd(const struct session *session, const struct via_parcel *parcel)
{
    size_t n = via_parcel_n_fds(parcel);
    if (n == 0)
        return -1;
    if (n > 1)
        legato_warn("Interface '%s': %zu descriptors in a message: all but one are closed.",
                    session->interface->name, n);
    int fd = fcntl(via_parcel_fd_at(parcel, via_parcel_fd_offset(parcel, 0)), F_DUPFD,
                   STDERR_FILENO + 1);
    if (fd < 0)
        legato_error("Interface '%s': the descriptor of a message is lost: %s.",
                     session->interface->name, strerrorname_np(errno));
    return fd;
}

struct message *message_from_parcel(struct session *session, struct via_parcel *parcel)
{
    static const uint8_t zeros[UNIT];
    size_t most = session->interface->protocol->size, size = via_parcel_size(parcel);
    const uint8_t *octets = via_parcel_data(parcel);
    size_t extra = size > most ? size - most : 0;
    if (extra > UNIT || (extra > 0 && memcmp(octets + most, zeros, extra) != 0)) {
        legato_warn("Interface '%s': a message of %zu bytes is dropped: those of protocol '%s' "
                    "have %zu.",
                    session->interface->name, size, session->interface->protocol->id, most);
        via_parcel_clear(parcel);
        return NULL;
    }
    struct message *message = create(session);
    size -= extra;
    if (size > 0)
        memcpy(message->payload, octets, size);
    memset(message->payload + size, 0, most - size);
    atomic_store(&message->fd, take_fd(session, parcel));
    via_parcel_clear(parcel);
    return message;
}

/* ---- what programs ask ---- */

le_msg_MessageRef_t le_msg_CreateMsg(le_msg_SessionRef_t sessionRef)
{
    if (local_session_is(sessionRef))
        return local_message_create(sessionRef);
    struct session *session = session_find(sessionRef, __func__);
    struct message *message = message_create(session);
    (void)session_unref(session);
    return message_reference(message);
}

void le_msg_AddRef(le_msg_MessageRef_t msgRef)
{
    if (local_message_is(msgRef))
        le_mem_AddRef(msgRef);
    else
        (void)message_ref(message_of(msgRef, __func__));
}

void le_msg_ReleaseMsg(le_msg_MessageRef_t msgRef)
{
    if (local_message_is(msgRef))
        le_mem_Release(msgRef);
    else
        message_release(message_of(msgRef, __func__));
}

bool le_msg_NeedsResponse(le_msg_MessageRef_t msgRef)
{
    if (local_message_is(msgRef))
        return local_message_of(msgRef)->needsResponse;
    return atomic_load(&message_of(msgRef, __func__)->needs_response);
}

void *le_msg_GetPayloadPtr(le_msg_MessageRef_t msgRef)
{
    if (local_message_is(msgRef))
        return local_message_of(msgRef)->data;
    return message_of(msgRef, __func__)->payload;
}

size_t le_msg_GetMaxPayloadSize(le_msg_MessageRef_t msgRef)
{
    if (local_message_is(msgRef))
        return local_message_size(msgRef);
    return message_of(msgRef, __func__)->size;
}

void le_msg_SetFd(le_msg_MessageRef_t msgRef, int fd)
{
    if (local_message_is(msgRef)) {
        local_message_set_fd(msgRef, fd);
        return;
    }
    struct message *message = message_of(msgRef, __func__);
    int none = -1;
    if (fd < 0)
        legato_fatal("%s: %d is no descriptor.", __func__, fd);
    if (!atomic_compare_exchange_strong(message->is_request ? &message->response_fd : &message->fd,
                                        &none, fd))
        legato_fatal("%s: interface '%s': a message takes one descriptor: %d, and %d is there.",
                     __func__, message->session->interface->name, fd, none);
}

int le_msg_GetFd(le_msg_MessageRef_t msgRef)
{
    if (local_message_is(msgRef))
        return local_message_take_fd(msgRef);
    return atomic_exchange(&message_of(msgRef, __func__)->fd, -1);
}

le_msg_SessionRef_t le_msg_GetSession(le_msg_MessageRef_t msgRef)
{
    if (msgRef == NULL)
        legato_fatal("%s: the message is NULL.", __func__);
    return msgRef->sessionRef;
}

void le_msg_Send(le_msg_MessageRef_t msgRef)
{
    if (local_message_is(msgRef)) {
        local_message_send(msgRef);
        return;
    }
    struct message *message = message_of(msgRef, __func__);
    session_check_owner(message->session, __func__);
    message->session->ops->send(message->session, message);
    pthread_testcancel(); /* a thread may do nothing else for ever */
}
